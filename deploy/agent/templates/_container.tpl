{{/* The flags, each in one argument. */}}
{{- define "agent.args" -}}
{{- $s := include "agent.settings" . | fromYaml -}}
{{- $args := list -}}
{{- range $flag, $on := dict
  "auto-reload-all" $s.autoReloadAll
  "is-Argo-Rollouts" $s.argoRollouts
  "enable-csi-integration" $s.csi
  "reload-on-create" $s.onCreate
  "reload-on-delete" $s.onDelete
  "sync-after-restart" $s.syncAfterRestart
  "enable-ha" $s.ha
  "secrets-metadata-only" .Values.watch.secretsMetadataOnly
  "reloader-metrics" $s.reloaderMetrics
  "run-suspended-cronjobs" .Values.reload.runSuspendedCronJobs
  "allow-forced-restarts" .Values.reload.allowForcedRestarts -}}
{{- if $on }}{{ $args = append $args (printf "--%s=true" $flag) }}{{ end -}}
{{- end -}}
{{- if not .Values.reload.markers }}{{ $args = append $args "--reloader-markers=false" }}{{ end -}}
{{- $workloads := compact (list (ternary "jobs" "" $s.ignoreJobs) (ternary "cronjobs" "" $s.ignoreCronJobs)) -}}
{{- range $flag, $value := dict
  "resources-to-ignore" (ternary "secrets" (ternary "configMaps" "" $s.ignoreConfigMaps) $s.ignoreSecrets)
  "ignored-workload-types" (join "," $workloads)
  "namespaces" (join "," $s.namespaces)
  "namespaces-to-ignore" (join "," $s.ignoreNamespaces)
  "namespace-selector" (include "agent.csv" $s.namespaceSelector)
  "resource-label-selector" (include "agent.csv" $s.resourceLabelSelector)
  "reload-strategy" $s.strategy
  "webhook-url" $s.webhookUrl
  "coalesce" .Values.reload.coalesce
  "max-restarts-per-minute" (.Values.reload.maxRestartsPerMinute | default "" | toString)
  "log-level" $s.logLevel
  "log-format" $s.logFormat -}}
{{- if $value }}{{ $args = append $args (printf "--%s=%s" $flag $value) }}{{ end -}}
{{- end -}}
{{- $flags := include "agent.annotationFlags" . | fromYaml -}}
{{- range $word, $key := $s.annotations -}}
{{- if $key }}{{ $args = append $args (printf "--%s=%s" (get $flags $word) $key) }}{{ end -}}
{{- end -}}
{{- toYaml (concat $args .Values.extraArgs) -}}
{{- end -}}

{{/* A selector holds commas, and the flag's value is a comma-separated list: one quoted element is safe. */}}
{{- define "agent.csv" -}}
{{- if contains "," . }}{{ printf "\"%s\"" . }}{{ else }}{{ . }}{{ end -}}
{{- end -}}

{{- define "agent.annotationFlags" -}}
auto: auto-annotation
configmap: configmap-annotation
secret: secret-annotation
configmap_auto: configmap-auto-annotation
secret_auto: secret-auto-annotation
search: auto-search-annotation
match: search-match-annotation
ignore: ignore-annotation
pausePeriod: pause-deployment-annotation
pauseTime: pause-deployment-time-annotation
{{- end -}}

{{- define "agent.env" -}}
{{- $s := include "agent.settings" . | fromYaml -}}
{{- $e := ((.Values.reloader | default dict).deployment | default dict).env | default dict -}}
- name: AGENT_NAMESPACE
  valueFrom: { fieldRef: { fieldPath: metadata.namespace } }
- name: POD_NAME
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
- name: POD_NAMESPACE
  valueFrom: { fieldRef: { fieldPath: metadata.namespace } }
- name: RELOADER_NAMESPACE
  valueFrom: { fieldRef: { fieldPath: metadata.namespace } }
- name: RELOADER_DEPLOYMENT_NAME
  value: {{ include "agent.fullname" . | quote }}
{{- if $s.metricsByNamespace }}
- name: METRICS_COUNT_BY_NAMESPACE
  value: enabled
{{- end }}
{{- if .Values.hub.url }}
- name: HUB_URL
  value: {{ .Values.hub.url | quote }}
- name: ON_HUB_UNREACHABLE
  value: {{ .Values.hub.onUnreachable | quote }}
{{- with .Values.cluster.name }}
- name: CLUSTER_NAME
  value: {{ . | quote }}
{{- end }}
{{- with .Values.cluster.labels }}
{{- $pairs := list }}
{{- range $key, $value := . }}{{ $pairs = append $pairs (printf "%s=%s" $key (toString $value)) }}{{ end }}
- name: CLUSTER_LABELS
  value: {{ join "," $pairs | quote }}
{{- end }}
{{- if or .Values.enrolment.token .Values.enrolment.existingSecret }}
- name: ENROLMENT_TOKEN_FILE
  value: /etc/fleet-reloader/enrolment/token
{{- end }}
{{- if or .Values.hub.caCertificate .Values.hub.caConfigMap }}
- name: HUB_CA_FILE
  value: /etc/fleet-reloader/hub-ca/ca.crt
{{- end }}
{{- end }}
{{- if or .Values.fingerprintKey.value .Values.fingerprintKey.existingSecret }}
- name: FINGERPRINT_KEY_FILE
  value: /etc/fleet-reloader/fingerprint/key
{{- end }}
{{- range $name, $value := $e.open }}
{{- if not (empty $value) }}
- name: {{ $name | quote }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- end }}
{{- range $name, $value := $e.secret }}
{{- if not (empty $value) }}
- name: {{ $name | quote }}
  valueFrom: { secretKeyRef: { name: {{ include "agent.prefix" $ }}-env, key: {{ $name | quote }} } }
{{- end }}
{{- end }}
{{- range $secret, $values := $e.existing }}
{{- range $name, $key := $values }}
- name: {{ $name | quote }}
  valueFrom: { secretKeyRef: { name: {{ $secret | quote }}, key: {{ $key | quote }} } }
{{- end }}
{{- end }}
{{- range $name, $path := $e.field }}
{{- if not (empty $path) }}
- name: {{ $name | quote }}
  valueFrom: { fieldRef: { fieldPath: {{ $path | quote }} } }
{{- end }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Volumes of what the agent reads from files: secrets are never variables of ours. */}}
{{- define "agent.volumes" -}}
{{- $e := .Values.enrolment -}}
{{- $k := .Values.fingerprintKey -}}
{{- if and .Values.hub.url (or $e.token $e.existingSecret) }}
- name: enrolment
  secret:
    secretName: {{ $e.existingSecret | default (printf "%s-enrolment" (include "agent.prefix" .)) }}
    items: [{ key: {{ ternary $e.existingSecretKey "token" (not (empty $e.existingSecret)) | quote }}, path: token }]
{{- end }}
{{- if and .Values.hub.url (or .Values.hub.caCertificate .Values.hub.caConfigMap) }}
- name: hub-ca
  configMap:
    name: {{ .Values.hub.caConfigMap | default (printf "%s-hub-ca" (include "agent.prefix" .)) }}
    items: [{ key: {{ ternary .Values.hub.caConfigMapKey "ca.crt" (not (empty .Values.hub.caConfigMap)) | quote }}, path: ca.crt }]
{{- end }}
{{- if or $k.value $k.existingSecret }}
- name: fingerprint
  secret:
    secretName: {{ $k.existingSecret | default (printf "%s-fingerprint" (include "agent.prefix" .)) }}
    items: [{ key: {{ ternary $k.existingSecretKey "key" (not (empty $k.existingSecret)) | quote }}, path: key }]
{{- end }}
{{- end -}}

{{- define "agent.volumeMounts" -}}
{{- range include "agent.volumes" . | fromYamlArray | default list }}
- name: {{ .name }}
  mountPath: /etc/fleet-reloader/{{ .name }}
  readOnly: true
{{- end }}
{{- end -}}

{{/* (list defaults ours-or-reloader's…): later ones win. */}}
{{- define "agent.probe" -}}
{{- $probe := dict -}}
{{- range . }}{{ $probe = mergeOverwrite $probe (deepCopy (. | default dict)) }}{{ end -}}
{{- toYaml $probe -}}
{{- end -}}
