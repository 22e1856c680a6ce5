import type { ServedKinds } from '../kube/discovery';
import { TestClock } from '../testing/test-clock';
import { LateKinds } from './late-kinds';

type Kind = 'Rollout' | 'DeploymentConfig';

const EVERY_MS = 1000;
const nothing: ServedKinds<Kind> = { served: [], hindered: {} };
const rollouts: ServedKinds<Kind> = { served: ['Rollout'], hindered: {} };
const forbidden: ServedKinds<Kind> = { served: [], hindered: { Rollout: '403 Forbidden: no' } };

/** What was done and told, look by look; an Error: the API server could not be asked. */
async function over(now: ServedKinds<Kind>, looks: readonly (ServedKinds<Kind> | Error)[]): Promise<string[]> {
  const clock = new TestClock();
  const left = [...looks];
  const done: string[] = [];
  const discover = (): Promise<ServedKinds<Kind>> => {
    const next = left.shift() ?? nothing;
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  };
  const late = new LateKinds<Kind>(
    { discover, watch: (kind) => done.push(`watch ${kind}`), unwatch: (kind) => done.push(`unwatch ${kind}`), clock },
    { kinds: ['Rollout', 'DeploymentConfig'], everyMs: EVERY_MS },
    {
      appeared: () => undefined,
      disappeared: () => undefined,
      hindered: (kind, why) => done.push(`${kind}: ${why}`),
    },
    now,
  );
  late.start();
  for (let look = 0; look < looks.length; look += 1) await clock.advance(EVERY_MS);
  late.stop();
  await clock.advance(10 * EVERY_MS);
  return done;
}

describe('kinds that come and go', () => {
  it('are watched once they are there, once', async () => {
    expect(await over(nothing, [nothing, rollouts, rollouts])).toEqual(['watch Rollout']);
  });

  it('that were there at the start are watched already', async () => {
    expect(await over(rollouts, [rollouts])).toEqual([]);
  });

  it('are not watched any more when they are gone, and are again when they come back', async () => {
    expect(await over(rollouts, [nothing, rollouts])).toEqual(['unwatch Rollout', 'watch Rollout']);
  });

  it('keep their watch while they are refused for a while, or nobody answers', async () => {
    expect(await over(rollouts, [forbidden, new Error('unreachable'), rollouts])).toEqual([]);
  });

  it('that are there and refused are told once, and watched once that is mended', async () => {
    expect(await over(forbidden, [forbidden, forbidden, rollouts])).toEqual([
      'Rollout: 403 Forbidden: no',
      'watch Rollout',
    ]);
  });
});
