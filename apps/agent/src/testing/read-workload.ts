import type { WorkloadKind } from '@app/contracts/objects';
import { RELOADER_KEYS } from '../inventory/core/annotation-keys';
import type { OptInOptions } from '../inventory/core/opt-in';
import { readWorkload, type WorkloadRecord } from '../inventory/core/records';
import { textDigest } from '../inventory/fingerprint';
import type { KubeObject } from '../kube/kube.port';

const OPTIONS: OptInOptions = {
  ...{ keys: RELOADER_KEYS, autoReloadAll: false, ignoredKinds: [], runSuspendedCronJobs: false },
};
const DONE = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };

export const AUTO = { 'reloader.stakater.com/auto': 'true' };

/** A revision that reads as its letter. */
export const REV = (letter: string): string => `k0a1b2c:${letter.repeat(22)}`;

/** What of a workload is not as usual. */
export type Parts = Readonly<{ metadata?: object; spec?: object; status?: object; template?: object }>;

const object = ({ metadata, spec, status, template }: Parts): KubeObject => ({
  metadata: { name: 'web', uid: 'u', resourceVersion: '5', generation: 1, annotations: AUTO, ...metadata },
  spec: { replicas: 1, template: { spec: { containers: [] }, ...template }, ...spec },
  status: { ...DONE, ...status },
});

/** The record of a workload `shop/web` that reloads for what it uses, uses nothing, and has one pod, which is ready. */
export const read = (
  parts: Parts = {},
  { kind = 'Deployment', before }: { kind?: WorkloadKind; before?: WorkloadRecord } = {},
  options: Partial<OptInOptions> = {},
): WorkloadRecord =>
  readWorkload({ kind, namespace: 'shop', name: 'web' }, object(parts), {
    ...{ options: { ...OPTIONS, ...options }, digest: textDigest, before },
  });
