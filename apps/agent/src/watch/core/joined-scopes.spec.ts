import type { KubeObject, WatchHandler } from '../../kube/kube.port';
import { joinScopes } from './joined-scopes';

const object = (namespace: string, name: string): KubeObject => ({
  metadata: { name, namespace, uid: name, resourceVersion: '1' },
  data: {},
});

function recorded(): { log: string[]; handler: WatchHandler } {
  const log: string[] = [];
  const at = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;
  const handler: WatchHandler = {
    listing: () => void log.push('listing'),
    upsert: (one) => void log.push(`+${at(one)}`),
    gone: (one) => void log.push(`-${at(one)}${'data' in one ? ' with data' : ''}`),
    synced: () => void log.push('synced'),
  };
  return { log, handler };
}

function started(): { log: string[]; a: WatchHandler; b: WatchHandler } {
  const { log, handler } = recorded();
  const [a, b] = joinScopes(handler, 2);
  if (!a || !b) throw new Error('two scopes were asked for');
  a.listing();
  b.listing();
  a.upsert(object('a', 'one'));
  a.upsert(object('a', 'two'));
  a.synced();
  return { log, a, b };
}

describe('joinScopes', () => {
  it('is synced when every namespace is', () => {
    const { log, b } = started();
    expect(log).toEqual(['listing', '+a/one', '+a/two']);
    b.synced();
    expect(log.at(-1)).toBe('synced');
  });

  it('is not synced by one namespace that lists twice', () => {
    const { log, a } = started();
    a.listing();
    a.synced();
    expect(log).not.toContain('synced');
  });

  it('tells what a namespace does not see any more when it lists again, and nothing of the others', () => {
    const { log, a, b } = started();
    b.upsert(object('b', 'other'));
    b.synced();
    log.length = 0;
    a.listing();
    a.upsert(object('a', 'two'));
    a.listing();
    a.upsert(object('a', 'two'));
    a.synced();
    expect(log).toEqual(['+a/two', '+a/two', '-a/one']);
  });

  it('tells apart what comes with a later list of its namespace from what changes', () => {
    const told: string[] = [];
    const handler: WatchHandler = {
      ...recorded().handler,
      upsert: ({ metadata }, how) => void told.push(`${metadata.name} ${how ?? 'as usual'}`),
    };
    const [a] = joinScopes(handler, 1);
    if (!a) throw new Error('one scope was asked for');
    const list = (name: string): void => {
      a.listing();
      a.upsert(object('a', name));
      a.synced();
    };
    list('first');
    a.upsert(object('a', 'change'));
    list('again');
    a.upsert(object('a', 'later'));
    expect(told).toEqual(['first as usual', 'change as usual', 'again relisted', 'later as usual']);
  });

  it('tells a deletion once', () => {
    const { log, a, b } = started();
    b.synced();
    a.gone(object('a', 'one'));
    log.length = 0;
    a.listing();
    a.upsert(object('a', 'two'));
    a.synced();
    expect(log).toEqual(['+a/two']);
  });
});
