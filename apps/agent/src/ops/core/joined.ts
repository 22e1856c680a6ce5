type Hook = (...told: never[]) => void;

/** Hooks that tell all of these, in this order. */
export function joined<T extends Readonly<Record<keyof T, Hook>>>(first: T, ...more: readonly Partial<T>[]): T {
  const names = Object.keys(first) as (keyof T)[];
  const tell = (name: keyof T): Hook => {
    const hooks = [first[name], ...more.flatMap((one) => one[name] ?? [])];
    return (...told) => {
      for (const hook of hooks) hook(...told);
    };
  };
  return Object.fromEntries(names.map((name) => [name, tell(name)])) as T;
}
