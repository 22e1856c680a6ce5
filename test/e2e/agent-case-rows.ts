import type { V1PodSpec } from '@kubernetes/client-node';
import type { WorkloadKind } from '@test/kube';
import type { Trigger } from './agent-case-parts';

export const KINDS: readonly WorkloadKind[] = ['Deployment', 'StatefulSet', 'DaemonSet'];

export const AUTO = { 'reloader.stakater.com/auto': 'true' };
export const namesConfigMap = (names: string): Record<string, string> => ({
  'configmap.reloader.stakater.com/reload': names,
});
export const namesSecret = (names: string): Record<string, string> => ({
  'secret.reloader.stakater.com/reload': names,
});

export type ReloadCase = Readonly<{
  /** Names the acceptance cases. */
  title: string;
  kind: WorkloadKind;
  annotations: Readonly<Record<string, string>>;
  podSpec: V1PodSpec;
  trigger: Trigger;
  rolls: boolean;
}>;

export type Row = Omit<ReloadCase, 'kind' | 'podSpec'> & Readonly<{ pod: V1PodSpec; kinds?: readonly WorkloadKind[] }>;
