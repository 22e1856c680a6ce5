import { readFileSync } from 'node:fs';

export type Environment = Readonly<Record<string, string | undefined>>;
/** What is wrong with one variable; `detail` never repeats its value, which may be a secret. */
export type ConfigProblem = Readonly<{ variable: string; detail: string }>;

/** Drops empty variables, which count as absent, and reads those that are given as `<NAME>_FILE`. */
export function readEnvironment(env: Environment, byFile: readonly string[], problems: ConfigProblem[]): Environment {
  const values = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  for (const name of byFile) {
    const path = values[`${name}_FILE`];
    if (path === undefined) continue;
    if (values[name] !== undefined)
      problems.push({ variable: `${name}_FILE`, detail: `is set beside ${name}: give one of them` });
    else values[name] = readSecretFile(`${name}_FILE`, path, problems);
  }
  return values;
}

/** The newline that editors and `echo` put at the end is not part of the value. Undefined, and a problem, without one. */
export function readSecretFile(variable: string, path: string, problems: ConfigProblem[]): string | undefined {
  try {
    const text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    if (text !== '') return text;
    problems.push({ variable, detail: 'names an empty file' });
  } catch {
    problems.push({ variable, detail: 'names a file that can not be read' });
  }
  return undefined;
}
