/** After a loss of the store what the clusters say about themselves is waited for; so long, unless all are back before. */
export const RECOVERY_MS = 5 * 60_000;

/**
 * Part of a script: `isRecovering(key)`. The hash at `key` holds `until`, `total` (clusters that were restored) and a field
 * `c:<cluster>` for each that has not told where it stands. It is over, and the hash gone, when all have; or later than `until`
 * when nine of ten have. While more are missing only a person can end it, by removing or revoking clusters that are no more.
 */
export const RECOVERING_LUA = `local function isRecovering(key)
     local state = redis.call('HMGET', key, 'until', 'total')
     if not state[1] then return false end
     local total = tonumber(state[2])
     local missing = redis.call('HLEN', key) - 2
     local late = now >= tonumber(state[1])
     if (total > 0 and missing == 0) or (late and missing * 10 <= total) then
       redis.call('DEL', key)
       return false
     end
     return true
   end`;

/** Of a hub that has lost its store and starts nothing. */
export type Recovery = Readonly<{
  /** Clusters that a backup brought back; 0: none did so far, and the hub knows no cluster. */
  known: number;
  /** Names of those that have yet to say where they stand, sorted. */
  missing: readonly string[];
  /** Epoch milliseconds on the store's clock: from then on it needs fewer of them, or no backup. */
  until: number;
}>;

/** From the hash that `isRecovering` reads; null: nothing is waited for. */
export function recoveryFrom({ until, total, ...rest }: Readonly<Record<string, string>>): Recovery | null {
  if (until === undefined) return null;
  const missing = Object.keys(rest).flatMap((field) => (field.startsWith('c:') ? [field.slice(2)] : []));
  return { known: Number(total ?? 0), missing: missing.sort(), until: Number(until) };
}

/** How it stands, and what ends it. */
export function recoveryText({ known, missing, until }: Recovery): string {
  const lost = 'the store was lost and nothing starts:';
  const at = new Date(until).toISOString();
  if (known === 0)
    return (
      `${lost} no cluster is known any more; "reloadctl apply -f" brings them back from a backup, ` +
      `without one enrol every cluster anew; from ${at} on it goes on with those`
    );
  return (
    `${lost} ${missing.length} of ${known} clusters have not said where they stand; ` +
    `bring their agents back, remove or revoke what is no more ("reloadctl check" names them); from ${at} nine of ten are enough`
  );
}
