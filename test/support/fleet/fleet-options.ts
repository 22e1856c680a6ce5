import type { Cluster } from '../control-plane/cluster';
import type { AgentOptions } from '../processes/start-agent';
import type { Hub } from '../processes/start-hub';
import type { Name } from '../kube';

/** The Secret that every cluster of a fleet has, under one name. */
export const SECRET: Name = { namespace: 'shop', name: 'db' };
/** The Deployment that uses it. */
export const WEB: Name = { namespace: 'shop', name: 'web' };

export interface FleetOptions {
  /** Labels by cluster name. */
  readonly clusters: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What is in the Secret at first. */
  readonly secret: Readonly<Record<string, string>>;
  /** The default policy's waves in one line; left out where its `spec` has `waves`. */
  readonly rollout?: string;
  /** More of the default policy's `spec`. */
  readonly spec?: Readonly<Record<string, unknown>>;
  /** On the Deployment's pod template, in every cluster. */
  readonly podAnnotations?: Readonly<Record<string, string>>;
  /** More of them, by cluster name. */
  readonly podAnnotationsIn?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly hubEnv?: Readonly<Record<string, string>>;
  /** What one agent gets otherwise than the rest, e.g. the address of a proxy; called before it is started. */
  readonly agent?: (cluster: Cluster, hub: Hub) => AgentSettings | Promise<AgentSettings>;
}

export type AgentSettings = Partial<Pick<AgentOptions, 'kubeconfigPath' | 'hubUrl' | 'fingerprintKey' | 'env'>>;

/** Where a fleet's clusters come from. */
export interface ClusterSource {
  start(name: string): Promise<Cluster>;
  /** Ends all clusters that were started. */
  stop(): Promise<void>;
}
