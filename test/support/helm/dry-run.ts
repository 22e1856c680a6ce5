import { apiCall, type ApiAccess } from '../control-plane/api-call';
import type { Cluster } from '../control-plane/cluster';
import { waitFor } from '../wait';
import type { Rendered } from './helm';

/** Kinds that live in no namespace. */
const CLUSTER_WIDE = [
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'Namespace',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
];

/** The way of an administrator into the API server. */
export function accessTo(cluster: Cluster): ApiAccess {
  return { port: Number(new URL(cluster.url).port), token: cluster.token };
}

/** Where objects like this one are made. */
export function collectionOf({ apiVersion, kind, metadata }: Rendered, namespace: string): string {
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const plural = kind.endsWith('y') ? `${kind.slice(0, -1)}ies` : `${kind}s`;
  const scope = CLUSTER_WIDE.includes(kind) ? '' : `/namespaces/${metadata.namespace ?? namespace}`;
  return `${root}${scope}/${plural.toLowerCase()}`;
}

/**
 * What the API server says against an object: a field it does not know, a value it refuses; null when nothing.
 * That there is one of the name already is nothing against it.
 */
export async function objectionTo(cluster: Cluster, object: Rendered, namespace: string): Promise<string | null> {
  const path = `${collectionOf(object, namespace)}?dryRun=All&fieldValidation=Strict`;
  const answer = await apiCall(accessTo(cluster), path, object);
  if (answer?.status === 201 || answer?.status === 409) return null;
  return `${object.kind} ${object.metadata.name}: ${answer?.body ?? 'no answer'}`;
}

/** Makes an object; one that is there already stays as it is. */
export async function make(cluster: Cluster, object: object, namespace = 'default'): Promise<void> {
  const rendered = object as Rendered;
  const answer = await apiCall(accessTo(cluster), collectionOf(rendered, namespace), object);
  if (answer?.status !== 201 && answer?.status !== 409)
    throw new Error(`${rendered.kind} ${rendered.metadata.name} was not made: ${answer?.body ?? 'no answer'}`);
}

/** Makes CustomResourceDefinitions, and waits until their kinds are served. */
export async function makeDefinitions(cluster: Cluster, definitions: readonly object[]): Promise<void> {
  for (const definition of definitions) await make(cluster, definition);
  await waitFor('the new kinds to be served', async () => {
    const paths = definitions.map((one) => servedAt(one as Rendered));
    const answers = await Promise.all(paths.map((path) => apiCall(accessTo(cluster), path)));
    return answers.every((answer) => answer?.status === 200);
  });
}

function servedAt({ spec }: Rendered): string {
  const { group, names, versions } = spec as { group: string; names: { plural: string }; versions: { name: string }[] };
  return `/apis/${group}/${versions[0]?.name}/${names.plural}`;
}
