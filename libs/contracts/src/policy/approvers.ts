/** Who may decide about a gate: a person by the name of a token, a group that tokens belong to, or a role. */
export type Approver = Readonly<
  { kind: 'user' | 'group'; name: string } | { kind: 'role'; name: 'approver' | 'admin' }
>;

/** Reads `user:NAME`, `group:NAME`, `role:ROLE`; a bare name is that of a user. Undefined: it is none of these. */
export function readApprover(text: string): Approver | undefined {
  const match = /^(?:(user|group|role):)?([^\s:](?:[^:]{0,62}[^\s:])?)$/.exec(text);
  const [, kind = 'user', name = ''] = match ?? [];
  if (!match) return undefined;
  if (kind === 'role') return name === 'approver' || name === 'admin' ? { kind, name } : undefined;
  return { kind: kind === 'group' ? 'group' : 'user', name };
}

/** What a token says of its bearer. */
export type Bearer = Readonly<{ name: string; role: string; groups: readonly string[] }>;

/** Whether one of these means the bearer. */
export const isAmong = (approvers: readonly Approver[], { name, role, groups }: Bearer): boolean =>
  approvers.some((approver) => {
    switch (approver.kind) {
      case 'user':
        return approver.name === name;
      case 'group':
        return groups.includes(approver.name);
      case 'role':
        return role === 'admin' || approver.name === role;
    }
  });

/** As in a policy document. */
export const approverText = ({ kind, name }: Approver): string => `${kind}:${name}`;
