import { z } from 'zod';
import { isReceiverName } from '@app/contracts/policy/receivers';
import { parseJson } from '@app/contracts/parse-json';
import { type ConfigProblem, type Environment, readSecretFile } from './environment';
import { Secret } from './secret';

/** A receiver of notifications. Its address may hold a token, so it is as secret as the key that messages are signed with. */
export type Webhook = Readonly<{ url: Secret; /** Base64 of the key. */ key: Secret }>;

const VARIABLE = 'HUB_WEBHOOKS';
/** Beyond that the hub could not keep one receiver from delaying another. */
const MOST = 16;
const MARK = 'whsec_';
const KEY_BYTES = { least: 24, most: 64 };

const keyed = z.object({
  secret: z.string({ error: 'secret must be a text' }).optional(),
  secretFile: z.string({ error: 'secretFile must be a path' }).optional(),
});
const receiver = z.strictObject(
  {
    url: z
      .url({ protocol: /^https?$/, error: 'url must be an http or https URL' })
      .refine(hasNoUser, 'url must hold no user and no password'),
    ...keyed.shape,
  },
  { error: 'must be an object of url, and secret or secretFile' },
);
type Given = z.infer<typeof keyed>;

function hasNoUser(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url === null || (url.username === '' && url.password === '');
}

/**
 * Receivers by name, from a JSON object `{"NAME": {"url": …, "secret" | "secretFile": …}}`. Every problem is added to
 * `problems`; none repeats anything but the names of receivers.
 */
export function readWebhooks(values: Environment, problems: ConfigProblem[]): ReadonlyMap<string, Webhook> {
  const text = values[VARIABLE];
  if (text === undefined) return new Map();
  const complain = (detail: string): void => void problems.push({ variable: VARIABLE, detail });
  const entries = entriesOf(text);
  if (entries === null) {
    complain('must be a JSON object of receivers by name');
    return new Map();
  }
  if (entries.length > MOST) complain(`names more than ${MOST} receivers`);
  const read = entries.flatMap(([name, value], index) => {
    if (isReceiverName(name)) return readOne(name, value, complain).map((webhook) => [name, webhook] as const);
    complain(`the name of receiver ${index + 1} must be lower-case letters, digits and "-", at most 63`);
    return [];
  });
  return new Map(read);
}

function entriesOf(text: string): readonly (readonly [string, unknown])[] | null {
  const parsed = z.record(z.string(), z.unknown()).safeParse(parseJson(text));
  return parsed.success ? Object.entries(parsed.data) : null;
}

/** None where something is wrong with it. */
function readOne(name: string, value: unknown, complain: (detail: string) => void): readonly Webhook[] {
  const say = (detail: string): void => complain(`${name}: ${detail}`);
  const parsed = receiver.safeParse(value);
  for (const { message } of parsed.error?.issues ?? []) say(message);
  const given = keyed.safeParse(value); // looked at also where the rest is wrong
  const key = given.data && readKey(given.data, say);
  return parsed.data && key !== undefined ? [{ url: new Secret(parsed.data.url), key: new Secret(key) }] : [];
}

function readKey({ secret, secretFile }: Given, say: (detail: string) => void): string | undefined {
  const given = [secret, secretFile].filter((value) => value !== undefined && value !== '');
  if (given.length !== 1) {
    say(given.length === 0 ? 'needs a secret or a secretFile' : 'has a secret beside its secretFile: give one of them');
    return undefined;
  }
  const found: ConfigProblem[] = [];
  const text = secretFile ? readSecretFile(VARIABLE, secretFile, found) : secret;
  for (const { detail } of found) say(`secretFile ${detail}`);
  if (text === undefined) return undefined;
  const key = text.startsWith(MARK) ? text.slice(MARK.length) : text;
  if (isKey(key)) return key;
  say(`its secret must be ${KEY_BYTES.least} to ${KEY_BYTES.most} bytes in base64, with or without ${MARK} before it`);
  return undefined;
}

function isKey(text: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length >= KEY_BYTES.least && bytes.length <= KEY_BYTES.most && bytes.toString('base64') === text;
}
