import { envNameOf, parseSwitch, splitList, type RawSettings } from './core/arguments';
import { ANNOTATION_FLAGS, type AnnotationFlag } from './core/flag-table';

/** The annotation keys that the flags chose, by flag. */
export type FlagKeys = Readonly<Record<AnnotationFlag, string>>;

/** Reads single flags and remembers each problem under the flag's name, so that all are told at once. */
export class FlagReader {
  readonly problems: string[];
  readonly warnings: string[] = [];
  private readonly values: RawSettings['values'];

  constructor({ values, problems }: RawSettings) {
    this.values = values;
    this.problems = [...problems];
  }

  problem(flag: string, message: string): void {
    this.problems.push(`--${flag} (${envNameOf(flag)}): ${message}`);
  }

  warn(flag: string, message: string): void {
    this.warnings.push(`--${flag}: ${message}`);
  }

  text(flag: string): string | undefined {
    const value = this.values.get(flag)?.at(-1)?.trim();
    return value === '' ? undefined : value;
  }

  list(flag: string): readonly string[] {
    return splitList(this.values.get(flag) ?? []);
  }

  switch(flag: string, fallback: boolean): boolean {
    const text = this.text(flag);
    const value = text === undefined ? fallback : parseSwitch(text);
    if (value === undefined) this.problem(flag, `"${text ?? ''}" is neither true nor false`);
    return value ?? fallback;
  }

  annotationKeys(): FlagKeys {
    const chosen = Object.entries(ANNOTATION_FLAGS).map(([flag, key]) => [flag, this.text(flag) ?? key] as const);
    return { ...ANNOTATION_FLAGS, ...Object.fromEntries(chosen) };
  }
}
