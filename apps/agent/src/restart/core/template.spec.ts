import type { Carrier } from '../../inventory/core/mark';
import type { WorkloadLook } from '../../inventory/workbench.port';
import { crashOf } from './crash';
import { unfollowed, podsNow } from './holding';
import type { Reckoned } from './judge';
import type { Order } from './order';
import { changedSources, howToRestart, removesNothing, restartAnnotations, restartVariables, turnOf } from './template';

const [OLD, NEW] = ['k0a1b2c:old', 'k0a1b2c:new'];
const AGAIN = 'fleet-reloader.io/again';
const FORCED = 'fleet-reloader.io/forced';
const MARKER = 'reloader.stakater.com/last-reloaded-from';
const ref = (name: string) => ({ kind: 'Secret', namespace: 'shop', name }) as const;

type Scene = Readonly<{
  carrier?: Carrier;
  kind?: string;
  stamp?: string | null;
  mark?: string | null;
  /** Members with their revisions; null: it is gone. */
  members?: Readonly<Record<string, string | null>>;
  variables?: Readonly<Record<string, object>>;
  containers?: readonly string[];
}>;
const look = (scene: Scene = {}): WorkloadLook => {
  const { carrier = 'template', kind = 'Deployment', stamp = null, mark = stamp, variables = {} } = scene;
  const members = Object.entries(scene.members ?? { 'Secret/db': NEW }).map(([key, revision]) => ({ key, revision }));
  const containers = { names: scene.containers ?? ['main'], others: {} };
  const record = {
    ref: { ...ref('web'), kind },
    carrier,
    stamp,
    mark,
    containers,
    traces: { variables, marker: null },
  };
  return { record, members } as unknown as WorkloadLook;
};
const reckoned = (keys: readonly string[] = ['Secret/db'], had: Record<string, string> = {}): Reckoned =>
  ({ wanted: Object.fromEntries(keys.map((key) => [key, NEW])), had }) as unknown as Reckoned;
const order = (more: Partial<Order> = {}): Order =>
  ({ rollout: 'r-1', toRevision: NEW, causes: [ref('db')], terms: null, ...more }) as Order;

describe('how a workload is brought to read its sources anew', () => {
  it.each<[string, Carrier, string]>([
    ['CronJob', 'elsewhere', 'run'],
    ['Job', 'template', 'recreate'],
    ['Rollout', 'metadata', 'restartAt'],
    ['Rollout', 'template', 'template'],
    ['Deployment', 'template', 'template'],
  ])('a %s with its mark in the %s: %s', (kind, carrier, how) => {
    expect(howToRestart(look({ kind, carrier }).record)).toBe(how);
  });
});

describe('the annotations of a restart', () => {
  const write = (scene: Scene = {}, more: Partial<Order> = {}, markers: 'annotation' | 'none' = 'none') =>
    restartAnnotations(order(more), look(scene), reckoned(Object.keys(scene.members ?? { 'Secret/db': 0 })), {
      ...{ markers, observedAt: 7 },
    });

  it('tell the revision and the rollout, and what forced it only where something did', () => {
    expect(write()).toEqual({ 'fleet-reloader.io/revision': NEW, 'fleet-reloader.io/rollout': 'r-1' });
    expect(write({}, { forced: true })).toHaveProperty([FORCED], 'r-1');
  });

  it('differ from those of the restart before, also when it brought the same revision', () => {
    expect(write({ stamp: NEW })).toHaveProperty([AGAIN], '7');
    expect(write({ stamp: OLD, mark: `${OLD}#5` })).toHaveProperty([AGAIN], null);
    expect(write({ stamp: OLD })).not.toHaveProperty([AGAIN]);
  });

  it('have the marker of Reloader in the template, with the container that uses the source', () => {
    const marker = (scene: Scene = {}) => JSON.parse(write(scene, {}, 'annotation')[MARKER] ?? 'null') as unknown;
    expect(marker()).toEqual({
      ...{ type: 'SECRET', name: 'db', namespace: 'shop', hash: NEW, containerRefs: ['main'], observedAt: 7 },
    });
    expect(marker({ containers: [] })).toMatchObject({ containerRefs: [] });
    expect(marker({ members: { 'Secret/db': null } })).toMatchObject({
      hash: 'aae45badef99284e4dae01d6046154ea9d99532f',
    });
    expect(marker({ carrier: 'metadata' })).toBeNull();
  });

  it('name the source that the order names before any other that is new', () => {
    const both = look({ members: { 'Secret/api': NEW, 'Secret/db': NEW, 'Secret/same': NEW } });
    const known = reckoned(['Secret/api', 'Secret/db', 'Secret/same'], { 'Secret/same': NEW });
    expect(changedSources(order(), both, known)).toEqual([ref('db'), ref('api')]);
  });
});

describe('the variables of a restart', () => {
  const DB = 'STAKATER_DB_SECRET';
  const there = { [DB]: { container: 'side', value: OLD } };

  it('are set where the source is used, and go where they stood when it is gone', () => {
    expect(restartVariables(look(), reckoned(), 'variables')).toEqual([{ container: 'main', name: DB, value: NEW }]);
    const gone = { members: { 'Secret/db': null } };
    expect(restartVariables(look({ ...gone, variables: there }), reckoned(), 'variables')).toEqual([
      { container: 'side', name: DB, value: null },
    ]);
    expect(restartVariables(look(gone), reckoned(), 'variables')).toEqual([]);
  });

  it('are none in another form of marks, or where the template stays as it is', () => {
    expect(restartVariables(look(), reckoned(), 'annotation')).toEqual([]);
    expect(restartVariables(look({ carrier: 'metadata' }), reckoned(), 'variables')).toEqual([]);
  });

  it('would change nothing when all that is new is gone, and had none', () => {
    const members = { 'Secret/db': null, 'Secret/api': null };
    const both = ['Secret/db', 'Secret/api'];
    expect(removesNothing(look({ members }), reckoned(both), 'variables')).toBe(true);
    expect(removesNothing(look({ members }), reckoned(both), 'annotation')).toBe(false);
    expect(removesNothing(look({ members, variables: there }), reckoned(both), 'variables')).toBe(false);
    expect(removesNothing(look({ members: { ...members, 'Secret/api': NEW } }), reckoned(both), 'variables')).toBe(
      false,
    );
    expect(removesNothing(look({ members }), reckoned([]), 'variables')).toBe(false);
  });
});

it('work takes turns by rollout, or by what caused it where the agent acts alone', () => {
  const terms = { fence: 1, hubEpoch: 1, notAfter: 1 };
  const causes = [ref('db'), ref('api')];
  expect(turnOf(order({ causes, terms }))).toBe('r-1');
  expect(turnOf(order({ causes }))).toBe('Secret/shop/api,Secret/shop/db');
});

describe('what is said of pods that a restart replaces', () => {
  it('without a pause, and where nobody follows them', () => {
    expect(podsNow(undefined, 0)).toEqual({ reason: 'RollingOut', message: 'its pods are being replaced' });
    expect(unfollowed(null)).toEqual({ reason: '', message: 'its Job was made' });
    expect(unfollowed({ reason: 'OnDelete', message: 'so it is' })).toEqual({
      ...{ reason: 'OnDelete', message: 'its pod template was changed; so it is' },
    });
  });
});

describe('pods of one template among those of another', () => {
  const pod = (labels: Record<string, string>, second: number, status: object = {}) => ({
    metadata: {
      ...{ name: `p${second}`, uid: 'u', resourceVersion: '1', labels },
      creationTimestamp: `2026-01-01T00:00:0${second}Z`,
      annotations: { 'fleet-reloader.io/revision': NEW },
    },
    status,
  });
  const waiting = (reason: string, more: object = {}) => ({ restartCount: 1, state: { waiting: { reason } }, ...more });
  const crashed = { containerStatuses: [waiting('CrashLoopBackOff')] };

  it.each(['pod-template-hash', 'controller-revision-hash', 'rollouts-pod-template-hash', 'deployment'])(
    'are told apart by the label %s',
    (label) => {
      expect(crashOf([pod({ [label]: 'a' }, 1, crashed), pod({ [label]: 'b' }, 2)], NEW)).toBeNull();
      expect(crashOf([pod({ [label]: 'b' }, 2), pod({ [label]: 'a' }, 1, crashed)], NEW)).toBeNull();
      expect(crashOf([pod({ [label]: 'a' }, 1, crashed), pod({ [label]: 'a' }, 2)], NEW)).not.toBeNull();
    },
  );

  it('tell of init containers, too, with how their last run ended as far as that is known', () => {
    const lastState = { terminated: { exitCode: 1, reason: 'Error' } };
    const init = { initContainerStatuses: [waiting('InvalidImageName', { lastState })] };
    expect(crashOf([pod({}, 1, init)], NEW)).toEqual({
      ...{ reason: 'ImagePull', message: 'container ? of pod p1: InvalidImageName; last exit code 1 (Error)' },
    });
    expect(crashOf([pod({}, 1, crashed)], NEW)?.message).toBe('container ? of pod p1: CrashLoopBackOff');
  });
});
