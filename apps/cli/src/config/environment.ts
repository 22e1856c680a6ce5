/** The variables that `reloadctl` reads, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The only place where the process's own environment is read; an empty variable counts as absent. */
export const processEnvironment = (): Environment =>
  Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
