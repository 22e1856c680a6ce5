import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { helm, type HelmOptions } from './helm';

const CHART = 'apiVersion: v1\nname: reloader\nversion: 2.2.3\nappVersion: v1.4.21\n';

/** The objects of a release of Reloader's chart that an upgrade meets: their kinds, names and selectors. */
const TEMPLATE = `
{{- $name := default (printf "%s-reloader" .Release.Name) .Values.fullnameOverride }}
apiVersion: v1
kind: ServiceAccount
metadata: { name: {{ $name }} }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: {{ $name }}-role }
rules: [{ apiGroups: [''], resources: [configmaps, secrets], verbs: [list, get, watch] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: {{ $name }}-role-binding }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{ $name }}-role }
subjects: [{ kind: ServiceAccount, name: {{ $name }}, namespace: {{ .Release.Namespace }} }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ $name }}, labels: { app: {{ $name }}, release: {{ .Release.Name }} } }
spec:
  replicas: 1
  selector: { matchLabels: { app: {{ $name }}, release: {{ .Release.Name }} } }
  template:
    metadata: { labels: { app: {{ $name }}, release: {{ .Release.Name }}, group: com.stakater.platform } }
    spec:
      serviceAccountName: {{ $name }}
      containers:
        - name: {{ $name }}
          image: ghcr.io/stakater/reloader:v1.4.21
          ports: [{ name: http, containerPort: 9090 }]
`;

/** Installs what stands in the way of an upgrade from Reloader's chart, under these values. */
export async function installReloader(release: string, options: HelmOptions): Promise<void> {
  const chart = await mkdtemp(join(tmpdir(), 'fleet-reloader-old-chart-'));
  try {
    await mkdir(join(chart, 'templates'));
    await writeFile(join(chart, 'Chart.yaml'), CHART);
    await writeFile(join(chart, 'templates', 'all.yaml'), TEMPLATE);
    await helm(['install', release, chart, '--create-namespace'], options);
  } finally {
    await rm(chart, { recursive: true, force: true });
  }
}
