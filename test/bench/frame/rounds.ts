/** One of the programs that a scenario compares. */
export interface Arm {
  readonly name: string;
}

export type RoundsOptions = Readonly<{
  /** Rounds that count; one more is run before them and dropped. */
  rounds: number;
  say: (text: string) => void;
}>;

/**
 * Measures all arms in turn, round by round, so that what slows the machine slows them all. Gives the results by arm,
 * one for each round that counts.
 */
export async function inTurn<A extends Arm, R>(
  arms: readonly A[],
  { rounds, say }: RoundsOptions,
  measure: (arm: A) => Promise<R>,
): Promise<ReadonlyMap<string, readonly R[]>> {
  const results = new Map<string, R[]>(arms.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    say(round === 0 ? 'warm-up' : `round ${round} of ${rounds}`);
    for (const arm of arms) {
      const result = await measure(arm);
      if (round > 0) results.get(arm.name)?.push(result);
    }
  }
  return results;
}
