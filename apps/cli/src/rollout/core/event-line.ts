import type { EventView } from '@app/contracts/api/views';
import type { RolloutView } from '@app/contracts/api/rollout-view';
import { objectKey } from '@app/contracts/objects';
import { because, plain, second } from './text';

/** A transition as one line of a log: `2026-05-04T10:00:00Z  cluster dev-1: Failed: … [CrashLoop]`. */
export function eventLine({ at, type, cluster, reason, message }: EventView): string {
  const phase = type.slice(type.indexOf('.') + 1);
  const text = plain(message) || phase;
  const where = cluster === null ? rolloutPrefix(type) : `cluster ${cluster}: `;
  const code = reason === '' || reason === phase || text.includes(reason) ? '' : ` [${reason}]`;
  return `${second(at)}  ${where}${text}${code}`;
}

/** What happens to a wave names the wave itself. */
const rolloutPrefix = (type: string): string => (type.startsWith('rollout.') ? 'rollout: ' : '');

/** Every restart that failed, with the container's own words. */
export const failureLines = ({ waves }: Pick<RolloutView, 'waves'>): readonly string[] =>
  waves.flatMap(({ targets }) =>
    targets.flatMap(({ cluster, restarts }) =>
      restarts
        .filter(({ phase }) => phase === 'Failed')
        .map((restart) => `✘ ${cluster} ${objectKey(restart)}  ${because(restart.reason, restart.message)}`),
    ),
  );
