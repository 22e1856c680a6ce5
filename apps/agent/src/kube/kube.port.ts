import type { SourceKind, WorkloadKind, WorkloadRef } from '@app/contracts/objects';

/** The part of a Kubernetes object that the agent reads; everything else is untyped JSON that core/ functions read with care. */
export type KubeObject = Readonly<{
  metadata: Readonly<{
    name: string;
    namespace?: string;
    uid: string;
    resourceVersion: string;
    generation?: number;
    labels?: Readonly<Record<string, string>>;
    annotations?: Readonly<Record<string, string>>;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    managedFields?: readonly Readonly<{ manager?: string; operation?: string; time?: string; fieldsV1?: unknown }>[];
  }>;
  [field: string]: unknown;
}>;

/**
 * Kinds that are watched: what a SecretProviderClass brought stands in one status object per pod, and which namespaces
 * count may hang on their labels. Of a PodDisruptionBudget nothing but what plans tell depends.
 */
export type WatchedKind =
  SourceKind | WorkloadKind | 'SecretProviderClassPodStatus' | 'Namespace' | 'PodDisruptionBudget';

/**
 * What existed before it is told of, although the list is complete: `admitted`, as its namespace was not watched;
 * `relisted`, as a part of the stream had a gap.
 */
export type Belated = 'admitted' | 'relisted';

/**
 * Receives one kind's stream. After `listing`, every existing object arrives as `upsert` (in any order, mixed with
 * live changes); `synced` ends that, and what was not seen since `listing` is gone. Handlers must not keep the object.
 */
export interface WatchHandler {
  listing(): void;
  upsert(object: KubeObject, belated?: Belated): void;
  gone(object: KubeObject): void;
  synced(): void;
}

/** One never-ending watch of a kind; restarts itself. */
export interface KubeWatches {
  start(kind: WatchedKind, handler: WatchHandler): void;
  /** Ends the watch of a kind; its handler is told nothing more. */
  end(kind: WatchedKind): void;
  /** For probes: every started kind, whether it is synced, and milliseconds since the last byte arrived. */
  status(): readonly Readonly<{ kind: WatchedKind; synced: boolean; silentMs: number; error: string | null }>[];
  stop(): Promise<void>;
}

/**
 * `template`: annotations of the pod template; its controller replaces the pods.
 * `restartAt`: Argo Rollouts' own way; the annotations go to the metadata and the template stays as it is.
 * `run`: a CronJob makes one Job from its template at once, and stays as it is itself.
 * `recreate`: a Job is deleted and made again under its name.
 */
export type RestartHow = 'template' | 'restartAt' | 'run' | 'recreate';

/** A variable of a container that tells of a source; null removes it. */
export type VariableWrite = Readonly<{ container: string; name: string; value: string | null }>;

/** A restart to be written, if the workload still is at this version. */
export type RestartWrite = Readonly<{
  how: RestartHow;
  workload: WorkloadRef;
  uid: string;
  resourceVersion: string;
  /** What it leaves behind for the next look; null removes. */
  annotations: Readonly<Record<string, string | null>>;
  /** Variables of the pod template that go with it; none for `restartAt`. No two of one container share a name. */
  env: readonly VariableWrite[];
  /** Pauses the Deployment in the same write, and notes the instant under this annotation; null: it is left as it is. */
  pause: string | null;
  /** The instant of the restart, RFC 3339: for `restartAt` and `pause`. */
  at: string;
  /** For `run`: the name of the Job. Equal for every try of the same restart, so that only one Job comes of them. */
  run: string;
}>;

/** The end of a pause, if the workload still is at this version. */
export type ResumeWrite = Readonly<{
  workload: WorkloadRef;
  resourceVersion: string;
  /** The annotation that holds the instant of the pause; it is removed. */
  annotation: string;
}>;

/** `conflict`: re-read and judge again. `rejected`: will not succeed by repeating (forbidden, denied, invalid). `unavailable`: back off; `noAnswer`: nothing is heard of the API server. */
export type PatchAnswer =
  | Readonly<{ kind: 'patched'; object: KubeObject }>
  | Readonly<{ kind: 'conflict' }>
  | Readonly<{ kind: 'gone' }>
  | Readonly<{ kind: 'rejected'; reason: string; message: string }>
  | Readonly<{ kind: 'unavailable'; message: string; retryAfterMs: number | null; noAnswer?: true }>;

export interface KubeWorkloads {
  /** Bound to the resourceVersion, field manager `fleet-reloader`. For most kinds it is one merge PATCH. */
  restart(write: RestartWrite): Promise<PatchAnswer>;
  /** Ends a pause: one merge PATCH. */
  resume(write: ResumeWrite): Promise<PatchAnswer>;
  /** null: it does not exist. Throws when the API server cannot be asked. */
  get(workload: WorkloadRef): Promise<KubeObject | null>;
  /** Pods by label selector string. Throws when the API server cannot be asked. */
  pods(namespace: string, labelSelector: string): Promise<readonly KubeObject[]>;
}

export type ObjectEvent = Readonly<{
  regarding: Readonly<{ apiVersion: string; kind: string; namespace: string; name: string; uid: string }>;
  type: 'Normal' | 'Warning';
  reason: string;
  action: string;
  note: string;
}>;

/** Kubernetes Events (events.k8s.io/v1), best effort, never throws; reporting controller `fleet-reloader-agent`. */
export interface KubeEvents {
  record(event: ObjectEvent): void;
}
