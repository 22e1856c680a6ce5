import type { WatchedKind } from '../../kube/kube.port';
import { selectorsFor, type WatchFilter } from './selectors';

const FILTER: WatchFilter = {
  namespaces: null,
  ignoredNamespaces: [],
  namespaceSelector: '',
  ignoredKinds: [],
  sourceLabelSelector: 'reload=true',
  secretsMetadataOnly: false,
};
const labelsOf = (kind: WatchedKind): string | undefined => selectorsFor(kind, FILTER).labelSelector;

describe('what the server is asked for', () => {
  it.each(['ConfigMap', 'Secret'] as const)(
    'agent 136: %ss with the labels that were asked for, never our own',
    (kind) => {
      expect(labelsOf(kind)).toBe('reload=true,!fleet-reloader.io/part');
    },
  );

  it.each(['SecretProviderClass', 'SecretProviderClassPodStatus', 'Deployment'] as const)(
    'all of %s: their labels are not for the user to choose',
    (kind) => {
      expect(labelsOf(kind)).toBeUndefined();
    },
  );

  it('no namespace that is ignored', () => {
    const filter = { ...FILTER, ignoredNamespaces: ['a', 'b'] };
    const fields = 'metadata.namespace!=a,metadata.namespace!=b';
    expect(selectorsFor('ConfigMap', filter).fieldSelector).toBe(fields);
    expect(selectorsFor('ConfigMap', { ...filter, namespaces: ['c'] }).fieldSelector).toBeUndefined();
  });

  it('agent 2: no Secret of Helm, which are many and large and nobody uses; those of service accounts count', () => {
    expect(selectorsFor('Secret', FILTER).fieldSelector).toBe('type!=helm.sh/release.v1');
  });

  it('Namespaces with the labels that were chosen for them', () => {
    const filter = { ...FILTER, namespaceSelector: 'team=shop', ignoredNamespaces: ['a'] };
    expect(selectorsFor('Namespace', filter)).toEqual({ labelSelector: 'team=shop' });
  });
});
