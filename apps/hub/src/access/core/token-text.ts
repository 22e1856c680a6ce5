/** `fr_<id>_<secret>`: secret scanners know it by its prefix, the hub by its id. */
const TOKEN = /^fr_([a-z0-9]{1,32})_([A-Za-z0-9_-]{32,128})$/;

/** The id inside a token's text; undefined when it is not one of ours. */
export const tokenIdOf = (text: string): string | undefined => TOKEN.exec(text)?.[1];

export const tokenText = (id: string, secret: string): string => `fr_${id}_${secret}`;

/** The credential of an `Authorization: Bearer …` header; undefined for any other header. */
export function bearerOf(header: string | undefined): string | undefined {
  const match = /^Bearer +(\S{1,512})$/i.exec(header ?? '');
  return match?.[1];
}
