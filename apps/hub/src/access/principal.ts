import type { Role } from '@app/contracts/api/views';
import type { Selector } from '@app/contracts/selector';

/** Who makes a request, as their token says. */
export type Principal = Readonly<{
  tokenId: string;
  /** Name in the audit log and on rollouts. */
  name: string;
  role: Role;
  /** Groups that approvers of gates are named by. */
  groups: readonly string[];
  /** Limits reading and acting to clusters that match; null: the whole fleet. */
  scope: Selector | null;
}>;

/** The part of Fastify's request that access, audit and the API look at. */
export interface HubRequest {
  readonly id: string;
  readonly ip: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly params: unknown;
  readonly body: unknown;
  /** Set by the access guard; absent on public routes. */
  principal?: Principal;
}
