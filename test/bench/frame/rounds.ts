/** One of the programs that a scenario compares. */
export interface Arm {
  readonly name: string;
}

export type RoundsOptions = Readonly<{
  /** Rounds that count; one more is run before them and dropped. */
  rounds: number;
  /** How often each arm has its turn within a round. Short turns spread what slows the machine over all arms. */
  turns: number;
  say: (text: string) => void;
}>;

/**
 * Measures all arms in turn, each turn beginning with another arm, so that what slows the machine slows them all.
 * Gives the results by arm, one list of turns for each round that counts.
 */
export async function inTurn<A extends Arm, R>(
  arms: readonly A[],
  { rounds, turns, say }: RoundsOptions,
  measure: (arm: A) => Promise<R>,
): Promise<ReadonlyMap<string, readonly (readonly R[])[]>> {
  const results = new Map<string, R[][]>(arms.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    say(round === 0 ? 'warm-up' : `round ${round} of ${rounds}`);
    const measured = await oneRound(arms, turns, measure);
    if (round > 0) for (const [name, turnsOfArm] of measured) results.get(name)?.push(turnsOfArm);
  }
  return results;
}

async function oneRound<A extends Arm, R>(
  arms: readonly A[],
  turns: number,
  measure: (arm: A) => Promise<R>,
): Promise<ReadonlyMap<string, R[]>> {
  const results = new Map<string, R[]>(arms.map(({ name }) => [name, []]));
  for (let turn = 0; turn < turns; turn += 1) {
    for (const arm of rotated(arms, turn)) results.get(arm.name)?.push(await measure(arm));
  }
  return results;
}

const rotated = <T>(items: readonly T[], by: number): readonly T[] => {
  const at = by % Math.max(1, items.length);
  return [...items.slice(at), ...items.slice(0, at)];
};
