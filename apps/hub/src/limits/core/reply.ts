import { z } from 'zod';
import { type Place, type Refusal, restartName, type Verdict } from './refusal';

const refusals = z.array(
  z.object({
    ask: z.number(),
    reason: z.enum(['RateLimit', 'MinInterval', 'WorkloadLocked', 'ConcurrencyLimit']),
    scope: z.string(),
    /** Microseconds; -1: not known. */
    wait: z.number(),
    detail: z.string(),
  }),
);
type Told = z.infer<typeof refusals>[number];

export type Asked = readonly Place[];

/** Scopes in which another may begin although this one may not: a smaller workload may have the pods that are left. */
const OWN_AFFAIR = /^(?:w|m|kp)\//;

/** Looks at one state for so long; after that only what was granted is asked for again. */
const MOST_ROUNDS = 4;

/**
 * What the store's refusals mean for this look, together with those of earlier rounds.
 * @param text the refusals as the store wrote them. @param at when it was asked.
 */
export function verdictOf(
  text: string,
  asked: Asked,
  { at, before, round }: Readonly<{ at: number; before: Verdict | undefined; round: number }>,
): Verdict {
  const told = refusals.parse(JSON.parse(text));
  const refused = new Map(before?.refused);
  const denied = new Set<number>();
  for (const each of told) {
    const place = asked[each.ask];
    if (place === undefined) continue;
    const refusal = refusalFrom(each, place, at);
    denied.add(each.ask);
    refused.set(restartName(place), refusal);
    if (!OWN_AFFAIR.test(each.scope)) refused.set(each.scope, refusal);
  }
  const granted = new Set(asked.filter((_, n) => !denied.has(n)).map(restartName));
  return { granted, refused, final: round >= MOST_ROUNDS };
}

function refusalFrom({ reason, scope, wait, detail }: Told, { cluster, workload }: Place, at: number): Refusal {
  const until = wait < 0 ? null : at + Math.ceil(wait / 1000);
  switch (reason) {
    case 'RateLimit':
      return { reason, until, message: `${whereOf(scope, cluster)} may be restarted ${perTime(detail)}` };
    case 'MinInterval':
      return { reason, until, message: `${workload} is restarted every ${Number(detail) / 1000} s at most` };
    case 'WorkloadLocked':
      return { reason, until, message: `rollout ${detail} restarts ${workload} now` };
    case 'ConcurrencyLimit':
      return { reason, until, message: slotsText(scope, { cluster, workload }, detail) };
  }
}

const perTime = (rate: string): string => {
  const [count, unit] = rate.split('/');
  return `${count} times per ${unit === 's' ? 'second' : unit === 'm' ? 'minute' : 'hour'}`;
};

function whereOf(scope: string, cluster: string): string {
  if (scope === 'g') return 'in all clusters together workloads';
  if (scope.startsWith('c/')) return `in cluster ${cluster} workloads`;
  return `in namespace ${scope.slice(`n/${cluster}/`.length)} of cluster ${cluster} workloads`;
}

function slotsText(scope: string, { cluster, workload }: Pick<Place, 'cluster' | 'workload'>, detail: string): string {
  if (scope === 'kc') return `restarts are under way in ${detail} clusters, as many as may be`;
  if (scope.startsWith('kp/')) return podsText(detail, cluster, workload);
  return `restarts are under way for ${detail} workloads of ${cluster}, as many as may be`;
}

/** @param detail pods of this workload, those of others that are under restart, and the most that may be. */
function podsText(detail: string, cluster: string, workload: string): string {
  const [own = 0, others = 0, most = 0] = detail.split('/').map(Number);
  const seen = `pods of ${cluster} under restart: ${others} of at most ${most}`;
  if (others === 0 || others + own <= most) return `${seen}; others that wait longer than ${workload} come first`;
  if (own <= most) return `${seen}; ${workload} has ${own}`;
  return `${seen}; ${workload} has ${own}, too many to go with others: it starts once no other restart is under way there`;
}
