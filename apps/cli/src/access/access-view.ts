/** What `GET /access` answers: whether the token may do something, and what it is. */
export type Access = Readonly<{ allowed: boolean; role: string; needs: string; reason: string }>;

/** The question that any valid token gets an answer to. */
export const ANYTHING = { verb: 'list', resource: 'clusters' } as const;
