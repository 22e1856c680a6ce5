import { frameFaults } from '@app/contracts/wire/frame-faults';
import { type HubMessage, hubMessage } from '@app/contracts/wire/hub-messages';
import { parseJson } from '@app/contracts/parse-json';

/** What a session tells of frames that it did not understand. */
const MOST_TOLD = 5;

/** What arrived. `Unsupported`: a word of a newer hub. */
export type HubFrame =
  | Readonly<{ kind: 'message'; message: HubMessage }>
  | Readonly<{ kind: 'misread'; code: 'Unsupported' | 'BadFrame'; why: string }>;

const WORDS: ReadonlySet<unknown> = new Set(hubMessage.options.map((option) => option.shape.t.value));

/** @param text null: the frame was binary. */
export function readHubFrame(text: string | null): HubFrame {
  if (text === null) return bad('the frame is binary');
  const json = parseJson(text);
  if (json === undefined) return bad('the frame is not JSON');
  const parsed = hubMessage.safeParse(json);
  if (parsed.success) return { kind: 'message', message: parsed.data };
  const word = typeof json === 'object' && json !== null && 't' in json ? json.t : undefined;
  if (typeof word === 'string' && !WORDS.has(word)) {
    return { kind: 'misread', code: 'Unsupported', why: `this agent does not know ${word.slice(0, 64)}` };
  }
  return bad(frameFaults(parsed.error));
}

const bad = (why: string): HubFrame => ({ kind: 'misread', code: 'BadFrame', why });

/** Tells each reason once, and only the first few: a hub that sends nothing but rubbish must not fill the log. */
export class Misreadings {
  readonly #told = new Set<string>();

  /** @returns whether this one is to be told. */
  admit(why: string): boolean {
    if (this.#told.has(why) || this.#told.size === MOST_TOLD) return false;
    this.#told.add(why);
    return true;
  }
}
