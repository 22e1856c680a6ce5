const PLENTY = { rate: '100000/s', burst: 100_000 };

/** The `limits` of a policy under which a spec may restart as often as it likes. */
export const UNLIMITED = {
  restarts: { global: PLENTY, cluster: PLENTY, namespace: PLENTY, workload: { minInterval: '0s' } },
} as const;
