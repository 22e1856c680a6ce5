import type { ProcessFleet } from '@test/fleet/process-fleet';
import { startRealFleet } from '@test/fleet/real-fleet';
import { waitFor } from '@test/wait';

const MINUTES = 60_000;
const EAGER = 'eager-1';
const PATIENT = 'patient-1';

type AuditEntry = { action: string; subject: string; detail: { authority?: string; outcome?: string } };

describe('agents that lose their hub', () => {
  let fleet: ProcessFleet;

  beforeAll(async () => {
    fleet = await startRealFleet({
      clusters: { [EAGER]: { env: 'dev' }, [PATIENT]: { env: 'prod' } },
      secret: { password: 'round-0' },
      rollout: '@env=dev, rest / 0s',
      agent: ({ name }) => ({ env: { ON_HUB_UNREACHABLE: name === EAGER ? 'immediate' : 'hold' } }),
    });
  }, 2 * MINUTES);
  afterAll(() => fleet.stopAll(), MINUTES);

  const local = async (): Promise<AuditEntry[]> =>
    (await fleet.items<AuditEntry>('/audit')).filter(({ action }) => action === 'restart.local');

  it(
    'protocol 66, 68: hold, or act at once by themselves; the hub records that and does not repeat it',
    async () => {
      await fleet.hub.program.kill('SIGKILL');
      const changedAt = Date.now();
      await fleet.putSecret({ password: 'round-1' });
      await fleet.untilRestarts([1, 0]);
      expect(Date.now() - changedAt).toBeLessThan(15_000);
      expect(await fleet.restarts()).toEqual([1, 0]);

      await fleet.restartHub();
      await waitFor('the hub to record it', async () => (await local()).length > 0, { timeoutMs: MINUTES });
      expect(await local()).toMatchObject([
        {
          subject: `${EAGER}/Deployment/shop/web`,
          reason: 'HubUnreachable',
          detail: { authority: 'local', outcome: 'APPLIED' },
        },
      ]);
      await fleet.untilRestarts([1, 1]);
      await fleet.untilRollouts(1, 'Succeeded');
      expect(await fleet.restarts()).toEqual([1, 1]);
    },
    2 * MINUTES,
  );
});
