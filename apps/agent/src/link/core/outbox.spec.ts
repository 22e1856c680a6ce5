import { Outbox } from './outbox';

const workloads = (...keys: string[]) => ({ sources: [], workloads: keys });
const none = workloads();

describe('the outbox', () => {
  it('sends the latest per object: many changes of one object are one entry', () => {
    const outbox = new Outbox();
    for (let n = 0; n < 100; n++) outbox.changed(workloads('a'), `d${n}`);
    expect(outbox.next(200)).toEqual(workloads('a'));
  });

  it('hands out oldest first, as many as asked for, and keeps sources and workloads of the same key apart', () => {
    const outbox = new Outbox();
    outbox.changed({ sources: ['x'], workloads: ['x', 'y'] }, 'd');
    expect(outbox.next(2)).toEqual({ sources: ['x'], workloads: ['x'] });
  });

  it('gives the digest with the frame that completes the picture, when nothing else is under way', () => {
    const outbox = new Outbox();
    outbox.changed(workloads('a', 'b'), 'ab');
    expect(outbox.sent('1', workloads('a')).digest).toBe('');
    expect(outbox.sent('2', workloads('b')).digest).toBe('');
    expect(outbox.hasWork).toBe(false);
    outbox.stored('1');
    outbox.stored('2');
    expect(outbox.hasWork).toBe(true);
    expect(outbox.sent('3', none)).toEqual({ ...none, digest: 'ab' });
    outbox.stored('3');
    expect(outbox.hasWork).toBe(false);
  });

  it('gives the digest at once with a lone frame', () => {
    const outbox = new Outbox();
    outbox.changed(workloads('a'), 'a1');
    expect(outbox.sent('1', workloads('a')).digest).toBe('a1');
    outbox.stored('1');
    expect(outbox.hasWork).toBe(false);
  });

  it('sends a refused frame’s objects again, and never lets an earlier claim stand', () => {
    const outbox = new Outbox();
    outbox.changed(workloads('a'), 'a1');
    outbox.sent('1', workloads('a'));
    expect(outbox.refused('1')).toBe(true);
    expect(outbox.next(10)).toEqual(workloads('a'));
    expect(outbox.sent('2', workloads('a')).digest).toBe('a1');
    const both = { sources: ['x'], workloads: ['x'] };
    outbox.sent('3', both);
    outbox.refused('3');
    expect(outbox.next(10)).toEqual(both);
  });

  it('keeps an object dirty that changed while its frame was under way', () => {
    const outbox = new Outbox();
    outbox.changed(workloads('a'), 'a1');
    outbox.sent('1', workloads('a'));
    outbox.changed(workloads('a'), 'a2');
    outbox.stored('1');
    expect(outbox.next(10)).toEqual(workloads('a'));
  });

  it('claims nothing while a snapshot is not stored', () => {
    const outbox = new Outbox();
    outbox.startOver('all');
    outbox.snapshotSent('s');
    outbox.changed(workloads('a'), 'all+a');
    expect(outbox.sent('1', workloads('a')).digest).toBe('');
    outbox.stored('1');
    expect(outbox.hasWork).toBe(false);
    outbox.stored('s');
    expect(outbox.sent('2', none).digest).toBe('all+a');
  });

  it('starts over with a session: what was under way or dirty is spoken for', () => {
    const outbox = new Outbox();
    outbox.changed(workloads('a', 'b'), 'ab');
    outbox.sent('1', workloads('a'));
    outbox.startOver('ab');
    expect([outbox.hasWork, outbox.unacknowledged, outbox.stored('1'), outbox.refused('1')]).toEqual([
      false,
      0,
      false,
      false,
    ]);
  });

  it('never lets the hub hold a digest without its facts, whatever is lost, refused or cut', () => {
    for (let seed = 1; seed <= 300; seed++) expect(digestsThatLie(seed)).toEqual([]);
  });
});

/**
 * Plays random changes, sends, answers and cut links against a hub that stores what it gets, and collects every
 * moment in which the hub's digest says more than its facts.
 */
function digestsThatLie(seed: number): string[] {
  const random = generator(seed);
  const game = new Game(random);
  const lies: string[] = [];
  for (let step = 0; step < 200; step++) {
    const dice = random();
    if (dice < 0.4) game.change(step);
    else if (dice < 0.65) game.send();
    else if (dice < 0.97) game.answer();
    else game.connect();
    if (game.hubClaimsMoreThanItHas()) lies.push(`${seed}/${step}`);
  }
  return lies;
}

class Game {
  private readonly outbox = new Outbox();
  private readonly truth = new Map<string, number>();
  private readonly hub = { facts: new Map<string, number>(), digest: '' };
  private underWay: { frame: string; snapshot: boolean; apply: () => void }[] = [];
  private frames = 0;

  constructor(private readonly random: () => number) {
    this.connect();
  }

  connect(): void {
    this.underWay = [];
    const [facts, digest] = [new Map(this.truth), digestOf(this.truth)];
    this.outbox.startOver(digest);
    if (this.hub.digest === digest) return;
    const frame = String(++this.frames);
    this.outbox.snapshotSent(frame);
    this.underWay.push({ frame, snapshot: true, apply: () => Object.assign(this.hub, { facts, digest }) });
  }

  change(step: number): void {
    const key = `w${Math.floor(this.random() * 5)}`;
    this.truth.set(key, step);
    this.outbox.changed(workloads(key), digestOf(this.truth));
  }

  send(): void {
    if (!this.outbox.hasWork) return;
    const frame = String(++this.frames);
    const { workloads: keys, digest } = this.outbox.sent(frame, this.outbox.next(2));
    const facts = keys.map((key) => [key, this.truth.get(key) ?? -1] as const);
    const apply = (): void => {
      for (const [key, fact] of facts) this.hub.facts.set(key, fact);
      this.hub.digest = digest;
    };
    this.underWay.push({ frame, snapshot: false, apply });
  }

  /** The hub stores the oldest frame, or can not; a snapshot that it can not store goes again before anything else. */
  answer(): void {
    const oldest = this.underWay.shift();
    if (!oldest) return;
    if (this.random() < 0.2) {
      if (oldest.snapshot) this.connect();
      else this.outbox.refused(oldest.frame);
      return;
    }
    oldest.apply();
    this.outbox.stored(oldest.frame);
  }

  hubClaimsMoreThanItHas(): boolean {
    const { facts, digest } = this.hub;
    return digest === digestOf(this.truth) && digest !== digestOf(facts);
  }
}

const digestOf = (facts: ReadonlyMap<string, number>): string => JSON.stringify([...facts].sort());

const generator = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
};
