import { result as resultMessage, type Result } from '@app/contracts/wire/agent-messages';
import type { Permit } from '@app/contracts/wire/hub-messages';
import type { HubLink, PermitHandler } from '../link/hub-link.port';
import { PermitService } from '../restart/permit.service';
import type { RestartOptions } from '../restart/restart.service';
import { deployment, FakeCluster } from './fake-cluster';
import { type TestAgent, testAgent } from './test-agent';
import { TestClock, turn } from './test-clock';

export const AUTO = { 'reloader.stakater.com/auto': 'true' };
/** The Deployment of these scenes, which uses the Secret `db`. */
export const APP = 'Deployment/shop/app';
export const REVISION = 'fleet-reloader.io/revision';

/** A link that gives what a spec gives it, and keeps what the agent tells. */
export class RecordingLink implements HubLink {
  readonly results: Result[] = [];
  readonly phases: string[] = [];
  handler: PermitHandler | undefined;

  start(handler: PermitHandler): void {
    this.handler = handler;
  }

  progress({ phase }: Parameters<HubLink['progress']>[0]): void {
    this.phases.push(phase);
  }

  result(message: Result): void {
    this.results.push(resultMessage.parse(message));
  }

  status(): ReturnType<HubLink['status']> {
    return { connected: true, since: 0, detail: '' };
  }

  async stop(): Promise<void> {
    // Nothing is open.
  }
}

export type Scene = TestAgent & Readonly<{ cluster: FakeCluster; clock: TestClock; link: RecordingLink }>;

/** A new agent process on this cluster. */
export async function begin(cluster: FakeCluster, options: Partial<RestartOptions> = {}): Promise<Scene> {
  const clock = new TestClock();
  const link = new RecordingLink();
  const agent = testAgent(cluster, clock, undefined, options);
  agent.inventory.start();
  await new PermitService({ ...agent, link }, clock, () => undefined).start();
  return { ...agent, cluster, clock, link };
}

/** A Deployment that is behind: its Secret has changed. */
export async function changed(): Promise<Scene> {
  const cluster = new FakeCluster();
  cluster.secret('db', 'one');
  cluster.put('Deployment', 'app', deployment('db', AUTO));
  cluster.settle('app');
  const scene = await begin(cluster);
  cluster.secret('db', 'two');
  return scene;
}

/** A permit for what the workload wants now. */
export function permitFor({ inventory }: Scene, more: Partial<Permit> = {}): Permit {
  const fact = inventory.workload(APP);
  const workload = { kind: 'Deployment', namespace: 'shop', name: 'app' } as const;
  return {
    rollout: 'r-1',
    policy: 'p',
    attempt: 1,
    fence: 1001,
    hubEpoch: 1,
    notAfter: '2026-01-01T01:00:00Z',
    progressDeadlineSeconds: 60,
    causes: [{ kind: 'Secret', namespace: 'shop', name: 'db' }],
    restarts: [{ permit: 'p-1', workload, uid: fact?.uid ?? '', toRevision: fact?.want ?? '' }],
    ...more,
  };
}

/** Within the time of every permit. */
export const hubNow = (): number => Date.UTC(2026, 0, 1, 0, 30);
export const give = async ({ link }: Scene, permit: Permit): Promise<void> => {
  link.handler?.permit(permit, hubNow);
  await turn();
};
export const outcomes = ({ link }: Scene): string[] =>
  link.results.map(({ outcome, reason }) => `${outcome} ${reason}`.trim());

/** The same cluster under a new agent process. */
export async function afterCrash(scene: Scene): Promise<Scene> {
  scene.cluster.disconnect();
  await turn();
  return begin(scene.cluster);
}
