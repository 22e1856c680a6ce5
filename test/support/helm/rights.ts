import { type ApiAnswer, apiCall } from '../control-plane/api-call';
import type { Cluster } from '../control-plane/cluster';

type Rule = Readonly<{ verbs: string[]; apiGroups?: string[]; resources?: string[]; resourceNames?: string[] }>;

/** What everyone who is authenticated may do: ask about himself. */
const EVERYONES = ['authorization.k8s.io', 'authentication.k8s.io'];
const REVIEWS = '/apis/authorization.k8s.io/v1';

/** Everything that the bearer of a token may do in a namespace: `resource.group` (or one object of it) → verbs. */
export async function rightsIn(cluster: Cluster, token: string, namespace: string): Promise<Map<string, string>> {
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } };
  const { status } = (await review(cluster, token, 'selfsubjectrulesreviews', body)) as {
    status: { resourceRules: Rule[]; incomplete: boolean };
  };
  if (status.incomplete) throw new Error('the API server does not know all rules');
  const verbs = new Map<string, Set<string>>();
  for (const rule of status.resourceRules) {
    for (const what of subjectsOf(rule)) {
      const known = verbs.get(what) ?? new Set<string>();
      verbs.set(what, known);
      rule.verbs.forEach((verb) => known.add(verb));
    }
  }
  const sorted = [...verbs].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(sorted.map(([what, set]) => [what, [...set].sort().join(', ')]));
}

/** Whether the bearer of a token may do one thing. */
export async function may(cluster: Cluster, token: string, attributes: object): Promise<boolean> {
  const spec = { resourceAttributes: attributes };
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec };
  const answer = (await review(cluster, token, 'selfsubjectaccessreviews', body)) as { status: { allowed: boolean } };
  return answer.status.allowed;
}

function subjectsOf({ apiGroups = [], resources = [], resourceNames = [] }: Rule): string[] {
  return apiGroups
    .filter((group) => !EVERYONES.includes(group))
    .flatMap((group) => resources.map((resource) => (group === '' ? resource : `${resource}.${group}`)))
    .flatMap((what) => (resourceNames.length === 0 ? [what] : resourceNames.map((name) => `${what} "${name}"`)));
}

async function review(cluster: Cluster, token: string, resource: string, body: object): Promise<unknown> {
  const access = { port: Number(new URL(cluster.url).port), token };
  const answer: ApiAnswer | undefined = await apiCall(access, `${REVIEWS}/${resource}`, body);
  if (answer?.status !== 201) throw new Error(`${resource}: ${answer?.body ?? 'no answer'}`);
  return JSON.parse(answer.body);
}
