import type { RolloutSummary } from '@app/contracts/api/rollout-view';
import { objectKey } from '@app/contracts/objects';
import { plain } from './text';

type Cause = RolloutSummary['cause'];
const SHORT = 8;

/** The start of a revision, enough to tell it from its neighbours. */
export function shortRevision(revision: string | null): string {
  if (revision === null) return 'none';
  return revision.slice(revision.lastIndexOf(':') + 1).slice(0, SHORT);
}

/** The one text that all give; undefined when they differ. */
const common = (texts: readonly string[]): string | undefined => (new Set(texts).size === 1 ? texts[0] : undefined);

/** What it is about, each once: the sources that changed, `Secret/shop/db`, or the workloads that a person named. */
export const causeNames = ({ sources, workloads = [] }: Cause): readonly string[] => [
  ...new Set([...sources, ...workloads].map(objectKey)),
];

/** `Secret/shop/db 4c1e0a→9ab04f, by hand by alice: rotated`. Clusters with keys of their own have revisions of their own. */
export function causeText(cause: Cause): string {
  const moved = common(cause.sources.map(({ from, to }) => `${shortRevision(from)}→${shortRevision(to)}`));
  const names = causeNames(cause).join(', ') + (cause.force ? ' by force' : '');
  const what = moved === undefined ? names : `${names} ${moved}`;
  if (cause.trigger !== 'manual') return what;
  const why = cause.reason === null ? '' : `: ${plain(cause.reason)}`;
  return `${what}, by hand by ${plain(cause.actor ?? 'somebody')}${why}`;
}
