/** The zone of a window that goes by the clock of each cluster: the cluster's label `timezone` names it. */
export const CLUSTER_ZONE = 'cluster';

/** The label of a cluster that names its time zone. */
export const ZONE_LABEL = 'timezone';

const OFFSET = /^((UTC|GMT|Etc\/(UTC|GMT))\s*)?[+-]\s*\d/i;
/** Of the names of three letters these are zones; the others stay on one offset all year, or are no zones at all. */
const SHORT_ZONES: ReadonlySet<string> = new Set([
  'UTC',
  'UCT',
  'GMT',
  'CET',
  'EET',
  'MET',
  'WET',
  'PRC',
  'ROC',
  'ROK',
]);

/** Why this names no time zone whose clock a window can follow, as the end of a sentence; null when it does. */
export function zoneProblem(name: string): string | null {
  if (OFFSET.test(name)) {
    return 'is a fixed offset, which knows no summer time: name a zone such as Europe/Berlin, or UTC';
  }
  if (/^[A-Z]{3}$/i.test(name) && !SHORT_ZONES.has(name.toUpperCase())) {
    return 'is an abbreviation that stands for several zones or for a fixed offset: name a zone such as America/New_York';
  }
  return isKnown(name) ? null : 'is not an IANA time zone such as Europe/Berlin';
}

function isKnown(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}
