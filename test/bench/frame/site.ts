import type { App, Field } from './field';

/** A change that brings no restart for so long never will. */
const PATIENCE_MS = 15_000;

/** So many Deployments with a ConfigMap each, of the same name. */
export const appsOf = (size: number): readonly App[] =>
  Array.from({ length: size }, (_, index) => `app-${index + 1}`).map((name) => ({ name, configMap: name }));

/** A field in which ConfigMap `app-1` is used by Deployment `app-1`, and so on: one change, one restart. */
export class Site {
  constructor(
    private readonly field: Field,
    readonly names: readonly string[],
  ) {}

  /** Templates that changed, expected or not. */
  get restarts(): number {
    return this.field.restarts;
  }

  /** Changes that were made. */
  get changes(): number {
    return this.field.changes;
  }

  /**
   * Changes the ConfigMap of this index (they go round). Resolves with the ms from sending that to seeing the new
   * template, undefined when it never came.
   */
  change(index: number): Promise<number | undefined> {
    return tick(this.field, this.names[index % this.names.length] ?? '');
  }

  /** Resolves when every status of our controller is written. */
  settled(): Promise<void> {
    return this.field.settled();
  }
}

/**
 * Changes the ConfigMap of this name, which the Deployment of this name uses. Resolves with the ms from sending that to
 * seeing the new template, undefined when it never came.
 */
export async function tick(field: Field, name: string): Promise<number | undefined> {
  const seen = field.nextRestarts([name], PATIENCE_MS);
  const sent = await field.write(name);
  const at = (await seen).get(name);
  return at === undefined ? undefined : at - sent;
}
