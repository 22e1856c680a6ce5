import type { JsonObject, KubeObject } from '../objects';
import { CONTROLLER_REVISIONS } from '../resources';
import type { PodTemplate } from '../workload-types';
import type { ControllerContext } from './context';
import { templateHash } from './pods';

/** A remembered template of a StatefulSet or DaemonSet. */
export interface ControllerRevision extends KubeObject {
  readonly revision: number;
  readonly data: { readonly spec: { readonly template: PodTemplate } };
}

/** Revisions kept; older ones are forgotten. */
const LIMIT = 10;

/** The label on pods, and on revisions, that says which template they came from. */
export const REVISION_LABEL = 'controller-revision-hash';

/** The revision of the owner's present template; remembers it when it is new, and raises its number when it is used again. */
export function ensureRevision(
  context: ControllerContext,
  owner: KubeObject,
  template: PodTemplate,
): ControllerRevision {
  const hash = templateHash(owner, template);
  const name = `${owner.metadata.name}-${hash}`;
  const all = revisionsOf(context, owner);
  const highest = Math.max(0, ...all.map(({ revision }) => revision));
  const known = all.find(({ metadata }) => metadata.name === name);
  if (known && known.revision === highest) return known;
  if (known) return context.update(CONTROLLER_REVISIONS, { ...known, revision: highest + 1 });
  const oldest = all.sort((a, b) => a.revision - b.revision).slice(0, Math.max(0, all.length - LIMIT));
  for (const revision of oldest) context.delete(CONTROLLER_REVISIONS, revision);
  const fresh: JsonObject = {
    metadata: { name, labels: { ...template.metadata?.labels, [REVISION_LABEL]: hash } },
    data: { spec: { template } },
    revision: highest + 1,
  };
  return context.create<ControllerRevision>(CONTROLLER_REVISIONS, owner, fresh);
}

export const revisionsOf = (context: ControllerContext, owner: KubeObject): ControllerRevision[] =>
  context.owned<ControllerRevision>(owner, CONTROLLER_REVISIONS);
