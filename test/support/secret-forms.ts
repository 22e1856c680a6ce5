import { createHash } from 'node:crypto';

const DIGESTS = ['md5', 'sha1', 'sha256'].flatMap((name) =>
  (['hex', 'base64', 'base64url'] as const).map((encoding) => ({ name, encoding })),
);

/** A value in every form from which somebody who has guessed it could tell that it is the one. */
export function tellingForms(value: string): string[] {
  const bytes = Buffer.from(value);
  const digests = DIGESTS.map(({ name, encoding }) => createHash(name).update(bytes).digest(encoding));
  return [value, bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex'), ...digests].map(
    unpadded,
  );
}

/** Encoders leave the padding away as they like. */
const unpadded = (text: string): string => text.replace(/=+$/, '');
