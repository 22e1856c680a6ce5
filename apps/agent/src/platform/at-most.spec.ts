import { setImmediate } from 'node:timers/promises';
import { AtMost } from './at-most';

type Piece = Readonly<{ name: string }>;

const begun: string[] = [];
const ends = new Map<string, () => void>();
let queue: AtMost<Piece>;

beforeEach(() => {
  begun.length = 0;
  ends.clear();
  queue = new AtMost<Piece>(2, ({ name }) => {
    begun.push(name);
    return new Promise((resolve) => ends.set(name, resolve));
  });
  for (const name of ['a', 'b', 'c', 'd']) queue.add({ name });
});

const end = async (name: string): Promise<void> => {
  ends.get(name)?.();
  await setImmediate();
};

it('begins as much as it may at once, and the rest in order as others end', async () => {
  expect([begun, queue.waiting]).toEqual([['a', 'b'], 2]);
  await end('b');
  expect([begun, queue.waiting]).toEqual([['a', 'b', 'c'], 1]);
  await end('a');
  expect([begun, queue.waiting]).toEqual([['a', 'b', 'c', 'd'], 0]);
});

it('cleared, begins nothing of what had waited, and what is added later when there is room', async () => {
  queue.clear();
  queue.add({ name: 'e' });
  expect([begun, queue.waiting]).toEqual([['a', 'b'], 1]);
  await end('a');
  expect(begun).toEqual(['a', 'b', 'e']);
});
