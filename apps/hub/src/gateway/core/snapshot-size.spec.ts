import { SnapshotSize, snapshotRoom } from './snapshot-size';

const MIB = 1024 * 1024;

describe('the room for a snapshot', () => {
  it.each([
    ['a small process', 100, 32],
    ['a process of 2 GiB', 2048, 256],
    ['one in between', 512, 64],
    ['a large one', 16_384, 256],
  ])('is an eighth of the heap, as far as that is sensible: %s', (_name, heap, room) => {
    expect(snapshotRoom(heap * MIB)).toBe(room * MIB);
  });

  it('has place for the largest cluster that somebody may have', () => {
    const name = 'n'.repeat(63);
    const revision = `k0a1b2c:${'r'.repeat(22)}`;
    const source = { kind: 'SecretProviderClass', name, revision, haveRevision: revision };
    expect(JSON.stringify(source).length * 200 * 5000).toBeLessThan(snapshotRoom(2048 * MIB) * 0.8);
  });

  it('is used up by frames, and free again when a snapshot begins anew', () => {
    const size = new SnapshotSize(3 * MIB);
    expect([size.add(2 * MIB), size.add(MIB)]).toEqual([null, null]);
    expect(size.add(1)).toBe(
      'the snapshot is larger than 3 MiB, more than this hub has room for: give the hub more memory',
    );
    size.begin();
    expect(size.add(3 * MIB)).toBeNull();
  });
});
