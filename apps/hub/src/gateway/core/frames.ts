import { type AgentMessage, agentMessage } from '@app/contracts/wire/agent-messages';
import { frameFaults } from '@app/contracts/wire/frame-faults';
import { parseJson } from '@app/contracts/parse-json';

/** What arrived. `type` is a word of the protocol or `unknown`, so that it can label a metric. */
export type Arrival =
  | Readonly<{ kind: 'message'; type: AgentMessage['t']; message: AgentMessage }>
  /** A newer agent's message: this hub does not know it, and says so. */
  | Readonly<{ kind: 'unsupported'; type: 'unknown'; id: string | undefined; seq: number | undefined; word: string }>
  /** Nothing that an honest agent sends. */
  | Readonly<{ kind: 'abuse'; type: string; code: string; detail: string }>;

const TYPES: ReadonlySet<string> = new Set(agentMessage.options.map((option) => option.shape.t.value));

/** Reads one text frame. */
export function readFrame(text: string): Arrival {
  const json = parseJson(text);
  if (json === undefined) return abuse('unknown', 'BadJson', 'the frame is not JSON');
  const parsed = agentMessage.safeParse(json);
  if (parsed.success) return { kind: 'message', type: parsed.data.t, message: parsed.data };
  const { t, id, seq } = headOf(json);
  if (t !== undefined && !TYPES.has(t)) return { kind: 'unsupported', type: 'unknown', id, seq, word: t.slice(0, 64) };
  return abuse(t ?? 'unknown', 'BadFrame', frameFaults(parsed.error));
}

const abuse = (type: string, code: string, detail: string): Arrival => ({ kind: 'abuse', type, code, detail });

type Head = Readonly<{ t: string | undefined; id: string | undefined; seq: number | undefined }>;

function headOf(json: unknown): Head {
  const { t, id, seq } = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  return {
    t: typeof t === 'string' ? t : undefined,
    id: typeof id === 'string' && id.length <= 64 ? id : undefined,
    seq: Number.isSafeInteger(seq) ? Number(seq) : undefined,
  };
}

/** Counts a session's frames. `gap`: one got lost; `repeated`: a frame was sent again, which no agent does. */
export class Sequence {
  #last = 0;

  take(seq: number): 'next' | 'gap' | 'repeated' {
    if (seq <= this.#last) return 'repeated';
    const verdict = seq === this.#last + 1 ? 'next' : 'gap';
    this.#last = seq;
    return verdict;
  }
}
