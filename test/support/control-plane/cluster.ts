/** A Kubernetes cluster for a test or a demo: a real API server, and nodes that only pretend to run pods. */
export interface Cluster {
  readonly name: string;
  /** An administrator's kubeconfig. */
  readonly kubeconfigPath: string;
  /** `https://127.0.0.1:PORT`; stays the same over an outage. */
  readonly url: string;
  /** The administrator's bearer token. */
  readonly token: string;
  /** Where it came from, for people. */
  readonly origin: string;
  /** An outage: the API server ends in good order; what it stored stays. */
  stopApiServer(): Promise<void>;
  /** The power cord of the API server alone. */
  killApiServer(): Promise<void>;
  /** Ends an outage; resolves when the API server is ready again. */
  startApiServer(): Promise<void>;
  /** Ends the cluster and forgets its data. */
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** Only the API server and its store: quicker, but nothing rolls and no pod ever exists. */
  readonly bare?: boolean;
  /** Something is measured with it: its processes run as their makers have them. */
  readonly measured?: boolean;
}
