import type { AgentMessage } from '@app/contracts/wire/agent-messages';
import type { SourceFact } from '@app/contracts/wire/facts';
import { MOST_OBJECTS, SnapshotAssembly } from './snapshot-assembly';

type Body<T extends AgentMessage['t']> = Extract<AgentMessage, { t: T }>['body'];
const message = <T extends AgentMessage['t']>(t: T, body: Body<T>) =>
  ({ v: 1, t, id: '1', seq: 1, ts: '2030-01-01T00:00:00.000Z', body }) as unknown as Extract<AgentMessage, { t: T }>;
const source = (name: string): SourceFact => ({
  ...{ kind: 'Secret', namespace: 'shop', name, revision: null, labels: {}, changedAt: null },
});
const begin = (snapshot: string) => message('snapshotBegin', { snapshot });
const items = (snapshot: string, ...sources: SourceFact[]) =>
  message('snapshotItems', { snapshot, sources, workloads: [] });
const end = (snapshot: string, sources: number, workloads = 0) =>
  message('snapshotEnd', { snapshot, sources, workloads, inventoryDigest: 'd' });
const report = message('report', {
  ...{ sources: [], workloads: [], goneSources: [], goneWorkloads: [], inventoryDigest: 'r' },
});
const NO_BEGINNING = { kind: 'incomplete', why: 'the snapshot has no beginning', held: [] };

function started(snapshot: string): SnapshotAssembly {
  const assembly = new SnapshotAssembly();
  assembly.begin(begin(snapshot));
  return assembly;
}

describe('a snapshot', () => {
  it('is complete once all that was announced has arrived', () => {
    const assembly = started('s1');
    expect([new SnapshotAssembly().collecting, assembly.collecting]).toEqual([false, true]);
    assembly.items(items('s1', source('a')));
    assembly.items(items('s1', source('b')));
    expect(assembly.end(end('s1', 2))).toEqual({
      ...{ kind: 'complete', sources: [source('a'), source('b')], workloads: [], inventoryDigest: 'd', held: [] },
    });
    expect(assembly.collecting).toBe(false);
  });

  it.each([
    [1, 0],
    [2, 1],
    [3, 0],
  ])('changes nothing when %i sources and %i workloads were announced, and others arrived', (sources, workloads) => {
    const assembly = started('s1');
    assembly.items(items('s1', source('a'), source('b')));
    expect(assembly.end(end('s1', sources, workloads))).toEqual({
      kind: 'incomplete',
      why: `${sources} sources and ${workloads} workloads were announced, 2 and 0 arrived`,
      held: [],
    });
  });

  it('has no beginning when nobody began it, or when another was begun', () => {
    expect(new SnapshotAssembly().end(end('s1', 0))).toEqual(NO_BEGINNING);
    const assembly = started('s2');
    assembly.items(items('s1', source('a')));
    expect(assembly.end(end('s1', 1))).toEqual(NO_BEGINNING);
    expect(assembly.end(end('s2', 0))).toMatchObject({ kind: 'complete', sources: [] });
  });

  it('hands on what was reported meanwhile, also when it was begun anew', () => {
    const assembly = started('s1');
    expect(assembly.hold(report, 2)).toBe(true);
    assembly.items(items('s1', source('a')));
    assembly.begin(begin('s2'));
    expect([assembly.hold(report, 2), assembly.hold(report, 2)]).toEqual([true, false]);
    expect(assembly.end(end('s2', 0))).toMatchObject({ kind: 'complete', sources: [], held: [report, report] });
    assembly.begin(begin('s3'));
    expect(assembly.end(end('s3', 1))).toMatchObject({ kind: 'incomplete', held: [] });
  });

  it('may hold as much as the protocol provides for, and is refused beyond it', () => {
    const whole = Array.from({ length: MOST_OBJECTS }, () => source('a'));
    const frames = (...more: SourceFact[][]) => {
      const assembly = started('s1');
      for (let at = 0; at < whole.length; at += 50_000) assembly.items(items('s1', ...whole.slice(at, at + 50_000)));
      for (const each of more) assembly.items(items('s1', ...each));
      return assembly;
    };
    expect(frames([source('b')]).end(end('s1', MOST_OBJECTS + 1)).kind).toBe('complete');
    const why = `more than ${MOST_OBJECTS} objects`;
    expect(frames([source('b')], [source('c')]).end(end('s1', MOST_OBJECTS + 2))).toEqual({
      ...{ kind: 'incomplete', why, held: [] },
    });
  });

  it('counts workloads, too, among what it may hold', () => {
    const workloads = Array.from({ length: MOST_OBJECTS + 1 }, () => ({}) as never);
    const assembly = started('s1');
    assembly.items(message('snapshotItems', { snapshot: 's1', sources: [], workloads: workloads.slice(0, 100_000) }));
    assembly.items(message('snapshotItems', { snapshot: 's1', sources: [], workloads: workloads.slice(100_000) }));
    assembly.items(items('s1', source('a')));
    expect(assembly.end(end('s1', 1, MOST_OBJECTS + 1))).toMatchObject({ kind: 'incomplete' });
  });
});
