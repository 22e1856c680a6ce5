{{- define "agent.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" | lower -}}
{{- end -}}

{{/* Values of Reloader's chart bring its names, so that its Deployment is upgraded in place: never two at once. */}}
{{- define "agent.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if and .Values.reloader (not .Values.nameOverride) -}}
{{- printf "%s-reloader" .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else if and (not .Values.nameOverride) (contains .Chart.Name .Release.Name) -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "agent.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Room for a suffix within the 63 characters of a name. */}}
{{- define "agent.prefix" -}}
{{- include "agent.fullname" . | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "agent.namespace" -}}
{{- .Values.namespaceOverride | default .Values.namespace | default .Release.Namespace -}}
{{- end -}}

{{/*
The labels of a selector can never change. `app` and `release` are what Reloader's chart selects by, so that a release
of that chart whose Deployment has the name of ours (nameOverride, fullnameOverride) can be upgraded in place.
*/}}
{{- define "agent.selectorLabels" -}}
{{- $own := dict "app" (include "agent.fullname" .) "release" .Release.Name -}}
{{- toYaml (merge $own (deepCopy ((.Values.reloader | default dict).matchLabels | default dict))) -}}
{{- end -}}

{{- define "agent.labels" -}}
{{- $own := dict
  "app.kubernetes.io/name" (include "agent.name" .)
  "app.kubernetes.io/instance" .Release.Name
  "app.kubernetes.io/version" .Chart.AppVersion
  "app.kubernetes.io/component" "agent"
  "app.kubernetes.io/part-of" "fleet-reloader"
  "app.kubernetes.io/managed-by" .Release.Service
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_") -}}
{{- toYaml (merge $own (deepCopy .Values.commonLabels)) -}}
{{- end -}}

{{/* metadata: (list root "name" extra-labels extra-annotations [namespace, "" for none]) */}}
{{- define "agent.metadata" -}}
{{- $root := index . 0 -}}
{{- $labels := merge (include "agent.labels" $root | fromYaml) (index . 2 | default dict) -}}
{{- $annotations := merge (deepCopy (index . 3 | default dict)) $root.Values.commonAnnotations -}}
name: {{ index . 1 }}
{{- $namespace := include "agent.namespace" $root -}}
{{- if gt (len .) 4 }}{{ $namespace = index . 4 }}{{ end }}
{{- with $namespace }}
namespace: {{ . }}
{{- end }}
labels:
  {{- toYaml $labels | nindent 2 }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "agent.serviceAccountName" -}}
{{- $s := include "agent.settings" . | fromYaml -}}
{{- if $s.serviceAccount.create -}}
{{- default (include "agent.fullname" .) $s.serviceAccount.name -}}
{{- else -}}
{{- default "default" $s.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* A repository may name its registry, as in Reloader's values: nothing but `global.imageRegistry` stands before that. */}}
{{- define "agent.image" -}}
{{- $i := .Values.image -}}
{{- $isReloaders := include "agent.imageIsReloaders" . -}}
{{- $repository := ternary "fleet-reloader/agent" $i.repository (eq $isReloaders "true") -}}
{{- $own := ternary "" $i.registry (regexMatch "^([^/]*[.:][^/]*|localhost)/" $repository) -}}
{{- $registry := .Values.global.imageRegistry | default $own -}}
{{- $tag := ternary .Chart.AppVersion ($i.tag | default .Chart.AppVersion) (eq $isReloaders "true") -}}
{{- $digest := ternary "" $i.digest (eq $isReloaders "true") -}}
{{- with $registry }}{{ . }}/{{ end }}{{ $repository }}{{ with $digest }}@{{ . }}{{ else }}:{{ $tag }}{{ end }}
{{- end -}}

{{/* A values file of Reloader's chart may name Reloader's image: ours would then run Reloader. */}}
{{- define "agent.imageIsReloaders" -}}
{{- $i := .Values.image -}}
{{- if or $i.name (regexMatch "(^|/)stakater/reloader(-ubi)?$" $i.repository) -}}true{{- else -}}false{{- end -}}
{{- end -}}

{{- define "agent.imagePullSecrets" -}}
{{- $d := (.Values.reloader | default dict).deployment | default dict -}}
{{- range concat .Values.global.imagePullSecrets .Values.image.pullSecrets ($d.imagePullSecrets | default list) }}
- name: {{ if kindIs "map" . }}{{ .name }}{{ else }}{{ . }}{{ end }}
{{- end }}
{{- end -}}

{{/* (list root kind apiVersion renderMode): "true" when the object is to be rendered. */}}
{{- define "agent.renders" -}}
{{- $root := index . 0 -}}
{{- $served := $root.Capabilities.APIVersions.Has (printf "%s/%s" (index . 2) (index . 1)) -}}
{{- if and (eq (index . 3) "failIfMissing") (not $served) -}}
{{- fail (printf "The cluster has no kind %s (%s): install the Prometheus operator, or choose another renderMode." (index . 1) (index . 2)) -}}
{{- end -}}
{{- if or $served (ne (index . 3) "skipIfMissing") -}}true{{- end -}}
{{- end -}}
