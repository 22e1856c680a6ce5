export const namesOf = (clusters: readonly Readonly<{ name: string }>[]): readonly string[] =>
  clusters.map(({ name }) => name);

/** The names without some of them, in their order. */
export function without(names: readonly string[], some: readonly string[]): readonly string[] {
  const left = new Set(some);
  return names.filter((name) => !left.has(name));
}
