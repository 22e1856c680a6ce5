import {
  dnsLabel,
  objectName,
  SOURCE_KINDS,
  type SourceRef,
  WORKLOAD_KINDS,
  type WorkloadRef,
} from '@app/contracts/objects';

const SHORT_KINDS: Readonly<Record<string, string>> = {
  cm: 'configmap',
  spc: 'secretproviderclass',
  deploy: 'deployment',
  sts: 'statefulset',
  ds: 'daemonset',
  cj: 'cronjob',
  dc: 'deploymentconfig',
};

/** A name as it was typed, read; or the sentence that says what is wrong with it. */
export type Read<T> = Readonly<{ ok: true; value: T } | { ok: false; problem: string }>;

/** Reads `Secret/shop/db`; kinds in any case, and as kubectl shortens them. */
export const readSource = (text: string): Read<SourceRef> => read(text, SOURCE_KINDS);

/** Reads `Deployment/shop/web`, `deploy/shop/web`. */
export const readWorkload = (text: string): Read<WorkloadRef> => read(text, WORKLOAD_KINDS);

/** One of the kinds, however it was typed; undefined for anything else. */
export function readKind<K extends string>(text: string, kinds: readonly K[]): K | undefined {
  const lower = text.toLowerCase();
  return kinds.find((each) => each.toLowerCase() === (SHORT_KINDS[lower] ?? lower));
}

function read<K extends string>(
  text: string,
  kinds: readonly K[],
): Read<Readonly<{ kind: K; namespace: string; name: string }>> {
  const [typed = '', namespace = '', name = '', ...more] = text.split('/');
  const kind = readKind(typed, kinds);
  const form = `"${text}" has to be KIND/NAMESPACE/NAME`;
  if (name === '' || more.length > 0) return { ok: false, problem: `${form}, for example ${kinds[0]}/shop/db.` };
  if (kind === undefined) return { ok: false, problem: `${form} with KIND one of ${kinds.join(', ')}.` };
  if (!dnsLabel.safeParse(namespace).success) return { ok: false, problem: `"${namespace}" can not name a namespace.` };
  if (!objectName.safeParse(name).success) return { ok: false, problem: `"${name}" can not name a Kubernetes object.` };
  return { ok: true, value: { kind, namespace, name } };
}
