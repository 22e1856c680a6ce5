import type { JsonObject } from './objects';
import { apiVersionOf, type Resource, RESOURCES } from './resources';

/** The Kubernetes version that the simulator claims to be. */
export const KUBERNETES_VERSION = 'v1.36.3';

const VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

const groupOf = (name: string): JsonObject => {
  const versions = [...new Set(RESOURCES.filter((one) => one.group === name).map(apiVersionOf))];
  const listed = versions.map((groupVersion) => ({ groupVersion, version: groupVersion.split('/')[1] }));
  return { name, versions: listed, preferredVersion: listed[0] };
};

function resourceList(groupVersion: string): JsonObject | undefined {
  const found = RESOURCES.filter((one) => apiVersionOf(one) === groupVersion);
  if (found.length === 0) return undefined;
  const resources = found.flatMap(({ plural, kind, namespaced, status }: Resource) => {
    const head = { name: plural, singularName: kind.toLowerCase(), namespaced, kind, verbs: VERBS };
    const sub = { name: `${plural}/status`, singularName: '', namespaced, kind, verbs: ['get', 'patch', 'update'] };
    return status ? [head, sub] : [head];
  });
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}

/** The answer to a path that names no objects: version, health and what the server serves; undefined when there is none. */
export function discover(pathname: string): JsonObject | string | undefined {
  const [root, group, version] = pathname.split('/').slice(1);
  const groups = [...new Set(RESOURCES.map((one) => one.group).filter((name) => name !== ''))];
  switch (root) {
    case 'version':
      return { major: '1', minor: '36', gitVersion: KUBERNETES_VERSION, platform: 'simulator' };
    case 'healthz':
    case 'livez':
    case 'readyz':
      return 'ok';
    case 'api':
      if (group) return resourceList(group);
      return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
    case 'apis':
      if (version) return resourceList(`${group}/${version}`);
      if (!group) return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupOf) };
      return groups.includes(group) ? { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) } : undefined;
    default:
      return undefined;
  }
}
