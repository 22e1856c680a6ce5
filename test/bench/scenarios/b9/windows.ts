/** The most instants that lie in any window of this length, wherever it begins; sorted instants. */
export function mostIn(instants: readonly number[], length: number): number {
  let from = 0;
  let most = 0;
  for (const [to, at] of instants.entries()) {
    while (at - (instants[from] ?? at) >= length) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}
