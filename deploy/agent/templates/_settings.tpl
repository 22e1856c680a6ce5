{{/*
What the values say, with Reloader's value names (`reloader.…`) mapped to ours. Everything that could be spelt in two
ways is read from here and nowhere else: {{ include "agent.settings" . | fromYaml }}
*/}}
{{- define "agent.settings" -}}
{{- $r := .Values.reloader | default dict -}}
{{- $d := $r.deployment | default dict -}}
{{- $w := .Values.watch -}}
{{- $reload := .Values.reload -}}
{{- $s := dict -}}

{{- $both := dict
  "autoReloadAll" (list $reload.autoReloadAll $r.autoReloadAll)
  "onCreate" (list $reload.onCreate $r.reloadOnCreate)
  "onDelete" (list $reload.onDelete $r.reloadOnDelete)
  "syncAfterRestart" (list $reload.syncAfterRestart $r.syncAfterRestart)
  "ignoreSecrets" (list $w.ignoreSecrets $r.ignoreSecrets)
  "ignoreConfigMaps" (list $w.ignoreConfigMaps $r.ignoreConfigMaps)
  "ignoreJobs" (list $w.ignoreJobs $r.ignoreJobs)
  "ignoreCronJobs" (list $w.ignoreCronJobs $r.ignoreCronJobs)
  "argoRollouts" (list $w.argoRollouts $r.isArgoRollouts)
  "csi" (list $w.csi $r.enableCSIIntegration)
  "metricsByNamespace" (list .Values.metrics.byNamespace $r.enableMetricsByNamespace)
  "networkPolicy" (list .Values.networkPolicy.enabled ($r.netpol | default dict).enabled)
  "serviceMonitor" (list .Values.serviceMonitor.enabled ($r.serviceMonitor | default dict).enabled)
  "podMonitor" (list .Values.podMonitor.enabled ($r.podMonitor | default dict).enabled)
-}}
{{- range $name, $given := $both -}}
{{- $_ := set $s $name (has "true" (list (index $given 0 | toString) (index $given 1 | toString))) -}}
{{- end -}}
{{- $reloaderScrape := or ($r.serviceMonitor | default dict).enabled ($r.podMonitor | default dict).enabled -}}
{{- $_ := set $s "reloaderMetrics" (eq "true" (toString (or .Values.metrics.reloaderNames $s.metricsByNamespace $reloaderScrape))) -}}

{{- $given := $r.namespaces | default list -}}
{{- if kindIs "string" $given }}{{ $given = splitList "," (nospace $given) }}{{ end -}}
{{- $_ := set $s "reloaderNamespaces" (without $given "") -}}
{{- $_ := set $s "reloaderScoped" (eq (toString $r.watchGlobally) "false") -}}
{{- $namespaces := $w.namespaces -}}
{{- if $s.reloaderScoped }}{{ $namespaces = concat $namespaces $s.reloaderNamespaces (list (include "agent.namespace" .)) }}{{ end -}}
{{- $_ := set $s "namespaces" ($namespaces | uniq | sortAlpha) -}}
{{- $global := empty $namespaces -}}
{{- $_ := set $s "global" $global -}}
{{- $ignored := $r.ignoreNamespaces | default "" | toString -}}
{{- $ignored = concat $w.ignoreNamespaces (splitList "," (nospace $ignored)) | uniq -}}
{{- $_ := set $s "ignoreNamespaces" (ternary (without $ignored "") list $global) -}}
{{- $selector := compact (list $w.namespaceSelector ($r.namespaceSelector | default "")) -}}
{{- $_ := set $s "namespaceSelector" (ternary (join "," $selector) "" $global) -}}
{{- $_ := set $s "resourceLabelSelector" (join "," (compact (list $w.resourceLabelSelector ($r.resourceLabelSelector | default "")))) -}}

{{- $strategy := $reload.strategy | default $r.reloadStrategy | default "" -}}
{{- $_ := set $s "strategy" (ternary "" $strategy (eq $strategy "default")) -}}
{{- $_ := set $s "webhookUrl" ($reload.webhookUrl | default $r.webhookUrl | default "") -}}
{{- $_ := set $s "annotations" (merge (deepCopy $reload.customAnnotations) ($r.custom_annotations | default dict)) -}}
{{- $_ := set $s "logLevel" ($r.logLevel | default .Values.log.level) -}}
{{- $format := $r.logFormat | default .Values.log.format -}}
{{- $_ := set $s "logFormat" (ternary "pretty" $format (eq $format "text")) -}}

{{- $replicas := int .Values.replicaCount -}}
{{- if hasKey $d "replicas" }}{{ $replicas = int $d.replicas }}{{ end -}}
{{- $_ := set $s "replicas" $replicas -}}
{{- $_ := set $s "ha" (or .Values.ha.enabled (eq (toString $r.enableHA) "true") (gt $replicas 1)) -}}

{{- $account := $r.serviceAccount | default dict -}}
{{- $_ := set $s "serviceAccount" (dict
  "create" (and .Values.serviceAccount.create (ne (toString $account.create) "false"))
  "name" (.Values.serviceAccount.name | default $account.name | default "")
  "labels" (merge (deepCopy .Values.serviceAccount.labels) ($account.labels | default dict))
  "annotations" (merge (deepCopy .Values.serviceAccount.annotations) ($account.annotations | default dict))) -}}
{{- $rbac := $r.rbac | default dict -}}
{{- $_ := set $s "rbac" (dict
  "create" (and .Values.rbac.create (ne (toString $rbac.enabled) "false"))
  "labels" (merge (deepCopy .Values.rbac.labels) ($rbac.labels | default dict))) -}}
{{- toYaml $s -}}
{{- end -}}

{{/* The values of the pod, with those of `reloader.deployment` beside ours. */}}
{{- define "agent.pod" -}}
{{- $d := (.Values.reloader | default dict).deployment | default dict -}}
{{- $p := dict
  "labels" (merge (deepCopy .Values.labels) ($d.labels | default dict))
  "annotations" (merge (deepCopy .Values.annotations) ($d.annotations | default dict))
  "podLabels" (merge (deepCopy .Values.podLabels) ($d.labels | default dict))
  "podAnnotations" (merge (deepCopy .Values.podAnnotations) (($d.pod | default dict).annotations | default dict))
  "nodeSelector" (merge (deepCopy .Values.nodeSelector) ($d.nodeSelector | default dict))
  "affinity" (merge (deepCopy .Values.affinity) ($d.affinity | default dict))
  "tolerations" (concat .Values.tolerations ($d.tolerations | default list))
  "topologySpreadConstraints" (concat .Values.topologySpreadConstraints ($d.topologySpreadConstraints | default list))
  "dnsConfig" (merge (deepCopy .Values.dnsConfig) ($d.dnsConfig | default dict))
  "volumes" (concat .Values.extraVolumes ($d.volumes | default list))
  "volumeMounts" (concat .Values.extraVolumeMounts ($d.volumeMounts | default list))
  "resources" ($d.resources | default .Values.resources)
  "revisionHistoryLimit" (hasKey $d "revisionHistoryLimit" | ternary $d.revisionHistoryLimit .Values.revisionHistoryLimit)
-}}
{{- range $name := list "priorityClassName" "runtimeClassName" "schedulerName" -}}
{{- $_ := set $p $name (get $.Values $name | default (get $d $name) | default "") -}}
{{- end -}}
{{- $podSecurity := dict "runAsNonRoot" true "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- $_ := set $p "securityContext" (mergeOverwrite $podSecurity (deepCopy ($d.securityContext | default dict)) (deepCopy .Values.podSecurityContext)) -}}
{{- $security := dict "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true "capabilities" (dict "drop" (list "ALL")) -}}
{{- $_ := set $p "containerSecurityContext" (mergeOverwrite $security (deepCopy ($d.containerSecurityContext | default dict)) (deepCopy .Values.securityContext)) -}}
{{- toYaml $p -}}
{{- end -}}
