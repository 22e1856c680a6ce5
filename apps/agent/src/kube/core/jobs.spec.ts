import type { KubeObject, RestartWrite } from '../kube.port';
import { jobAnew, jobOf, trialOf } from './jobs';

const CONTROLLER = {
  'controller-uid': 'u',
  'batch.kubernetes.io/controller-uid': 'u',
  'job-name': 'x',
  'batch.kubernetes.io/job-name': 'x',
};

const write: RestartWrite = {
  how: 'recreate',
  workload: { kind: 'Job', namespace: 'n', name: 'x' },
  uid: 'u',
  resourceVersion: '7',
  annotations: { stamp: 'new', gone: null },
  env: [{ container: 'main', name: 'STAKATER_CM_CONFIGMAP', value: 'r' }],
  pause: null,
  at: '2026-01-01T00:00:00Z',
  run: 'x-0123456789',
};

const job = (metadata: object, spec: object): KubeObject => ({
  metadata: { name: 'x', namespace: 'n', uid: 'u', resourceVersion: '7', generation: 1, ...metadata },
  spec: {
    selector: { matchLabels: { 'controller-uid': 'u' } },
    template: {
      metadata: { labels: { app: 'x', ...CONTROLLER }, annotations: { kept: 'yes', gone: 'soon' } },
      spec: { containers: [{ name: 'main', env: [{ name: 'A', value: 'b' }] }] },
    },
    ...spec,
  },
  status: { succeeded: 1 },
});

describe('a Job made again', () => {
  it('agent 112: keeps what is its own, and nothing that names the old one', () => {
    const own = { labels: { team: 'a', 'job-name': 'mine' }, annotations: { note: 'kept' } };
    const finalizers = ['example.com/f', 'orphan', 'foregroundDeletion'];
    const controlled = { ownerReferences: [{ kind: 'Workflow', name: 'w' }], finalizers };
    expect(jobAnew(job({ ...own, ...controlled }, { backoffLimit: 3 }), write)).toEqual({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'x', namespace: 'n', ...own, ...controlled, finalizers: ['example.com/f'] },
      spec: {
        backoffLimit: 3,
        template: {
          metadata: { labels: { app: 'x' }, annotations: { kept: 'yes', stamp: 'new' } },
          spec: {
            containers: [
              {
                name: 'main',
                env: [
                  { name: 'A', value: 'b' },
                  { name: 'STAKATER_CM_CONFIGMAP', value: 'r' },
                ],
              },
            ],
          },
        },
      },
    });
  });

  it('has no finalizers where the old one had those of its deletion only', () => {
    expect(jobAnew(job({ finalizers: ['orphan'] }, {}), write)['metadata']).not.toHaveProperty('finalizers');
  });

  it('keeps a selector that was chosen by hand, without which it would be refused', () => {
    const { spec } = jobAnew(job({}, { manualSelector: true }), write) as { spec: Record<string, unknown> };
    expect(spec['selector']).toEqual({ matchLabels: { 'controller-uid': 'u' } });
    expect(spec).toHaveProperty(['template', 'metadata', 'labels', 'controller-uid'], 'u');
  });

  it('is tried out under a name that nobody holds', () => {
    const trial = trialOf(jobAnew(job({}, {}), write));
    expect(trial['metadata']).toMatchObject({ generateName: 'x-', namespace: 'n' });
    expect(trial['metadata']).not.toHaveProperty('name');
  });
});

it('agent 104: a Job of a CronJob takes its template, and its annotations win over ours', () => {
  const jobTemplate = {
    metadata: { labels: { of: 'template' }, annotations: { 'cronjob.kubernetes.io/instantiate': 'theirs' } },
    spec: { template: { spec: { containers: [{ name: 'main' }] } } },
  };
  const cronJob = job({ uid: 'cron' }, { jobTemplate });
  expect(jobOf(cronJob, { ...write, how: 'run' })).toMatchObject({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: 'x-0123456789',
      generateName: 'x-',
      labels: { of: 'template' },
      annotations: { 'cronjob.kubernetes.io/instantiate': 'theirs' },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'x', uid: 'cron', controller: true }],
    },
    spec: { template: { metadata: { annotations: { stamp: 'new' } }, spec: { containers: [{ name: 'main' }] } } },
  });
});

it.each([
  ['without any spec', null],
  ['of which nothing can be understood', { jobTemplate: { metadata: null, spec: { template: 'x' } } }],
])('a Job of a CronJob %s says still who made it, and why', (_which, spec) => {
  const { metadata } = jobOf({ ...job({ uid: 'cron' }, {}), spec }, { ...write, how: 'run' });
  expect(metadata).toMatchObject({ labels: {}, annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' } });
});
