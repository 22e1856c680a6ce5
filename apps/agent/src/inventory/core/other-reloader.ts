import type { KubeObject } from '../../kube/kube.port';
import { recordAt, recordsAt, textAt } from './read';

/** Stakater Reloader's image, from whatever registry, with or without tag and digest. */
const IMAGE = /(?:^|\/)stakater\/reloader(?:-ubi)?(?:[:@]|$)/;

/** Whether a Deployment runs Stakater Reloader: scaled to zero it does not. */
export function runsReloader(object: KubeObject): boolean {
  if (recordAt(object, 'spec')['replicas'] === 0) return false;
  const containers = recordsAt(object, 'spec', 'template', 'spec', 'containers');
  return containers.some((container) => IMAGE.test(textAt(container, 'image') ?? ''));
}
