import type { KubeObject } from '../../kube/kube.port';
import { crashOf } from './crash';

const REVISION = 'kaaaaaa:r';

type Waiting = Readonly<{ reason: string; message?: string }>;
const pod = (
  waiting: Waiting | null,
  more: { restartCount?: number; revision?: string; hash?: string; born?: string } = {},
): KubeObject => ({
  metadata: {
    name: 'app-1',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: more.born ?? '2026-01-01T00:00:00Z',
    labels: { 'pod-template-hash': more.hash ?? 'a' },
    annotations: { 'fleet-reloader.io/revision': more.revision ?? REVISION },
  },
  status: {
    containerStatuses: [
      {
        name: 'main',
        restartCount: more.restartCount ?? 1,
        state: waiting ? { waiting } : { running: {} },
        lastState: { terminated: { exitCode: 3 } },
      },
    ],
  },
});

describe('a crash', () => {
  it.each([
    ['CrashLoopBackOff', 'CrashLoop'],
    ['ImagePullBackOff', 'ImagePull'],
    ['CreateContainerConfigError', 'ContainerConfig'],
  ])('%s is told with all that a person needs', (waiting, reason) => {
    const crash = crashOf([pod(null), pod({ reason: waiting, message: 'back-off' })], REVISION);
    expect(crash).toEqual({ reason, message: `container main of pod app-1: ${waiting}; back-off; last exit code 3` });
  });

  it.each([
    ['a container that runs', pod(null)],
    ['one that is being created', pod({ reason: 'ContainerCreating' })],
    ['a loop that has not come round yet', pod({ reason: 'CrashLoopBackOff' }, { restartCount: 0 })],
    ['a pod of another revision', pod({ reason: 'CrashLoopBackOff' }, { revision: 'kaaaaaa:q' })],
  ])('%s is none', (_title, one) => {
    expect(crashOf([one], REVISION)).toBeNull();
  });

  it('of a template that was mended since is none', () => {
    const crashed = pod({ reason: 'CrashLoopBackOff' });
    const mended = pod(null, { hash: 'b', born: '2026-01-01T00:00:09Z' });
    expect(crashOf([crashed, mended], REVISION)).toBeNull();
  });
});
