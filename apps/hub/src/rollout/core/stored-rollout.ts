import { z } from 'zod';
import { parseJson } from '@app/contracts/parse-json';
import { rolloutPhase, wavePhase } from '@app/contracts/phases';
import type { Rollout } from './model';
import { clusterOf, targetFrom } from './stored-target';
import { Targets } from './targets';

const some = z.looseObject({});

/** What no version of the hub could do without: of another form is whatever does not have it. */
const head = z.looseObject({
  id: z.string(),
  phase: rolloutPhase,
  policy: z.looseObject({ name: z.string(), version: z.number() }),
  spec: z.looseObject({ waves: z.array(some) }),
  cause: z.looseObject({ source: some.nullable(), revisions: z.array(z.unknown()) }),
  waves: z.array(z.looseObject({ name: z.string(), phase: wavePhase, clusters: z.array(z.unknown()) })),
  acceptedFailures: z.array(z.unknown()),
  lineage: z.number(),
  createdAt: z.number(),
});

/**
 * The rollout that is stored in these fields; undefined: there is none.
 * @throws Error that says in which part it is of a form that this hub does not read.
 */
export function rolloutFrom(fields: Readonly<Record<string, string>>): Rollout | undefined {
  if (fields.head === undefined) return undefined;
  const targets = Object.entries(fields).flatMap(([field, text]) => {
    const cluster = clusterOf(field);
    return cluster === undefined ? [] : [targetFrom(cluster, text)];
  });
  return { ...headFrom(fields.head), targets: Targets.of(targets) };
}

/** All but the targets. @throws Error as `rolloutFrom` */
export function headFrom(text: string): Omit<Rollout, 'targets'> {
  const stored = parseJson(text);
  const { error } = head.safeParse(stored);
  if (error) throw new Error(`what it has as ${error.issues[0]?.path.join('.') || 'its head'} is not known here`);
  return stored as Omit<Rollout, 'targets'>;
}
