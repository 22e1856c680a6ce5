import { isTerminalRollout } from '@app/contracts/phases';
import type { Rules } from '@test/rollout/fixtures';
import { happen, type Watch } from './hub';
import { type Move, movesOf, timer } from './moves';
import type { World } from './world';

const BY = { actor: 'ann', why: '' } as const;
const MOST_ROUNDS = 200;
const MOST_MOVES = 400;
/** In the order in which they are preferred. */
const GOOD = ['back', 'tells', 'plan', 'to', 'from', 'turn', 'ready'];

/** From here on nothing goes wrong: all is sent, done and heard, people let it go on, and time passes. */
export function healed(world: World, rules: Rules, watch: Watch): World {
  let next = quiet(world, rules, watch);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (next.rollouts.every(({ phase }) => isTerminalRollout(phase))) return next;
    next = quiet(timer(letGoOn(next, watch), watch), rules, watch);
  }
  return next;
}

/** Until nothing is on its way. */
function quiet(world: World, rules: Rules, watch: Watch): World {
  let next = world;
  for (let made = 0; made < MOST_MOVES; made++) {
    const before = next;
    const good = movesOf(before, rules).filter(({ name }) => GOOD.includes(name.split(' ')[0] ?? ''));
    next = good.reduce((found, { make }) => (found === before ? make(watch) : found), before);
    if (next === before) return next;
  }
  throw new Error('it never comes to rest');
}

const letGoOn = (world: World, watch: Watch): World =>
  world.rollouts.reduce((next, { phase }, index) => {
    if (phase === 'Draft') return happen(next, index, { type: 'started', ...BY }, watch);
    if (phase !== 'Halted' && phase !== 'Paused') return next;
    return happen(next, index, { type: 'resumed', acceptFailures: true, ...BY }, watch);
  }, world);

/** The way of a fleet in which nothing goes wrong, move by move. */
export function goodWay(first: World, rules: Rules, watch: Watch): readonly Readonly<{ by: string; world: World }>[] {
  const way: { by: string; world: World }[] = [];
  let world = first;
  for (let made = 0; made < MOST_MOVES; made++) {
    const move = nextGood(world, rules) ?? timerOf(world, rules);
    if (move === undefined) return way;
    world = move.make(watch);
    way.push({ by: move.name, world });
  }
  throw new Error('it never comes to rest');
}

/** What planning would change nothing about does not count. */
const nextGood = (world: World, rules: Rules): Move | undefined =>
  movesOf(world, rules).find(({ name }) => GOOD.includes(name.split(' ')[0] ?? '') && name !== 'plan');

const timerOf = (world: World, rules: Rules): Move | undefined =>
  movesOf(world, rules).find(({ name }) => name === 'timer');
