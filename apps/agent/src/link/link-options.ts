import type { Labels } from '@app/contracts/objects';

/** What the link needs of the agent's configuration. */
export type LinkOptions = Readonly<{
  /** `https://hub.example` or `http://…`; a path prefix is kept. */
  hubUrl: string;
  /** Name that the cluster asks for; null when the enrolment token names it. */
  clusterName: string | null;
  clusterLabels: Labels;
  /** Used once, while there is no identity. */
  enrolmentToken: string | null;
  /** PEM of the authority that signed the hub's certificate; null: the system's. */
  hubCa: string | null;
  /** Id of the fingerprint key, as in every revision. */
  keyId: string;
  agentVersion: string;
  /** Rises with each change of the leader among this agent's replicas. */
  agentEpoch: number;
}>;

/** Structured log; the shape of pino's. */
export interface LinkLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
