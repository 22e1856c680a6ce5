import { setTimeout as sleep } from 'node:timers/promises';
import { RELOADER_MARKER_ANNOTATION, RELOADER_PREFIX } from '@app/contracts/annotations';
import type { Base } from './agent-parts';
import type { AgentConfig } from './config/agent-config';
import { annotationKeys } from './config/chosen-keys';
import { namespacePath } from './kube/core/paths';
import { KubeRequestError } from './kube/request-error';
import { VERSION } from './ops/build-info';
import { metaInfoData, type MetaOptions } from './ops/core/meta-info';
import { refusedWith } from './kube/core/answers';

const NAME = 'reloader-meta-info';
const TRIES = 5;
const FIRST_RETRY_MS = 1000;

/**
 * Writes the ConfigMap by which others find out what runs here, as Reloader does: each replica at its start. What
 * keeps it from being written is told, and keeps nothing else back.
 */
export async function publishMetaInfo({ config, unfenced, log }: Base, stopping: AbortSignal): Promise<void> {
  const where = config.modes.metaInfo;
  if (where === null) return;
  const { namespace, deployment } = where;
  const collection = `${namespacePath(namespace)}/configmaps`;
  const labels = { [`${RELOADER_PREFIX}/meta-info`]: 'reloader' };
  const data = metaInfoData({
    options: metaOptions(config),
    version: VERSION,
    runtime: `node ${process.version}`,
    deployment: { name: deployment, namespace },
  });
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: NAME, namespace, labels }, data };
  for (let tries = 1; !stopping.aborted; tries += 1) {
    let answer = await unfenced.request({ verb: 'PUT', path: `${collection}/${NAME}`, body });
    if (refusedWith(answer) === 404) answer = await unfenced.request({ verb: 'POST', path: collection, body });
    if (answer.ok) return;
    if (tries === TRIES) {
      const why = new KubeRequestError(`${namespace}/${NAME}`, answer.failure).message;
      return log.warn({ why }, 'the ConfigMap that says what runs here could not be written');
    }
    await sleep(FIRST_RETRY_MS * 2 ** tries, undefined, { signal: stopping }).catch(() => undefined);
  }
}

function metaOptions({ flags, modes }: AgentConfig): MetaOptions {
  return {
    ...flags,
    keys: annotationKeys(flags.annotationKeys),
    lastReloadedFrom: RELOADER_MARKER_ANNOTATION,
    reloadStrategy: flags.markers === 'variables' ? 'env-vars' : 'annotations',
    leadership: modes.leadership,
    hasWebhook: flags.webhookUrl !== null,
  };
}
