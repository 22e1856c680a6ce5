/** The policy that holds where nobody wrote one: canary, below every other. */
export const BUILTIN_POLICY = {
  name: 'default',
  document: {
    apiVersion: 'fleet-reloader.io/v1',
    kind: 'RolloutPolicy',
    metadata: { name: 'default' },
    spec: { priority: -1_000_000, rollout: 'canary' },
  },
} as const;
