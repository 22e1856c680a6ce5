export type NodeAddress = Readonly<{ host: string; port: number }>;

/**
 * The primary that serves a slot, read from the answer to CLUSTER SLOTS: rows of first slot, last slot, primary, replicas.
 * @param asked the node that answered; a node that knows no name of its own leaves it out.
 * @returns undefined when the slot is not served, or the answer is none.
 */
export function primaryOfSlot(reply: unknown, slot: number, asked: NodeAddress): NodeAddress | undefined {
  const row = rows(reply).find(([first, last]) => Number(first) <= slot && slot <= Number(last));
  const [host, port] = Array.isArray(row?.[2]) ? (row[2] as unknown[]) : [];
  if (typeof port !== 'number') return undefined;
  const named = typeof host === 'string' && host !== '' && host !== '?';
  return { host: named ? host : asked.host, port };
}

/** Every node of the answer, primaries and replicas: one of them answers when those of the configuration are gone. */
export const nodesOf = (reply: unknown, asked: NodeAddress): NodeAddress[] =>
  rows(reply).flatMap((row) => row.slice(2).flatMap((node) => primaryOfSlot([[0, 0, node]], 0, asked) ?? []));

const rows = (reply: unknown): unknown[][] => (Array.isArray(reply) ? reply.filter((row) => Array.isArray(row)) : []);
