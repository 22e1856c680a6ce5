import type { KubeObject } from '../kube/kube.port';
import { KindGate } from './kind-gate';

let version = 100;
const object = (namespace: string, name: string, resourceVersion = String((version += 1))): KubeObject => ({
  metadata: { namespace, name, uid: `${namespace}/${name}`, resourceVersion },
});

function recorded(): { gate: KindGate; there: () => string[]; log: string[] } {
  const log: string[] = [];
  const there = new Set<string>();
  const nameOf = ({ metadata: { namespace = '', name } }: KubeObject): string => `${namespace}/${name}`;
  const gate = new KindGate({
    listing: () => log.push('listing'),
    upsert: (one) => void there.add(nameOf(one)),
    gone: (one) => void there.delete(nameOf(one)),
    synced: () => log.push('synced'),
  });
  return { gate, there: () => [...there].sort(), log };
}

/** A gate whose watch has begun with namespace a open. */
function live(): ReturnType<typeof recorded> {
  const all = recorded();
  all.gate.open('a');
  all.gate.listing();
  for (const one of [object('a', 'x'), object('b', 'x')]) all.gate.upsert(one);
  all.gate.synced();
  return all;
}

describe('the gate of a kind', () => {
  it('agent 133, 134: lets objects of open namespaces through', () => {
    const { gate, there, log } = live();
    expect(log).toEqual(['listing', 'synced']);
    gate.upsert(object('a', 'y'));
    gate.upsert(object('b', 'y'));
    gate.gone(object('a', 'x'));
    expect(there()).toEqual(['a/y']);
  });

  it('agent 135: a namespace that opens later is listed by itself; one that closes is told as gone', async () => {
    const { gate, there } = live();
    await gate.admit('b', () => Promise.resolve([object('b', 'x'), object('b', 'y')]));
    expect(there()).toEqual(['a/x', 'b/x', 'b/y']);
    gate.upsert(object('b', 'z'));
    gate.close('b');
    gate.upsert(object('b', 'x'));
    expect(there()).toEqual(['a/x']);
  });

  it('tells what was there before its namespace opened from what comes, and its closing from a deletion', async () => {
    const told: string[] = [];
    const gate = new KindGate({
      listing: () => undefined,
      upsert: ({ metadata }, belated) => told.push(`${metadata.name} ${belated ?? 'has come'}`),
      gone: ({ metadata }) => told.push(`${metadata.name} gone at ${metadata.resourceVersion || 'no version'}`),
      synced: () => undefined,
    });
    gate.synced();
    await gate.admit('a', () => Promise.resolve([object('a', 'x')]));
    gate.upsert(object('a', 'y'));
    gate.close('a');
    expect(told).toEqual(['x admitted', 'y has come', 'x gone at no version', 'y gone at no version']);
  });

  it('does not bring back what is deleted while its list is fetched', async () => {
    const { gate, there } = live();
    const old = object('b', 'x');
    await gate.admit('b', () => {
      gate.gone(object('b', 'x'));
      gate.gone(object('b', 'made-anew', '1'));
      return Promise.resolve([old, object('b', 'made-anew')]);
    });
    expect(there()).toEqual(['a/x', 'b/made-anew']);
  });

  it('leaves it to the watch when that lists anew meanwhile', async () => {
    const { gate, there } = live();
    const stale = object('b', 'stale');
    await gate.admit('b', () => {
      gate.listing();
      gate.upsert(object('b', 'x'));
      gate.synced();
      return Promise.resolve([stale]);
    });
    expect(there()).toEqual(['a/x', 'b/x']);
  });

  it('waits for a list under way before it asks for one of its own', async () => {
    const { gate, there } = live();
    gate.listing();
    const asked: string[] = [];
    const admitted = gate.admit('b', () => Promise.resolve([object('b', `asked-${asked.push('now')}`)]));
    expect(asked).toEqual([]);
    gate.synced();
    await admitted;
    expect(there()).toEqual(['a/x', 'b/asked-1']);
  });

  it('forgets a namespace that closes while its list is fetched', async () => {
    const { gate, there } = live();
    await gate.admit('b', () => {
      gate.upsert(object('b', 'y'));
      gate.close('b');
      return Promise.resolve([object('b', 'x')]);
    });
    expect(there()).toEqual(['a/x']);
  });

  it('may be asked again after a list that failed', async () => {
    const { gate, there } = live();
    await expect(gate.admit('b', () => Promise.reject(new Error('busy')))).rejects.toThrow('busy');
    await gate.admit('b', () => Promise.resolve([object('b', 'x')]));
    expect(there()).toEqual(['a/x', 'b/x']);
  });
});
