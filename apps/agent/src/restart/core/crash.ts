import { REVISION_ANNOTATION } from '@app/contracts/annotations';
import type { Revision } from '@app/contracts/revision';
import { at, countAt, recordsAt, textAt } from '../../inventory/core/read';
import type { KubeObject } from '../../kube/kube.port';
import type { JsonRecord } from '../../kube/core/json';

/** Waiting reasons that do not heal by waiting; CrashLoopBackOff counts once the container has restarted. */
const HOPELESS: Readonly<Record<string, Readonly<{ reason: string; restarts: number }>>> = {
  CrashLoopBackOff: { reason: 'CrashLoop', restarts: 1 },
  ImagePullBackOff: { reason: 'ImagePull', restarts: 0 },
  InvalidImageName: { reason: 'ImagePull', restarts: 0 },
  CreateContainerConfigError: { reason: 'ContainerConfig', restarts: 0 },
};

export type Crash = Readonly<{ reason: string; message: string }>;

/** Labels by which the controllers tell pods of one template from those of another. */
const TEMPLATE_LABELS = [
  'pod-template-hash',
  'controller-revision-hash',
  'rollouts-pod-template-hash',
  'deployment', // of a DeploymentConfig
];

/**
 * The first container that can not start, of the pods that carry this revision and the newest template. A template
 * that someone mended keeps the revision, so crashed pods that are on their way out must not speak for it.
 */
export function crashOf(pods: readonly KubeObject[], revision: Revision): Crash | null {
  const newest = pods.map(bornAt).sort().at(-1);
  const templates = new Set(pods.filter((pod) => bornAt(pod) === newest).map(templateOf));
  const speaks = (pod: KubeObject): boolean =>
    !pod.metadata.deletionTimestamp &&
    pod.metadata.annotations?.[REVISION_ANNOTATION] === revision &&
    templates.has(templateOf(pod));
  for (const pod of pods.filter(speaks)) {
    const statuses = ['initContainerStatuses', 'containerStatuses'].flatMap((field) => recordsAt(pod, 'status', field));
    for (const container of statuses) {
      const crash = containerCrash(pod.metadata.name, container);
      if (crash) return crash;
    }
  }
  return null;
}

const bornAt = (pod: KubeObject): string => pod.metadata.creationTimestamp ?? '';

const templateOf = (pod: KubeObject): string =>
  JSON.stringify(TEMPLATE_LABELS.map((label) => pod.metadata.labels?.[label]));

function containerCrash(pod: string, container: JsonRecord): Crash | null {
  const waiting = textAt(container, 'state', 'waiting', 'reason') ?? '';
  const hopeless = HOPELESS[waiting];
  if (!hopeless || countAt(container, 0, 'restartCount') < hopeless.restarts) return null;
  const exitCode = at(container, 'lastState', 'terminated', 'exitCode');
  const ended = textAt(container, 'lastState', 'terminated', 'reason');
  const message = [
    `container ${textAt(container, 'name') ?? '?'} of pod ${pod}: ${waiting}`,
    textAt(container, 'state', 'waiting', 'message'),
    typeof exitCode === 'number' ? `last exit code ${exitCode}${ended ? ` (${ended})` : ''}` : undefined,
  ];
  return { reason: hopeless.reason, message: message.filter((part) => part).join('; ') };
}
