import { HUB_URL_UNKNOWN } from '@app/contracts/api/enrolment-command';
import type { Labels } from '@app/contracts/objects';

type Enrolment = Readonly<{ token: string; cluster: string | null; labels: Labels; hubUrl: string | null }>;

/**
 * The command that a person runs against the cluster that is to join: release and namespace are those of the guides, so that
 * an agent that is there already is not joined by a second one. What the hub does not know is left to fill in.
 */
export function enrolmentCommand({ token, cluster, labels, hubUrl }: Enrolment): string {
  const labelFlags = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `--set-string 'cluster.labels.${escaped(key, /[.,=\\]/g)}=${escaped(value, /[,\\]/g)}'`);
  return [
    'helm install reload deploy/agent --namespace fleet-reloader --create-namespace',
    `--set ${hubUrl === null ? `'hub.url=${HUB_URL_UNKNOWN}'` : `hub.url=${hubUrl}`}`,
    `--set ${cluster === null ? "'cluster.name=<name of the cluster>'" : `cluster.name=${cluster}`}`,
    ...labelFlags,
    `--set enrolment.token=${token}`,
  ].join(' ');
}

/** Text of a key or a value as Helm's `--set` takes it. */
const escaped = (text: string, signs: RegExp): string => text.replace(signs, '\\$&');
