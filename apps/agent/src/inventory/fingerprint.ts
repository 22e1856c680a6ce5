import { createHmac, hash } from 'node:crypto';
import type { Revision } from '@app/contracts/revision';
import { ABSENT, canonicalSources } from './core/canonical';
import type { Fingerprint } from './core/reckon';
import { FieldHmac } from './hmac';

const KEY_BYTES = 32;
const DIGEST_BYTES = 16;
/** A few hundred bytes each. */
const MOST_RECENT = 256;

/** Makes revisions: HMAC-SHA-256, shortened, under a key that never leaves the cluster. */
export class Fingerprinter implements Fingerprint {
  /** Tells revisions of one key from those of another; says nothing about the key. */
  readonly keyId: string;
  readonly absent: Revision;
  readonly #hmac: FieldHmac;
  /** Of sets of sources, by their fields. */
  readonly #recent = new Map<string, Revision>();

  /** Throws when the key has not exactly 32 bytes. */
  constructor(key: Buffer) {
    if (key.length !== KEY_BYTES) throw new Error(`a fingerprint key has ${KEY_BYTES} bytes, not ${key.length}`);
    this.#hmac = new FieldHmac(key);
    this.keyId = `k${createHmac('sha256', key).update('fleet-reloader/key-id').digest('hex').slice(0, 6)}`;
    this.absent = this.revision(ABSENT);
  }

  /** The revision of an ordered list of fields; each counts with its length, so fields never run together. */
  revision(fields: readonly string[]): Revision {
    const digest = Buffer.from(this.#hmac.digest(fields).slice(0, DIGEST_BYTES), 'latin1');
    return `${this.keyId}:${digest.toString('base64url')}`;
  }

  /** What a workload wants is asked for again at each of its events. */
  of(sources: Readonly<Record<string, Revision>>): Revision {
    const fields = canonicalSources(sources);
    const text = JSON.stringify(fields);
    const known = this.#recent.get(text);
    if (known !== undefined) return known;
    const made = this.revision(fields);
    if (this.#recent.size >= MOST_RECENT) this.#recent.clear();
    this.#recent.set(text, made);
    return made;
  }
}

/** A short name for a text that stays in this process: of templates, never of data. */
export const textDigest = (text: string): string => hash('sha1', text, 'base64url');
