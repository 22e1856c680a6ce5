import { type Ground, onGround } from '../../frame/contestants';
import type { BenchOptions, Outcome, Scenario } from '../../frame/scenario';
import { type Life, live, PROGRAMS } from './contestants';
import { type Measured, outcomeOf } from './result';
import { HELM, LARGE, makeNamespaces, makeSecrets, rawList, rawStream, type Sort, USUAL } from './secrets';

const SIZES = { usual: [0, 1000, 4000, 16_000], full: [0, 1000, 2000, 4000, 8000, 16_000] };
const LARGE_ONES = { usual: 50, full: 200 };
const MOST_ROUNDS = 3;

/** Ever more Secrets: what does a program need to know them all, and to keep an eye on them? */
export const B5: Scenario = {
  id: 'B5',
  title: 'memory over many Secrets',
  run: (options: BenchOptions): Promise<Outcome> =>
    onGround(options.say, async (ground) => {
      const size = options.full ? 'full' : 'usual';
      await makeNamespaces(ground.kube);
      return outcomeOf(await measure(ground, SIZES[size], LARGE_ONES[size], options));
    }),
};

async function measure(
  ground: Ground,
  sizes: readonly number[],
  large: number,
  options: BenchOptions,
): Promise<Measured> {
  const rounds = Math.min(MOST_ROUNDS, options.rounds);
  const bySize = new Map<number, ReadonlyMap<string, readonly Life[]>>();
  for (const [at, size] of sizes.entries()) {
    options.say(`${size} Secrets of 8 KB`);
    await makeSecrets(ground.kube, USUAL, sizes[at - 1] ?? 0, size);
    bySize.set(size, await livesOf(ground, Object.keys(PROGRAMS), rounds));
  }
  const listMs = await rawList(ground.kube);
  const streamMs = await rawStream(ground.kube);
  const added = async (sort: Sort): Promise<ReadonlyMap<string, readonly Life[]>> => {
    options.say(`and ${large} of 1 MB: ${sort.type}`);
    await makeSecrets(ground.kube, sort, 0, large);
    return livesOf(ground, ['standalone'], rounds);
  };
  return { bySize, listMs, streamMs, rounds, large, helm: await added(HELM), opaque: await added(LARGE) };
}

/** Each in turn, so many times. */
async function livesOf(
  ground: Ground,
  names: readonly string[],
  rounds: number,
): Promise<ReadonlyMap<string, readonly Life[]>> {
  const lives = new Map<string, Life[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      const start = PROGRAMS[name];
      if (start) lives.get(name)?.push(await live(ground, start));
    }
  }
  return lives;
}
