import type { Labels } from '@app/contracts/objects';

type Enrolment = Readonly<{ token: string; cluster: string | null; labels: Labels; hubUrl: string | null }>;

/** The command that a person runs against the cluster that is to join. What the hub does not know is left for them to fill in. */
export function enrolmentCommand({ token, cluster, labels, hubUrl }: Enrolment): string {
  const labelFlags = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `--set-string 'cluster.labels.${escaped(key, /[.,=\\]/g)}=${escaped(value, /[,\\]/g)}'`);
  return [
    'helm install fleet-reloader-agent deploy/agent --namespace fleet-reloader --create-namespace',
    `--set hub.url=${hubUrl ?? '<URL of this hub>'}`,
    `--set cluster.name=${cluster ?? '<name of the cluster>'}`,
    ...labelFlags,
    `--set enrolment.token=${token}`,
  ].join(' ');
}

/** Text of a key or a value as Helm's `--set` takes it. */
const escaped = (text: string, signs: RegExp): string => text.replace(signs, '\\$&');
