import { ApiextensionsV1Api, CustomObjectsApi } from '@kubernetes/client-node';
import { ClusterConfig } from './cluster-config';
import type { Cluster } from './control-plane/cluster';
import { hasStatus, type Name } from './kube';
import { waitFor } from './wait';

/** A kind that Kubernetes does not have by itself. */
export interface CustomKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  /** Its status is written with the object and not by itself. */
  readonly plainStatus?: boolean;
}

export const ROLLOUT: CustomKind = { group: 'argoproj.io', version: 'v1alpha1', kind: 'Rollout', plural: 'rollouts' };
export const DEPLOYMENT_CONFIG: CustomKind = {
  group: 'apps.openshift.io',
  version: 'v1',
  kind: 'DeploymentConfig',
  plural: 'deploymentconfigs',
};

export const SECRET_PROVIDER_CLASS: CustomKind = {
  group: 'secrets-store.csi.x-k8s.io',
  version: 'v1',
  kind: 'SecretProviderClass',
  plural: 'secretproviderclasses',
  plainStatus: true,
};
export const POD_STATUS: CustomKind = {
  ...SECRET_PROVIDER_CLASS,
  kind: 'SecretProviderClassPodStatus',
  plural: 'secretproviderclasspodstatuses',
};

const STATUS = { subresources: { status: {} } };

type Body = Readonly<Record<string, unknown>>;

/** A custom object as far as specs look into it. */
export interface CustomObject {
  readonly metadata: Readonly<{
    name: string;
    uid: string;
    generation: number;
    resourceVersion: string;
    annotations?: Readonly<Record<string, string>>;
  }>;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Kinds and objects beyond Kubernetes' own, on a real API server. Nothing controls them: a spec writes their status. */
export class CustomKinds {
  private readonly extensions: ApiextensionsV1Api;
  private readonly objects: CustomObjectsApi;

  constructor(cluster: Pick<Cluster, 'kubeconfigPath'>) {
    const config = new ClusterConfig(cluster);
    this.extensions = config.makeApiClient(ApiextensionsV1Api);
    this.objects = config.makeApiClient(CustomObjectsApi);
  }

  /** Makes the API server serve a kind, with any fields and a status of its own; resolves when it does. */
  async serve({ group, version, kind, plural, plainStatus }: CustomKind): Promise<void> {
    const schema = { openAPIV3Schema: { type: 'object', x_kubernetes_preserve_unknown_fields: true } };
    const body = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { kind, plural, singular: kind.toLowerCase() },
        versions: [{ name: version, served: true, storage: true, schema, ...(plainStatus ? {} : STATUS) }],
      },
    };
    await this.extensions.createCustomResourceDefinition({ body });
    await waitFor(`${plural}.${group} to be served`, () => this.isServed({ group, version, kind, plural }));
  }

  /** The kind and all its objects go. */
  async withdraw(kind: CustomKind): Promise<void> {
    await this.extensions.deleteCustomResourceDefinition({ name: `${kind.plural}.${kind.group}` });
    await waitFor(`${kind.plural}.${kind.group} to be gone`, async () => !(await this.isServed(kind)));
  }

  async create({ group, version, kind, plural }: CustomKind, where: Name, body: Body): Promise<CustomObject> {
    const { namespace, name } = where;
    const metadata = { ...(body['metadata'] as Body | undefined), name, namespace };
    const object = { apiVersion: `${group}/${version}`, kind, ...body, metadata };
    const made: unknown = await this.objects.createNamespacedCustomObject({
      group,
      version,
      plural,
      namespace,
      body: object,
    });
    return made as CustomObject;
  }

  async read({ group, version, plural }: CustomKind, { namespace, name }: Name): Promise<CustomObject> {
    const found: unknown = await this.objects.getNamespacedCustomObject({ group, version, plural, namespace, name });
    return found as CustomObject;
  }

  /** Gives the object these fields, the rest stays; `null` removes. */
  async change(kind: CustomKind, where: Name, body: Body): Promise<CustomObject> {
    const object = await this.read(kind, where);
    return (await this.objects.replaceNamespacedCustomObject({
      ...requestOf(kind, where),
      body: merged(object as unknown as Body, body),
    })) as CustomObject;
  }

  /** What a controller of the kind would say. */
  async putStatus(kind: CustomKind, where: Name, status: Body): Promise<void> {
    const object = await this.read(kind, where);
    await this.objects.replaceNamespacedCustomObjectStatus({ ...requestOf(kind, where), body: { ...object, status } });
  }

  async remove(kind: CustomKind, where: Name): Promise<void> {
    await this.objects.deleteNamespacedCustomObject(requestOf(kind, where));
  }

  private async isServed({ group, version, plural }: CustomKind): Promise<boolean> {
    try {
      await this.objects.listClusterCustomObject({ group, version, plural, limit: 1 });
      return true;
    } catch (error) {
      if (hasStatus(error, 404)) return false;
      throw error;
    }
  }
}

const requestOf = (
  { group, version, plural }: CustomKind,
  { namespace, name }: Name,
): { group: string; version: string; plural: string; namespace: string; name: string } => ({
  group,
  version,
  plural,
  namespace,
  name,
});

function merged(object: Body, change: Body): Body {
  const result: Record<string, unknown> = { ...object };
  for (const [field, value] of Object.entries(change)) {
    const known = result[field];
    if (value === null) delete result[field];
    else result[field] = isBody(value) && isBody(known) ? merged(known, value) : value;
  }
  return result;
}

const isBody = (value: unknown): value is Body => typeof value === 'object' && value !== null && !Array.isArray(value);
