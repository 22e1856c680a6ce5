import type { WorkloadKind } from '@app/contracts/objects';
import { AUTO, type Parts, read, REV } from '../../testing/read-workload';
import { RELOADER_KEYS } from './annotation-keys';
import { sourceFact } from './fact';
import { freshStart } from './fresh-start';
import { NO_OPT_IN } from './opt-in';
import { nextSource, readSource, unreadSource, type WorkloadRecord } from './records';

describe('the record of a workload', () => {
  it('is read anew when its spec, its words or its identity changed, and else taken over', () => {
    const before = read();
    const again = read({ metadata: { resourceVersion: '6', labels: { a: 'b' } } }, { before });
    expect(again).toMatchObject({ resourceVersion: '6', labels: { a: 'b' } });
    expect(again.optIn).toBe(before.optIn);
    for (const metadata of [{ uid: 'v' }, { generation: 2 }, { annotations: { ...AUTO, ...IGNORED } }])
      expect(read({ metadata }, { before }).optIn).not.toBe(before.optIn);
    const uncounted = read({ metadata: { generation: undefined } });
    expect(read({ metadata: { generation: undefined } }, { before: uncounted }).optIn).not.toBe(uncounted.optIn);
  });

  it('knows its birth, its labels, and the labels of its pods', () => {
    const labels = { app: 'web', odd: 1 };
    const record = read({
      metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
      template: { metadata: { labels } },
    });
    expect(record).toMatchObject({ createdAt: '2026-01-01T00:00:00Z', labels: {}, podLabels: { app: 'web' } });
    expect(read()).toMatchObject({ createdAt: null, podLabels: {} });
  });

  it.each<[string, WorkloadKind, string | undefined, WorkloadRecord['carrier']]>([
    ['a Rollout that restarts', 'Rollout', 'restart', 'metadata'],
    ['a Rollout that rolls out', 'Rollout', 'rollout', 'template'],
    ['a Deployment, whatever it says', 'Deployment', 'restart', 'template'],
    ['a CronJob', 'CronJob', undefined, 'elsewhere'],
  ])('of %s tells where a restart leaves its mark', (_what, kind, strategy, carrier) => {
    const annotations = { ...AUTO, ...(strategy && { 'reloader.stakater.com/rollout-strategy': strategy }) };
    expect(read({ metadata: { annotations } }, { kind }).carrier).toBe(carrier);
  });

  it('is read anew when its metadata bears another mark: a Rollout that restarts has no new generation then', () => {
    const marked = (revision: string, before?: WorkloadRecord) => {
      const strategy = { 'reloader.stakater.com/rollout-strategy': 'restart' };
      const annotations = { ...AUTO, ...strategy, 'fleet-reloader.io/revision': revision };
      return read({ metadata: { annotations } }, { kind: 'Rollout', ...(before && { before }) });
    };
    expect(marked(REV('B'), marked(REV('A'))).stamp).toBe(REV('B'));
  });

  it('of who asks for nothing warns of nothing', () => {
    const odd = { 'fleet-reloader.io/policy': 'Not a name' };
    expect(read({ metadata: { annotations: odd } }).optIn).toEqual(NO_OPT_IN);
    expect(read({ metadata: { annotations: { ...AUTO, ...odd } } }).optIn.warnings).toHaveLength(1);
  });

  it('of a suspended CronJob says so, unless it runs for changes all the same', () => {
    const [suspended, awake] = [{ spec: { suspend: true } }, { spec: { suspend: false } }];
    const isSuspended = (parts: Parts, runSuspendedCronJobs: boolean) =>
      read(parts, { kind: 'CronJob' }, { runSuspendedCronJobs }).status.suspended;
    expect([isSuspended(suspended, false), isSuspended(suspended, true)]).toEqual([true, false]);
    expect([isSuspended(awake, false), isSuspended(awake, true)]).toEqual([false, false]);
  });

  it('of a Job that a CronJob made is left alone, and says which', () => {
    const made = (...ownerReferences: object[]) => read({ metadata: { ownerReferences } }, { kind: 'Job' });
    const owner = { kind: 'CronJob', controller: true };
    expect(made({ kind: 'Pod', controller: true }, owner)).toMatchObject({
      leftAlone: {
        ...{ reason: 'OwnedByCronJob', message: 'its CronJob made it: the CronJob is what reacts to changes' },
      },
      optIn: { kinds: { Secret: { auto: false } } },
    });
    for (const other of [
      { ...owner, controller: false },
      { ...owner, kind: 'Job' },
    ])
      expect(made(other)).toMatchObject({ leftAlone: null, optIn: { kinds: { Secret: { auto: true } } } });
  });

  it('of a Rollout with the template of another workload is left alone, and names that one', () => {
    const referring = (workloadRef: object) => read({ spec: { workloadRef } }, { kind: 'Rollout' }).leftAlone?.message;
    const rest = 'annotate that one, or choose the rollout-strategy "restart" and name the sources';
    expect(referring({ kind: 'ReplicaSet', name: 'x' })).toBe(`its pod template is that of ReplicaSet x: ${rest}`);
    expect(referring({ name: 'x' })).toBe(`its pod template is that of Deployment x: ${rest}`);
    expect(referring({ kind: 'ReplicaSet' })).toBeUndefined();
  });
});

const IGNORED = { 'reloader.stakater.com/ignore': 'true' };

describe('the record of a source', () => {
  const ref = { kind: 'Secret', namespace: 'shop', name: 'db' } as const;
  const entry = (time: string, ...fields: string[]) => ({
    ...{ time, fieldsV1: Object.fromEntries(fields.map((field) => [field, {}])) },
  });
  const source = (metadata: object = {}) =>
    readSource(ref, { metadata: { name: 'db', uid: 'u', resourceVersion: '7', ...metadata } }, RELOADER_KEYS);
  const T = (second: number): string => `2026-01-01T00:00:0${second}Z`;

  it.each<[string, object, string | null]>([
    ['nobody knows', {}, null],
    ['it was made', { creationTimestamp: T(1), managedFields: [entry(T(9), 'f:metadata')] }, T(1)],
    [
      'data was written',
      { creationTimestamp: T(1), managedFields: [entry(T(3), 'f:data'), entry(T(2), 'f:data')] },
      T(3),
    ],
    ['bytes were written', { managedFields: [entry(T(4), 'f:binaryData')] }, T(4)],
  ])('tells when its content changed: when %s', (_what, metadata, at) => {
    expect(source(metadata).changedAt).toBe(at);
  });

  it('says all that can not be understood of what it asks of the hub', () => {
    const odd = { 'fleet-reloader.io/policy': 'Not a name', 'fleet-reloader.io/rollout-override': 'off' };
    expect(source({ annotations: odd }).misread).toMatch(/^"Not a name" in .* is no name of a policy; fleet-reloader/);
    expect(source()).not.toHaveProperty('misread');
  });

  it('keeps the time and version of a content for as long as that stays', () => {
    const first = nextSource(undefined, { ...source(), changedAt: T(1) }, REV('A'));
    expect(first).toMatchObject({ revision: REV('A'), contentVersion: '7' });
    expect(first).not.toHaveProperty('replaced');
    const same = nextSource(first, { ...source({ resourceVersion: '8' }), changedAt: T(2) }, REV('A'));
    expect(same).toMatchObject({ contentVersion: '7', resourceVersion: '8', changedAt: T(1) });
    const next = nextSource(same, source({ resourceVersion: '9' }), REV('B'));
    expect(next).toMatchObject({ contentVersion: '9', replaced: REV('A') });
    const labelled = nextSource(next, source({ resourceVersion: '10' }), REV('B'));
    expect(labelled).toMatchObject({ contentVersion: '9', replacedEarlier: REV('A') });
    expect(labelled).not.toHaveProperty('replaced');
    expect(nextSource(labelled, source(), REV('B'))).toHaveProperty('replacedEarlier', REV('A'));
  });

  it('of which only the metadata is known goes on counting as what was known', () => {
    expect(unreadSource(undefined, source())).toMatchObject({ revision: null, contentVersion: '', unread: true });
    const known = nextSource(nextSource(undefined, source(), REV('A')), source(), REV('B'));
    const unread = unreadSource(known, { ...source({ labels: { a: 'b' } }), changedAt: T(5) });
    expect(unread).toMatchObject({ revision: REV('B'), unread: true, labels: { a: 'b' }, changedAt: null });
    expect(unread).not.toHaveProperty('replaced');
    expect(unread).toHaveProperty('replacedEarlier', REV('A'));
    expect(unreadSource(unread, source())).toHaveProperty('replacedEarlier', REV('A'));
    expect(unreadSource(nextSource(undefined, source(), REV('A')), source())).not.toHaveProperty('replacedEarlier');
  });

  it('is told to the hub with what is known of it', () => {
    expect(sourceFact(ref, undefined)).toEqual({ ...ref, revision: null, labels: {}, changedAt: null });
    const known = { ...nextSource(undefined, source({ labels: { a: 'b' } }), REV('A')), changedAt: T(1) };
    expect(sourceFact(ref, known)).toMatchObject({ revision: REV('A'), labels: { a: 'b' }, changedAt: T(1) });
    expect(sourceFact(ref, { ...known, changedAt: 'yesterday', revision: null, started: REV('S') })).toMatchObject({
      ...{ changedAt: null, revision: REV('S') },
    });
  });
});

describe('who restarted a workload is followed', () => {
  const at = (hash: string, version: string, more: Parts = {}, kind: WorkloadKind = 'Deployment') =>
    read({ ...more, template: { metadata: { labels: { hash } } }, metadata: { resourceVersion: version } }, { kind });
  const rolling = { status: { updatedReplicas: 0 } };
  const known = { version: '6', complete: false, sources: {} };

  it('from the write that replaces every pod until the last one is replaced', () => {
    const [before, written, done] = [at('a', '5'), at('b', '6', rolling), at('b', '7')];
    expect(freshStart(before, written, true, null)).toEqual(known);
    expect(freshStart(before, at('b', '6'), true, null)).toEqual({ ...known, complete: true });
    expect(freshStart(written, written, true, known)).toBe(known);
    expect(freshStart(written, done, true, known)).toEqual({ ...known, complete: true });
    expect(freshStart(written, done, false, known)).toEqual({ ...known, complete: true });
    const over = { ...known, complete: true };
    expect(freshStart(done, done, true, over)).toBe(over);
    expect(freshStart(done, done, true, null)).toBeNull();
  });

  it.each<[string, WorkloadRecord | undefined, WorkloadRecord, boolean]>([
    ['it was not seen before', undefined, at('b', '6'), true],
    ['it is another one of that name', { ...at('a', '5'), uid: 'v' }, at('b', '6'), true],
    ['a version was missed', at('a', '5'), at('b', '7'), false],
    ['another rollout was under way', at('a', '5', rolling), at('b', '6'), true],
    ['it is paused', at('a', '5'), at('b', '6', { spec: { paused: true } }), true],
    ['its pods are those of a canary', at('a', '5', {}, 'Rollout'), at('b', '6', {}, 'Rollout'), true],
  ])('no further when %s', (_what, before, after, consecutive) => {
    expect(freshStart(before, after, consecutive, known)).toBeNull();
  });

  it('not over a version that was missed, if its spec changed in it', () => {
    const [before, after] = [at('a', '5'), at('a', '7')];
    const changed = { ...after, status: { ...after.status, generation: 2 } };
    expect(freshStart(before, changed, false, known)).toBeNull();
    expect(freshStart(before, changed, true, known)).not.toBeNull();
  });

  it.each<WorkloadKind>(['StatefulSet', 'DaemonSet', 'DeploymentConfig'])('also of a %s', (kind) => {
    const complete = (hash: string) => {
      const record = at(hash, '6', {}, kind);
      const { status } = record;
      const [all, zero] = [{ desired: 1, total: 1, updated: 1, ready: 1, available: 1 }, { partition: 0 }];
      return { ...record, status: { ...status, ...all, ...zero, observed: 1, generation: 1, oneRevision: true } };
    };
    expect(freshStart(complete('a'), complete('b'), true, null)).toMatchObject({ complete: true });
  });
});
