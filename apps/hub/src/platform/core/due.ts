/** What an entry of the `due` set asks for. */
export type Due = Readonly<
  | { type: 'rollout'; id: string }
  | { type: 'dispatch'; id: string; cluster: string }
  | { type: 'window'; policy: string; source: string }
  | { type: 'cluster'; cluster: string }
  | { type: 'notice'; id: string }
>;

/** The member of the `due` set; names hold neither `:` nor `|`, so that it can be read back. */
export function dueMember(due: Due): string {
  switch (due.type) {
    case 'rollout':
      return `r:${due.id}`;
    case 'dispatch':
      return `d:${due.id}|${due.cluster}`;
    case 'window':
      return `w:${due.policy}|${due.source}`;
    case 'cluster':
      return `c:${due.cluster}`;
    case 'notice':
      return `n:${due.id}`;
  }
}

/** Undefined for what no hub of this version writes. */
export function parseDue(member: string): Due | undefined {
  const rest = member.slice(2);
  const bar = rest.indexOf('|');
  const [first, second] = bar < 0 ? [rest, ''] : [rest.slice(0, bar), rest.slice(bar + 1)];
  switch (member.slice(0, 2)) {
    case 'r:':
      return { type: 'rollout', id: rest };
    case 'd:':
      return { type: 'dispatch', id: first, cluster: second };
    case 'w:':
      return { type: 'window', policy: first, source: second };
    case 'c:':
      return { type: 'cluster', cluster: rest };
    case 'n:':
      return { type: 'notice', id: rest };
    default:
      return undefined;
  }
}

/** A job id for the entry: without `:`, never only digits, the same as long as the entry is the same. */
export const dueJobId = (member: string): string => member.replace(':', '-');
