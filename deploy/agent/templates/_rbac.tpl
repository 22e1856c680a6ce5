{{/* What the watched namespaces must allow: exactly what the chosen mode calls (docs/agent-rbac.md). */}}
{{- define "agent.watchRules" -}}
{{- $s := include "agent.settings" . | fromYaml -}}
{{- $sources := compact (list (ternary "" "configmaps" $s.ignoreConfigMaps) (ternary "" "secrets" $s.ignoreSecrets)) -}}
{{- $metadataOnly := and .Values.watch.secretsMetadataOnly (not $s.ignoreSecrets) -}}
{{- $read := ternary (without $sources "secrets") $sources $metadataOnly -}}
{{- if $read }}
- apiGroups: ['']
  resources: {{ toJson $read }}
  verbs: [get, list, watch]
{{- end }}
{{- /* Without `list` nobody can read all Secrets in one go; what a watch tells is metadata, and one GET follows. */}}
{{- if $metadataOnly }}
- apiGroups: ['']
  resources: [secrets]
  verbs: [get, watch]
{{- end }}
{{- /* A webhook in the place of restarts: who uses what is still known, nothing is written to it. */}}
{{- $reads := $s.webhookUrl | empty | not | ternary "[list, watch]" "[get, list, watch]" }}
{{- $restarts := $s.webhookUrl | empty | not | ternary "[list, watch]" "[get, list, watch, patch]" }}
- apiGroups: [apps]
  resources: [deployments, statefulsets, daemonsets]
  verbs: {{ $restarts }}
{{- if not $s.ignoreCronJobs }}
- apiGroups: [batch]
  resources: [cronjobs]
  verbs: {{ $reads }}
{{- end }}
{{- if and $s.webhookUrl (not $s.ignoreJobs) }}
- apiGroups: [batch]
  resources: [jobs]
  verbs: [list, watch]
{{- else if and (not $s.webhookUrl) (not (and $s.ignoreJobs $s.ignoreCronJobs)) }}
- apiGroups: [batch]
  resources: [jobs]
  verbs: {{ ternary "[create]" "[get, list, watch, create, delete]" $s.ignoreJobs }}
{{- end }}
# OpenShift's; watched wherever the cluster serves it.
- apiGroups: [apps.openshift.io]
  resources: [deploymentconfigs]
  verbs: {{ $restarts }}
{{- if $s.argoRollouts }}
- apiGroups: [argoproj.io]
  resources: [rollouts]
  verbs: {{ $restarts }}
{{- end }}
{{- if not $s.webhookUrl }}
# Why a restart does not become ready.
- apiGroups: ['']
  resources: [pods]
  verbs: [list]
{{- end }}
{{- if .Values.hub.url }}
# For the plans of a hub.
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [list, watch]
{{- end }}
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- if $s.csi }}
- apiGroups: [secrets-store.csi.x-k8s.io]
  resources: [secretproviderclasses, secretproviderclasspodstatuses]
  verbs: [list, watch]
{{- end }}
{{- if $s.namespaceSelector }}
- apiGroups: ['']
  resources: [namespaces]
  verbs: [list, watch]
{{- end }}
{{- end -}}

{{/* The agent's own namespace: its state, identity, Lease. */}}
{{- define "agent.ownRules" -}}
{{- $s := include "agent.settings" . | fromYaml -}}
- apiGroups: ['']
  resources: [configmaps]
  verbs: [get, list, create, update]
- apiGroups: ['']
  resources: [secrets]
  verbs: [get, list, create, update, patch, delete]
- apiGroups: ['']
  resources: [namespaces]
  verbs: [get]
{{- if $s.ha }}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, create, update]
{{- end }}
{{- end -}}

{{/* (list root roleKind roleName): the end of a binding. */}}
{{- define "agent.bindingEnd" -}}
{{- $root := index . 0 -}}
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: {{ index . 1 }}, name: {{ index . 2 }} }
subjects:
  - kind: ServiceAccount
    name: {{ include "agent.serviceAccountName" $root }}
    namespace: {{ include "agent.namespace" $root }}
{{- end -}}
