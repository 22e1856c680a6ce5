import type { Cluster } from '@test/control-plane/cluster';
import { describeDiscovery } from './discovery.cases';
import { describeLists } from './lists.cases';
import { describeObjects } from './objects.cases';
import { RawKube } from './raw-kube';
import { describeDeployments } from './rollouts.cases';
import { describeDaemonSets, describeStatefulSets } from './steps.cases';
import type { Subject } from './subject';
import { describeWatches } from './watches.cases';
import { describeWrites } from './writes.cases';

/** A server to hold to the contract, and how to end it. */
export interface Candidate {
  readonly cluster: Pick<Cluster, 'url' | 'token'>;
  /** Makes the server forget its past, so that old versions are gone. */
  forgetHistory(): Promise<void>;
  stop(): Promise<void>;
}

/** Longest start of a real control plane, and longest case, in milliseconds. */
const START_TIMEOUT_MS = 120_000;
const CASE_TIMEOUT_MS = 45_000;

/**
 * What this project relies on in a Kubernetes API server and its controllers. It runs against a real control plane and against
 * the simulator: whatever a test learns from the simulator then holds for the real one.
 */
export function describeKubeContract(name: string, start: () => Promise<Candidate>): void {
  describe(name, () => {
    jest.setTimeout(CASE_TIMEOUT_MS);
    let candidate: Candidate | undefined;
    let client: RawKube | undefined;

    beforeAll(async () => {
      candidate = await start();
      client = new RawKube(candidate.cluster);
    }, START_TIMEOUT_MS);
    afterAll(async () => {
      await client?.close();
      await candidate?.stop();
    }, START_TIMEOUT_MS);

    const subject: Subject = {
      kube: () => {
        if (!client) throw new Error('the server has not started');
        return client;
      },
      forgetHistory: () => candidate?.forgetHistory() ?? Promise.resolve(),
    };
    for (const part of PARTS) part(subject);
  });
}

const PARTS = [
  describeDiscovery,
  describeObjects,
  describeWrites,
  describeLists,
  describeWatches,
  describeDeployments,
  describeStatefulSets,
  describeDaemonSets,
];
