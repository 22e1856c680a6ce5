/** State ConfigMaps that the baselines of a cluster are spread over, so that one restart rewrites a sixteenth. */
export const SHARDS = 16;

/** Which of them holds a workload: FNV-1a over its key. */
export function shardOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % SHARDS;
}
