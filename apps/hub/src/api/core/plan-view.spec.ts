import { parsePolicy } from '@app/contracts/policy/parse';
import type { PlannedWave } from '../../plan/core/model';
import { makePlan } from '../../plan/core/plan';
import { waveTimes } from './earliest';
import { planEstimate, plannedWaves } from './plan-view';

const NOW = Date.UTC(2027, 0, 1);

function wavesOf(rollout: string, count: number): readonly PlannedWave[] {
  const parsed = parsePolicy({ rollout }, 'p');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const ref = { kind: 'Deployment' as const, namespace: 'shop', name: 'web' };
  const web = { ref, uid: 'web', labels: {}, replicas: 2, pending: true, state: 'Pending', reason: '' };
  const clusters = Array.from({ length: count }, (_, index) => ({
    ...{ name: `c${String(index + 1).padStart(2, '0')}`, labels: {}, from: null, to: null, workloads: [web] },
  }));
  const made = makePlan(parsed.policy, { subject: 'Secret/shop/db', clusters });
  if (!made.ok) throw new Error(made.refusal.detail);
  return made.plan.waves;
}

describe('a plan as the API shows it', () => {
  const shown = (rollout: string, count: number) => {
    const waves = wavesOf(rollout, count);
    const times = waveTimes(waves, NOW);
    return { waves: plannedWaves(waves, times, () => true), estimate: planEstimate(waves, times) };
  };

  it('rollouts 2: waves without clusters are skipped, without soak or gates, and take no time', () => {
    const { waves, estimate } = shown('careful', 1);
    expect(waves.map(({ phase, reason, soakSeconds, gates }) => [phase, reason, soakSeconds, gates])).toEqual([
      ['Pending', '', 0, []],
      ...Array.from({ length: 3 }, () => ['Skipped', 'Empty', 0, []]),
    ]);
    expect(estimate.endsAt).toBe(new Date(NOW + 60_000).toISOString());
  });

  it('a wave soaks when a later one has clusters, also with an empty one in between', () => {
    const { waves } = shown('1, @env=none, rest / 10m', 2);
    expect(waves.map(({ phase, soakSeconds }) => [phase, soakSeconds])).toEqual([
      ['Pending', 600],
      ['Skipped', 0],
      ['Pending', 0],
    ]);
  });

  it('tells no end behind an approval', () => {
    expect(shown('careful', 30).estimate).toEqual({ endsAt: null, restartSeconds: 60 });
  });

  it('tells when each wave and each cluster is likely to begin and end, and when all is through', () => {
    const { waves, estimate } = shown('1, rest / 10m', 3);
    const at = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();
    expect(waves.map((wave) => [wave.estimate, wave.targets.map(({ earliest }) => earliest)])).toEqual([
      [{ startsAt: at(0), endsAt: at(1) }, [at(0)]],
      [{ startsAt: at(11), endsAt: at(13) }, [at(10), at(10)]],
    ]);
    expect(estimate.endsAt).toBe(at(13));
  });

  it('tells no end of a plan in which nothing is to be done', () => {
    expect(planEstimate([], new Map()).endsAt).toBeNull();
    const waves = wavesOf('all', 1);
    expect(plannedWaves(waves, new Map(), () => true)[0]).toMatchObject({
      ...{ estimate: { startsAt: null, endsAt: null }, targets: [{ earliest: null }] },
    });
  });

  it('leaves out clusters that may not be seen', () => {
    const waves = wavesOf('all', 2);
    const [only] = plannedWaves(waves, waveTimes(waves, NOW), (cluster) => cluster === 'c02');
    expect(only?.targets.map(({ cluster }) => cluster)).toEqual(['c02']);
  });
});
