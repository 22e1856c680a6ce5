import type { Labels } from '@app/contracts/objects';

type Enrolment = Readonly<{ token: string; cluster: string | null; labels: Labels; hubUrl: string | null }>;

/** The command that a person runs against the cluster that is to join. What the hub does not know is left for them to fill in. */
export function enrolmentCommand({ token, cluster, labels, hubUrl }: Enrolment): string {
  const labelText = Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key] ?? ''}`)
    .join(',');
  return [
    'helm install fleet-reloader-agent deploy/agent --namespace fleet-reloader --create-namespace',
    `--set hub.url=${hubUrl ?? '<URL of this hub>'}`,
    `--set cluster.name=${cluster ?? '<name of the cluster>'}`,
    ...(labelText === '' ? [] : [`--set-string cluster.labels='${labelText.replaceAll(',', '\\,')}'`]),
    `--set enrolment.token=${token}`,
  ].join(' ');
}
