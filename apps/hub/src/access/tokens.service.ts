import { Inject, Injectable } from '@nestjs/common';
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Role } from '@app/contracts/api/views';
import { parseSelector } from '@app/contracts/selector';
import { Clock } from '../platform/clock';
import { HUB_CONFIG, type HubConfig } from '../config/hub-config';
import { tokenIdOf, tokenText } from './core/token-text';
import type { Principal } from './principal';
import { type TokenRecord, TokenStore } from './token.store';

/** Id and name of the token that exists before anyone made one. */
const BOOTSTRAP = 'admin';
/** `lastUsedAt` is written at most this often per token and replica. */
const USED_EVERY_MS = 60_000;

export type NewToken = Readonly<{
  name: string;
  role: Role;
  clusters: string | null;
  groups: readonly string[];
  expiresInMs: number | null;
}>;

/** Makes, checks and removes API tokens. A token's text exists only in the answer that made it. */
@Injectable()
export class TokensService {
  private readonly lastWritten = new Map<string, number>();
  private readonly configured: Buffer | null;

  constructor(
    private readonly store: TokenStore,
    private readonly clock: Clock,
    @Inject(HUB_CONFIG) config: Pick<HubConfig, 'adminToken'>,
  ) {
    this.configured = config.adminToken === null ? null : digest(config.adminToken.reveal());
  }

  /** @returns the record and the token's text, which is never shown again. */
  async create(input: NewToken): Promise<Readonly<{ record: TokenRecord; token: string }>> {
    for (;;) {
      const made = this.make(randomBytes(5).toString('hex'), input);
      if (await this.store.add(made.record)) return made;
    }
  }

  /**
   * The admin token of a hub that was given none: made once for a store, and undefined ever after.
   * It is made anew at the next start when an operator deleted it.
   */
  async bootstrap(): Promise<string | undefined> {
    if (this.configured !== null || (await this.store.get(BOOTSTRAP)) !== undefined) return undefined;
    const made = this.make(BOOTSTRAP, {
      name: BOOTSTRAP,
      role: 'admin',
      clusters: null,
      groups: [],
      expiresInMs: null,
    });
    return (await this.store.add(made.record)) ? made.token : undefined;
  }

  list(): ReturnType<TokenStore['list']> {
    return this.store.list();
  }

  remove(id: string): Promise<boolean> {
    return this.store.remove(id);
  }

  /** Undefined when the token is unknown, removed or expired: callers can not tell which, and need not. */
  async authenticate(token: string): Promise<Principal | undefined> {
    const presented = digest(token);
    if (this.configured !== null && timingSafeEqual(this.configured, presented)) {
      return { tokenId: BOOTSTRAP, name: BOOTSTRAP, role: 'admin', groups: [], scope: null };
    }
    const id = tokenIdOf(token);
    const record = id === undefined ? undefined : await this.store.get(id);
    if (!record || !timingSafeEqual(Buffer.from(record.hash, 'hex'), presented)) return undefined;
    const now = this.clock.now();
    if (isOver(record, now)) return undefined;
    await this.noteUse(record.id, now);
    const scope = record.clusters === null ? null : parseSelector(record.clusters);
    return { tokenId: record.id, name: record.name, role: record.role, groups: record.groups, scope };
  }

  /** Whether the token by which somebody came is still good. */
  async stands({ tokenId }: Pick<Principal, 'tokenId'>): Promise<boolean> {
    if (tokenId === BOOTSTRAP && this.configured !== null) return true;
    const record = await this.store.get(tokenId);
    return record !== undefined && !isOver(record, this.clock.now());
  }

  private make(id: string, input: NewToken): Readonly<{ record: TokenRecord; token: string }> {
    const token = tokenText(id, randomBytes(32).toString('base64url'));
    const createdAt = this.clock.now();
    const expiresAt = input.expiresInMs === null ? null : createdAt + input.expiresInMs;
    const { name, role, clusters } = input;
    const groups = [...input.groups];
    return {
      record: { id, name, role, clusters, groups, hash: digest(token).toString('hex'), createdAt, expiresAt },
      token,
    };
  }

  private async noteUse(id: string, now: number): Promise<void> {
    if (now - (this.lastWritten.get(id) ?? 0) < USED_EVERY_MS) return;
    this.lastWritten.set(id, now);
    await this.store.used(id, now);
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const isOver = ({ expiresAt }: TokenRecord, now: number): boolean => expiresAt !== null && expiresAt <= now;
