import { workload, type WorkloadOptions } from '@test/simulator/manifests';
import { waitFor } from '@test/wait';
import type { Body, Json } from './body';
import type { RawKube } from './raw-kube';

/** The server under test. Cases ask for its parts when they run, not when they are declared. */
export interface Subject {
  readonly kube: () => RawKube;
  /** Makes the server forget its past, so that old versions are gone. */
  readonly forgetHistory: () => Promise<void>;
}

/** A namespace of its own, and the paths in it. */
export interface Place {
  readonly namespace: string;
  readonly configMaps: string;
  readonly secrets: string;
  readonly pods: string;
  readonly deployments: string;
  readonly statefulSets: string;
  readonly daemonSets: string;
  readonly replicaSets: string;
}

let places = 0;

/** Creates a namespace that no other case uses. */
export async function newPlace(kube: RawKube): Promise<Place> {
  const namespace = `contract-${++places}`;
  await kube.post('/api/v1/namespaces', { metadata: { name: namespace } });
  const core = `/api/v1/namespaces/${namespace}`;
  const apps = `/apis/apps/v1/namespaces/${namespace}`;
  return {
    namespace,
    configMaps: `${core}/configmaps`,
    secrets: `${core}/secrets`,
    pods: `${core}/pods`,
    deployments: `${apps}/deployments`,
    statefulSets: `${apps}/statefulsets`,
    daemonSets: `${apps}/daemonsets`,
    replicaSets: `${apps}/replicasets`,
  };
}

const PLURALS = { Deployment: 'deployments', StatefulSet: 'statefulSets', DaemonSet: 'daemonSets' } as const;

/** Creates a workload and returns its path. */
export async function createWorkload(
  kube: RawKube,
  place: Place,
  kind: keyof typeof PLURALS,
  options: WorkloadOptions & { readonly name: string },
): Promise<string> {
  const path = place[PLURALS[kind]];
  const { status, body } = await kube.post(path, { ...workload(kind, place.namespace, options.name, options) });
  if (status !== 201) throw new Error(`${kind} ${options.name} was not created: ${body.message}`);
  return `${path}/${options.name}`;
}

/** Waits until the object at `path` looks as wanted, and returns it. */
export function until(kube: RawKube, path: string, fits: (object: Body) => boolean): Promise<Body> {
  let last: Body | undefined;
  const look = async () => {
    last = (await kube.get(path)).body;
    return fits(last) && last;
  };
  return waitFor(path, look, { timeoutMs: 20_000, describe: () => JSON.stringify(last?.status ?? last) });
}

/** Waits until a list has as many items that fit, and returns those. */
export function untilItems(kube: RawKube, path: string, count: number, fits: (item: Body) => boolean): Promise<Body[]> {
  let last: readonly Body[] = [];
  const look = async () => {
    last = (await kube.get(path)).body.items ?? [];
    const found = last.filter(fits);
    return found.length === count && found;
  };
  const describe = () => JSON.stringify(last.map(({ metadata, status }) => [metadata.name, status]));
  return waitFor(`${count} of ${path}`, look, { timeoutMs: 20_000, describe });
}

/** The patch that a restart makes: annotations of the pod template. */
export const templateAnnotations = (annotations: Readonly<Record<string, string>>): Json => ({
  spec: { template: { metadata: { annotations } } },
});

/** The controller has seen the spec as it is now. */
export const observed = ({ metadata, status }: Body): boolean => status?.observedGeneration === metadata.generation;

export const condition = ({ status }: Body, type: string): Json | undefined =>
  (status?.conditions as readonly Json[] | undefined)?.find((one) => one.type === type);

/** All replicas are up to date and available, and the controller says so for the present spec. */
export const rolledOut = (object: Body): boolean => {
  const { replicas, updatedReplicas, availableReplicas } = object.status ?? {};
  const wanted = object.spec?.replicas;
  return observed(object) && [replicas, updatedReplicas, availableReplicas].every((count) => count === wanted);
};
