import { nodesOf, primaryOfSlot } from './cluster-slots';

const ASKED = { host: 'asked', port: 1 };
const REPLY = [
  [0, 8191, ['a', 7001, 'id-a', []], ['c', 7003, 'id-c', []]],
  [8192, 16_383, ['', 7002, 'id-b', []]],
];

describe('the answer of a cluster node', () => {
  it('names the primary of a slot', () => {
    expect(primaryOfSlot(REPLY, 8191, ASKED)).toEqual({ host: 'a', port: 7001 });
  });

  it('means the node itself when it leaves the name out', () => {
    expect(primaryOfSlot(REPLY, 8192, ASKED)).toEqual({ host: 'asked', port: 7002 });
    expect(primaryOfSlot([[0, 10, ['?', 7004]]], 3, ASKED)).toEqual({ host: 'asked', port: 7004 });
  });

  it.each([[[]], ['OK'], [null], [[[0, 10]]], [[['x']]]])(
    'says nothing about a slot that nobody serves: %j',
    (reply) => {
      expect(primaryOfSlot(reply, 12_000, ASKED)).toBeUndefined();
    },
  );

  it('lists who else may be asked', () => {
    const ports = nodesOf(REPLY, ASKED).map(({ port }) => port);
    expect(ports).toEqual([7001, 7003, 7002]);
  });
});
