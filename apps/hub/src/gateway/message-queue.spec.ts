import { MessageQueue } from './message-queue';

/** A task that ends when it is told to. */
class Step {
  begun = false;
  end: () => void = () => undefined;
  readonly task = (): Promise<void> => {
    this.begun = true;
    return new Promise((resolve) => (this.end = resolve));
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what one connection says', () => {
  let told: string[];
  let queue: MessageQueue;
  let steps: Step[];

  beforeEach(() => {
    told = [];
    queue = new MessageQueue(2, { pause: () => void told.push('pause'), resume: () => void told.push('resume') });
    steps = Array.from({ length: 6 }, () => new Step());
  });

  const begun = async (): Promise<string> => {
    await turn();
    return steps.map((step) => (step.begun ? '+' : '.')).join('');
  };
  const add = (...ways: ('add' | 'addFacts' | 'addAnswer')[]): void =>
    ways.forEach((way, n) => queue[way]((steps[n] as Step).task));
  const end = (n: number): void => steps[n]?.end();

  it('is done one after the other', async () => {
    add('add', 'addFacts', 'add');
    expect(await begun()).toBe('+.....');
    end(0);
    expect(await begun()).toBe('++....');
    end(1);
    expect(await begun()).toBe('+++...');
  });

  it('answers go together, behind the facts before them', async () => {
    add('addFacts', 'addAnswer', 'addAnswer', 'addFacts', 'addAnswer');
    expect(await begun()).toBe('+.....');
    end(0);
    expect(await begun()).toBe('++++..');
    end(3);
    expect(await begun()).toBe('+++++.');
  });

  it('all else waits for the answers before it', async () => {
    add('addAnswer', 'addAnswer', 'add', 'addAnswer');
    expect(await begun()).toBe('++....');
    end(1);
    expect(await begun()).toBe('++....');
    end(0);
    expect(await begun()).toBe('+++...');
    end(2);
    expect(await begun()).toBe('++++..');
  });

  it('is not read on while too much of it waits, whatever it is', async () => {
    add('addAnswer', 'addAnswer', 'addAnswer', 'addFacts');
    expect(told).toEqual(['pause']);
    await begun();
    end(1);
    await turn();
    expect(told).toEqual(['pause']);
    end(2);
    await turn();
    expect(told).toEqual(['pause', 'resume']);
  });

  it('goes on after a task that failed', async () => {
    queue.addAnswer(() => Promise.reject(new Error('a bug')));
    queue.add(() => Promise.reject(new Error('another')));
    queue.add((steps[0] as Step).task);
    expect(await begun()).toBe('+.....');
  });
});
