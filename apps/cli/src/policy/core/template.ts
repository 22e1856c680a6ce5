/** A policy to start from: valid as it stands, with the choices that most people make first. */
export const policyTemplate = (name: string): string => `apiVersion: fleet-reloader.io/v1
kind: RolloutPolicy
metadata:
  name: ${name}
spec:
  # Where several policies match a change, the highest priority wins.
  priority: 100
  # What this policy is for. Without match it is for every change.
  match:
    clusters: env in (dev,staging,prod)
    # sources:
    #   - kinds: [Secret]
    #     namespaces: [shop]
  # Changes that come within the quiet period are carried out together.
  coalesce:
    quietPeriod: 30s
    maxWait: 5m
  # auto starts by itself; manual waits as a draft for reloadctl.
  start: auto
  # Waves run one after the other. A wave has to succeed, and to soak, before the next begins.
  waves:
    - name: dev
      clusters: { selector: env=dev }
      maxConcurrency: 100%
      soak: { for: 5m }
    - name: staging
      clusters: { selector: env=staging }
      maxConcurrency: 50%
      soak: { for: 15m }
    - name: prod
      clusters: { selector: env=prod }
      # One cluster at a time, and none may fail.
      maxConcurrency: 1
      maxFailures: 0
  # What happens when a wave has more failures than it may: halt, continue or cancel.
  onFailure: halt
  # Clusters that match the policy and no wave: fail, rest (a wave of their own at the end) or ignore.
  unassigned: rest
`;
