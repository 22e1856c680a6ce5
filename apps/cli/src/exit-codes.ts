/** What `reloadctl` exits with; scripts decide by it, so the numbers never change. */
export const Exit = {
  ok: 0,
  /** It did not work, and the reason is on stderr. */
  error: 1,
  /** The command line or the configuration can not be understood; nothing was asked of the hub. */
  usage: 2,
  /** The hub answered, and what was asked about is not (yet) as it should be: behind, unknown, failed, degraded. */
  notConverged: 3,
  /** `--timeout` ran out. */
  timeout: 4,
  /** No valid token, or not the role or the clusters for it. */
  denied: 5,
  /** A rollout waits for a person. */
  waitsOnGate: 6,
  /** Ctrl-C, as a shell counts it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof Exit)[keyof typeof Exit];
