import fc from 'fast-check';
import type { Revision } from '@app/contracts/revision';
import { NO_TRIGGERS } from './absence';
import { RECORDED } from './first-sight';
import {
  type Baseline,
  type Fingerprint,
  type FreshStart,
  type MemberSource,
  reckon,
  type Reckoning,
  type Situation,
} from './reckon';

/** A readable stand-in for the keyed digest: as injective as that one, and of the same form. */
const fingerprint: Fingerprint = {
  keyId: 'kaaaaaa',
  absent: 'kaaaaaa:absent',
  of: (sources) => `kaaaaaa:${JSON.stringify(Object.entries(sources).sort())}`,
};
const rev = (content: string, key = 'kaaaaaa'): Revision => `${key}:${content}`;
const want = (sources: Record<string, string>): Revision =>
  fingerprint.of(Object.fromEntries(Object.entries(sources).map(([key, content]) => [key, rev(content)])));

const member = (content: string | null, more: Partial<MemberSource> = {}): MemberSource => ({
  key: 'Secret/s',
  revision: content === null ? null : rev(content),
  contentVersion: '100',
  changedAt: '2026-01-01T00:00:00Z',
  ...more,
});
const situation = (more: Partial<Situation> = {}): Situation => ({
  uid: 'u1',
  resourceVersion: '90',
  stamp: null,
  mark: more.stamp ?? null,
  createdAt: '2025-01-01T00:00:00Z',
  members: [member('B')],
  fresh: null,
  complete: true,
  triggers: NO_TRIGGERS,
  patterns: null,
  firstSight: RECORDED,
  markedAfter: '',
  ...more,
});
const baseline = (content: string, more: Partial<Baseline> = {}): Baseline => ({
  uid: 'u1',
  mark: null,
  sources: { 'Secret/s': rev(content) },
  previous: null,
  ...more,
});
const look = (now: Partial<Situation>, recorded?: Baseline): Reckoning => reckon(situation(now), recorded, fingerprint);
const isPending = ({ want: wanted, have }: Reckoning): boolean => wanted !== have;

const freshAt = (version: string, complete = true): FreshStart => ({ version, complete, sources: {} });

type Case = readonly [title: string, now: Partial<Situation>, recorded: Baseline | undefined, pending: boolean];

/** Mounted contents that were renewed under running pods, and what pods have started with since. */
const STARTED = member('B', { started: rev('S') });
const A = want({ 'Secret/s': 'A' });
const B = want({ 'Secret/s': 'B' });
const SECOND = member('X', { key: 'ConfigMap/c' });
const LATE = { replaced: rev('A') };
const CAME = { replaced: fingerprint.absent };
const ON_CREATE = { onCreate: true, onDelete: false };
/** First seen in a list, when it had been written to for a while. */
const AFTER_GAP = { resourceVersion: '110', firstSight: { version: '', isNow: true, relisted: true } };
/** Written before a workload was started anew by that version, as `member` was; and after it. */
const YOUNGER = member('X', { key: 'ConfigMap/c', contentVersion: '200' });
const OTHERS = { stamp: rev('Z', 'kbbbbbb') };
const OTHERS_AFTER = { ...OTHERS, markedAfter: '110' };
const OTHER_KEY = { 'Secret/s': rev('A', 'kbbbbbb') };

const CASES: readonly Case[] = [
  ['protocol 15: first sight is a baseline', {}, undefined, false],
  ['the content moved on', {}, baseline('A'), true],
  ['agent 100: heard of after a change that is younger', { members: [member('B', LATE)] }, undefined, true],
  ['heard of after a change that is older', { resourceVersion: '110', members: [member('B', LATE)] }, undefined, false],
  [
    'heard of after a change that is younger, with a list after a gap',
    { ...AFTER_GAP, createdAt: '2026-01-01T00:00:00Z', members: [member('B', LATE)] },
    undefined,
    true,
  ],
  [
    'heard of with a list after a gap, and the change is older',
    { ...AFTER_GAP, createdAt: '2026-01-01T00:00:01Z', members: [member('B', LATE)] },
    undefined,
    false,
  ],
  [
    'agent 148: what came in the second of its creation, in a gap, came with it',
    { ...AFTER_GAP, createdAt: '2026-01-01T00:00:00Z', members: [member('B', CAME)], triggers: ON_CREATE },
    undefined,
    false,
  ],
  [
    'agent 148: what came later, in a gap, has come',
    { ...AFTER_GAP, createdAt: '2025-12-31T23:59:59Z', members: [member('B', CAME)], triggers: ON_CREATE },
    undefined,
    true,
  ],
  ['heard of late, and what is recorded decides', { members: [member('B', LATE)] }, baseline('B'), false],
  ['agent 158: so it did while the agent was down', { stamp: A }, baseline('A', { mark: A }), true],
  ['protocol 9: A→B→A in the end is no change', { members: [member('A')] }, baseline('A'), false],
  [
    'its stamp is the wanted one, but someone restarted it on other content',
    { stamp: B },
    baseline('A', { mark: B }),
    true,
  ],
  ['protocol 9: A→B (restarted)→A is one', { members: [member('A')], stamp: B }, baseline('B', { mark: B }), true],
  ['protocol 4: patched, then killed before the record', { stamp: B }, baseline('A'), false],
  ['the same, and the content came back meanwhile', { stamp: B, members: [member('A')] }, baseline('A'), true],
  ['the same, without any record', { stamp: B, members: [member('A')] }, undefined, true],
  ['protocol 14: the stamp was stripped after the restart', {}, baseline('B', { mark: B }), false],
  [
    'stripped while the restart was under way',
    {},
    baseline('B', { mark: B, previous: { 'Secret/s': rev('A') } }),
    true,
  ],
  ['an older stamp was put back', { stamp: A }, baseline('B', { mark: B }), true],
  ['another agent restarted it after the change', OTHERS_AFTER, baseline('A'), false],
  ['and its pods are not there yet', { ...OTHERS_AFTER, complete: false }, baseline('A', { mark: A }), false],
  [
    'another agent restarted it after one change, and before another',
    { ...OTHERS_AFTER, members: [member('B'), YOUNGER] },
    baseline('A', { sources: { 'Secret/s': rev('A'), 'ConfigMap/c': rev('W') } }),
    true,
  ],
  ['another agent restarted it, perhaps before the change', { ...OTHERS, markedAfter: '99' }, baseline('A'), true],
  ['another agent restarted it when nobody saw', OTHERS, baseline('A'), true],
  ['it was changed after another agent restarted it', OTHERS_AFTER, baseline('A', { mark: OTHERS.stamp }), true],
  [
    'another agent’s restart was turned back before its pods were there',
    { stamp: A },
    baseline('B', { mark: OTHERS.stamp, previous: { 'Secret/s': rev('A') } }),
    true,
  ],
  ['agent 150: a source appears', { members: [member('B'), SECOND] }, baseline('B'), false],
  ['agent 150: it appears beside a change', { members: [member('B'), SECOND] }, baseline('A'), true],
  ['agent 154: a source is gone', { members: [member(null)] }, baseline('A'), false],
  ['a source comes back with equal content', { members: [member('A')] }, baseline('A'), false],
  ['a source comes back with other content', { members: [member('B')] }, baseline('A'), true],
  ['protocol 16: the record was made with another key', {}, baseline('A', { sources: OTHER_KEY }), false],
  [
    'protocol 16: a part of the record was made with another key',
    { members: [member('B'), SECOND] },
    baseline('A', { sources: { ...OTHER_KEY, 'ConfigMap/c': rev('X') } }),
    false,
  ],
  [
    'a restart that nobody recorded, and only one of its sources is older than the workload',
    {
      stamp: A,
      members: [member('B', { changedAt: '2026-01-01T00:00:00Z' }), { ...SECOND, changedAt: '2024-01-01T00:00:00Z' }],
    },
    undefined,
    true,
  ],
  ['protocol 16: so was the stamp', { stamp: rev('x', 'kbbbbbb') }, baseline('A', { sources: OTHER_KEY }), false],
  ['protocol 10: recorded of a workload of the same name', {}, baseline('A', { uid: 'u0' }), false],
  [
    'a stamp came with a copy that is younger than the content',
    { stamp: A, createdAt: '2026-02-01T00:00:00Z' },
    undefined,
    false,
  ],
  ['someone restarted it after the change', { fresh: freshAt('101') }, baseline('A'), false],
  ['someone restarted it before the change', { fresh: freshAt('99') }, baseline('A'), true],
  ['versions that are no numbers prove nothing', { fresh: freshAt('zz') }, baseline('A'), true],
  [
    'a copy of the same second as the content, which may have read what was there before',
    { stamp: A, createdAt: '2026-01-01T00:00:00Z' },
    undefined,
    true,
  ],
  [
    'an older stamp was put back after the change',
    { stamp: A, fresh: freshAt('101') },
    baseline('B', { mark: B }),
    false,
  ],
  [
    'an older stamp was put back before the change',
    { stamp: A, fresh: freshAt('99') },
    baseline('B', { mark: B }),
    true,
  ],
  [
    'an older stamp was put back after one of two changes',
    { stamp: A, fresh: freshAt('101'), members: [member('B'), YOUNGER] },
    baseline('B', { mark: B }),
    true,
  ],
  ['it runs what pods of its class have started with', { members: [STARTED] }, baseline('S'), false],
  ['it runs something else than what pods of its class have started with', { members: [STARTED] }, baseline('A'), true],
];

describe('want and have', () => {
  it.each(CASES)('%s', (_title, now, recorded, pending) => {
    expect(isPending(look(now, recorded))).toBe(pending);
  });

  it('names the revision that the workload was last started with', () => {
    const { had, have, want: wanted } = look({ stamp: A }, baseline('A', { mark: A }));
    expect({ had, have, wanted }).toEqual({ had: { 'Secret/s': rev('A') }, have: A, wanted: B });
  });

  it('names of a restart that nobody recorded only the contents that are certainly others', () => {
    const recorded = baseline('A', {
      mark: B,
      sources: { 'Secret/s': rev('A'), 'ConfigMap/c': rev('X'), 'Secret/gone': rev('G') },
    });
    const seen = look({ stamp: A, members: [member('B'), SECOND] }, recorded);
    expect(seen).toMatchObject({ have: A, had: { 'Secret/s': rev('A') }, credited: false });
    expect(Object.keys(seen.had)).toEqual(['Secret/s']);
  });

  it('keeps one copy for a workload that runs what is wanted: there are many', () => {
    const { wanted, had, record } = look({}, baseline('B'));
    expect(had).toBe(wanted);
    expect(record?.sources).toBe(wanted);
  });

  it.each<[string, Partial<Situation>, Baseline | undefined, boolean]>([
    ['of the agent', { stamp: B }, baseline('A'), false],
    [
      'of someone else after one of the changes',
      { fresh: freshAt('101'), members: [member('B'), YOUNGER] },
      baseline('A', { sources: { 'Secret/s': rev('A'), 'ConfigMap/c': rev('W') } }),
      true,
    ],
    [
      'of someone else who put an older stamp back',
      { stamp: A, fresh: freshAt('101') },
      baseline('B', { mark: B }),
      true,
    ],
    ['of nobody', {}, baseline('A'), false],
  ])('a restart %s is told as what it was', (_whose, now, recorded, credited) => {
    expect(look(now, recorded).credited).toBe(credited);
  });

  it('records a restart that put an older stamp back once it has ended', () => {
    const recorded = baseline('A', { mark: B });
    const after = (complete: boolean) => look({ stamp: A, fresh: freshAt('101', complete) }, recorded).record;
    expect(after(false)).toBe(recorded);
    expect(after(true)).toEqual(baseline('B', { mark: A }));
  });

  it("does not record someone else's restart before it has ended: turned back, it keeps pods that never restarted", () => {
    const under = look({ fresh: freshAt('101', false) }, baseline('A'));
    expect(isPending(under)).toBe(false);
    expect(under.record?.sources).toEqual({ 'Secret/s': rev('A') });
    const over = look({ fresh: freshAt('101') }, baseline('A'));
    expect(over.record?.sources).toEqual({ 'Secret/s': rev('B') });
  });

  it('keeps what was true before a restart until the restart has ended', () => {
    const recorded = baseline('B', { mark: B, previous: { 'Secret/s': rev('A') } });
    expect(look({ stamp: B, complete: false }, recorded).record?.previous).toEqual({ 'Secret/s': rev('A') });
    expect(look({ stamp: B, complete: true }, recorded).record?.previous).toBeNull();
  });

  it('keeps it too when the record has not seen the restart', () => {
    const { record } = look({ stamp: B, complete: false }, baseline('A'));
    expect(record).toEqual(baseline('B', { mark: B, previous: { 'Secret/s': rev('A') } }));
  });

  it('records nothing while a restart is unaccounted for', () => {
    expect(look({ stamp: B, members: [member('A')] }, baseline('A')).record).toEqual(baseline('A'));
  });
});

/** A cluster in small: one workload and its source, what its pods really run, and what the agent knows. */
type World = {
  version: number;
  content: string;
  contentVersion: number;
  running: string;
  stamp: Revision | null;
  mark: string | null;
  recorded: Baseline | undefined;
  fresh: FreshStart | null;
  /** Restarts of pods that ran the content already. */
  needless: number;
};
const STEPS = ['edit A', 'edit B', 'edit C', 'restart', 'crash after patch', 'strip', 'user restart'] as const;
type Step = (typeof STEPS)[number];

/** The agent looks after every step: what it keeps is what it would have kept. */
function lookAt(world: World): Reckoning {
  const members = [member(world.content, { contentVersion: String(world.contentVersion) })];
  const seen = reckon(
    situation({ stamp: world.stamp, mark: world.mark, members, fresh: world.fresh }),
    world.recorded,
    fingerprint,
  );
  world.recorded = seen.record;
  if (world.fresh) world.fresh = { ...world.fresh, sources: seen.started };
  return seen;
}

function startPods(world: World, stamp: Revision | null): void {
  if (world.stamp !== stamp) world.mark = stamp;
  world.stamp = stamp;
  world.running = world.content;
  world.fresh = { version: String(world.version), complete: true, sources: {} };
}

function patch(world: World, wanted: Revision): void {
  const again = wanted === world.stamp;
  if (world.running === world.content) world.needless += 1;
  startPods(world, wanted);
  if (again) world.mark = `${wanted}#${world.version}`;
}

function play(world: World, step: Step): void {
  const { want: wanted, have, wanted: sources, had } = lookAt(world);
  world.version += 1;
  if (step.startsWith('edit')) {
    if (world.content !== step.slice(-1)) world.contentVersion = world.version;
    world.content = step.slice(-1);
  } else if (step === 'strip') {
    if (world.stamp !== null) startPods(world, null);
  } else if (step === 'user restart') {
    startPods(world, world.stamp);
  } else if (wanted !== have) {
    patch(world, wanted);
    if (step === 'crash after patch') {
      world.fresh = null;
      return;
    }
    world.recorded = { uid: 'u1', mark: world.mark, sources, previous: had };
  }
  lookAt(world);
}

describe('over any history', () => {
  it('no change is lost, one restart ends it, and none is needless as long as the agent lives', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...STEPS), { maxLength: 12 }), (steps) => {
        const world: World = {
          version: 1000,
          content: 'A',
          contentVersion: 1000,
          running: 'A',
          stamp: null,
          mark: null,
          recorded: undefined,
          fresh: null,
          needless: 0,
        };
        lookAt(world);
        for (const step of steps) play(world, step);
        play(world, 'restart');
        expect(world.running).toBe(world.content);
        expect(isPending(lookAt(world))).toBe(false);
        if (!steps.includes('crash after patch')) expect(world.needless).toBe(0);
      }),
      { numRuns: 3000 },
    );
  });

  it('keeps what was true before a restart only until that has ended', () => {
    const before = baseline('A', { mark: A });
    expect(look({ stamp: B, complete: false }, before).record?.previous).toEqual(before.sources);
    expect(look({ stamp: B, complete: true }, before).record?.previous).toBeNull();
  });
});
