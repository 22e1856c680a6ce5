import { readUnreachable, type WhenUnreachable } from '../../config/core/unreachable';
import { type Annotations, UNREACHABLE_ANNOTATION } from './annotation-keys';

/** What a workload asks for while the hub can not be reached, by its metadata, else its pod template. */
export type UnreachableWish = Readonly<{
  /** null: it leaves that to the agent's own setting. */
  wish: WhenUnreachable | null;
  warnings: readonly string[];
}>;

const NO_WISH: UnreachableWish = { wish: null, warnings: [] };

/** What can not be read holds: nobody may be surprised by a restart. */
export function readWish(metadata: Annotations, template: Annotations): UnreachableWish {
  const text = (metadata[UNREACHABLE_ANNOTATION] ?? template[UNREACHABLE_ANNOTATION])?.trim();
  if (text === undefined) return NO_WISH;
  const wish = readUnreachable(text);
  if (wish) return { wish, warnings: [] };
  const shown = text.slice(0, 100);
  const warning = `"${shown}" is none of hold, fallback:<duration>, immediate: without the hub it is not restarted`;
  return { wish: { kind: 'hold' }, warnings: [warning] };
}
