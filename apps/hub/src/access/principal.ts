import type { Role } from '@app/contracts/api/views';
import type { Selector } from '@app/contracts/selector';

/** Who makes a request, as their token says. */
export type Principal = Readonly<{
  tokenId: string;
  /** Name in the audit log and on rollouts. */
  name: string;
  role: Role;
  /** Limits reading and acting to clusters that match; null: the whole fleet. */
  scope: Selector | null;
}>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the access guard; absent on public routes. */
    principal?: Principal;
  }
}
