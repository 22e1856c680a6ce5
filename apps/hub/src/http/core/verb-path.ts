/**
 * The API has verbs behind a colon (`/rollouts/r-1:pause`, `/policies:validate`). The router takes a colon for the
 * start of a parameter, so inside the hub a verb is a path segment of its own: `/rollouts/r-1/~pause`.
 */
const API = '/api/v1/';
/** Clients that encode what they put into a path encode the colon, too. */
const WITH_VERB = /^([^?]*[^/?:])(?::|%3[Aa])([a-z][a-z-]*)(\?.*)?$/;
const SLASH_AT_END = /^([^?]*[^/?])\/(\?.*)?$/;

/** Proxies may ask by the whole address. */
const ORIGIN = /^https?:\/\/[^/?]*/i;

/**
 * From the path of a request to the one that the router knows; a slash at its end says nothing. The inner form itself is
 * not an address: it leads nowhere.
 */
export function toInnerPath(asked: string): string {
  const url = asked.replace(ORIGIN, '');
  if (!url.startsWith(API)) return url;
  if (url.includes('/~')) return '/api/v1/no-such-path';
  const address = url.replace(SLASH_AT_END, '$1$2');
  const match = WITH_VERB.exec(address);
  return match ? `${match[1]}/~${match[2]}${match[3] ?? ''}` : address;
}

/** From a path of the router to the one that people know. */
export const toPublicPath = (path: string): string => path.replace(/\/~([a-z-]+)$/, ':$1');

/** The path of a verb in a controller: `@Post(verbPath('pause', ':id'))`. */
export const verbPath = (verb: string, parameter?: string): string =>
  parameter === undefined ? `~${verb}` : `${parameter}/~${verb}`;
