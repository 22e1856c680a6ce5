import { z } from 'zod';

/** Kinds whose content can make a workload restart. */
export const SOURCE_KINDS = ['ConfigMap', 'Secret', 'SecretProviderClass'] as const;
/** Kinds that the agent restarts, or runs anew. A `Rollout` here is Argo Rollouts' kind. */
export const WORKLOAD_KINDS = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'CronJob',
  'Job',
  'Rollout',
  'DeploymentConfig',
] as const;

export const sourceKind = z.enum(SOURCE_KINDS);
export const workloadKind = z.enum(WORKLOAD_KINDS);
export type SourceKind = z.infer<typeof sourceKind>;
export type WorkloadKind = z.infer<typeof workloadKind>;

/** One value for each kind of source. */
export const bySourceKind = <T>(make: (kind: SourceKind) => T): Readonly<Record<SourceKind, T>> => ({
  ConfigMap: make('ConfigMap'),
  Secret: make('Secret'),
  SecretProviderClass: make('SecretProviderClass'),
});

/** RFC 1123 label: the form of namespaces, policies and clusters. */
export const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** RFC 1123 subdomain: the form of most Kubernetes object names. */
export const DNS_SUBDOMAIN = /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;

export const dnsLabel = z
  .string()
  .regex(DNS_LABEL, 'must be a DNS label: lower-case letters, digits and "-", at most 63');
export const objectName = z.string().regex(DNS_SUBDOMAIN, 'must be a Kubernetes object name');
/** Name of a cluster in the fleet. Compared byte for byte, never by prefix. */
export const clusterName = dnsLabel;

/** Labels as Kubernetes bounds them. */
export const labels = z.record(z.string().min(1).max(317), z.string().max(63));
/** The key of a label, with or without the domain that it belongs to. */
export const LABEL_KEY =
  /^([A-Za-z0-9]([-A-Za-z0-9.]{0,251}[A-Za-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
/** Labels that people give to clusters: each key is one that a selector can name. */
export const clusterLabels = z.record(z.string().regex(LABEL_KEY), z.string().max(63), {
  error: ({ code }) => (code === 'invalid_key' ? 'must have a label key such as env or example.com/team' : undefined),
});
export type Labels = Readonly<Record<string, string>>;

export const sourceRef = z.strictObject({ kind: sourceKind, namespace: dnsLabel, name: objectName });
/** A source, without its cluster. */
export type SourceRef = z.infer<typeof sourceRef>;

export const workloadRef = z.strictObject({ kind: workloadKind, namespace: dnsLabel, name: objectName });
/** A workload, without its cluster. */
export type WorkloadRef = z.infer<typeof workloadRef>;

type ObjectRef = Readonly<{ kind: string; namespace: string; name: string }>;

/** `Kind/namespace/name`: the key of a source or workload in maps, in Redis and in the API. No name can hold a slash. */
export const objectKey = (ref: ObjectRef): string => `${ref.kind}/${ref.namespace}/${ref.name}`;

/** Reads what `objectKey` wrote; undefined when it is not of that form. */
export function parseObjectKey(key: string): ObjectRef | undefined {
  const [kind, namespace, name, ...more] = key.split('/');
  return kind && namespace && name && more.length === 0 ? { kind, namespace, name } : undefined;
}
