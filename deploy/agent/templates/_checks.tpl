{{/*
What the agent would refuse at its start with exit code 78, or the hub when it enrols, is refused here: in a sentence with
the value's name, what it says and what it may say. Each define gives a YAML list of such sentences. Secrets are not repeated.
*/}}
{{- define "agent.valueProblems" -}}
{{- $all := list -}}
{{- range $part := list "agent.fleetProblems" "agent.watchProblems" "agent.reloadProblems" "agent.podProblems" -}}
{{- $all = concat $all (include $part $ | fromYamlArray) -}}
{{- end -}}
{{- toYaml $all -}}
{{- end -}}

{{- define "agent.dnsLabel" -}}^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?${{- end -}}

{{- define "agent.fleetProblems" -}}
{{- $found := list -}}
{{- $url := .Values.hub.url -}}
{{- if contains "@" $url }}
{{- $found = append $found "hub.url holds a user name or a password: the agent proves who it is with its own key; give the address alone" }}
{{- else if and $url (not (regexMatch "^https?://[^/\\s?#<>]+([/?#]\\S*)?$" $url)) }}
{{- $found = append $found (printf "hub.url is %q: give the address of the hub, such as https://reload.example.com" $url) }}
{{- end }}
{{- with .Values.cluster.name }}
{{- if not (regexMatch (include "agent.dnsLabel" $) .) }}
{{- $found = append $found (printf "cluster.name is %q: the hub takes lower-case letters, digits and \"-\" inside, at most 63 of them, such as %s" . (include "agent.nameLike" .)) }}
{{- end }}
{{- end }}
{{- range $key, $value := .Values.cluster.labels }}
{{- if not (regexMatch "^([A-Za-z0-9]([-A-Za-z0-9.]{0,251}[A-Za-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$" $key) }}
{{- $found = append $found (printf "cluster.labels has the key %q: it must be a label key such as env or example.com/team" $key) }}
{{- else if or (gt (len (toString $value)) 63) (regexMatch "[,=]" (toString $value)) }}
{{- $found = append $found (printf "cluster.labels.%s is %q: it may have 63 characters, and neither \",\" nor \"=\"" $key (toString $value)) }}
{{- end }}
{{- end }}
{{- $away := .Values.hub.onUnreachable -}}
{{- if not (has $away (list "hold" "immediate")) }}
{{- $problem := ternary (include "agent.durationProblem" (list (trimPrefix "fallback:" $away) "168h")) "no" (hasPrefix "fallback:" $away) -}}
{{- if $problem }}
{{- $found = append $found (printf "hub.onUnreachable is %q: it must be hold, immediate or fallback: and a duration of at most 7 days, such as fallback:30m" $away) }}
{{- end }}
{{- end }}
{{- with .Values.hub.caCertificate }}
{{- if not (contains "-----BEGIN" .) }}
{{- $found = append $found "hub.caCertificate holds no certificate in PEM (-----BEGIN CERTIFICATE-----): --set-file hub.caCertificate=ca.crt reads one from a file" }}
{{- end }}
{{- end }}
{{- with .Values.fingerprintKey.value }}
{{- if not (regexMatch "^([0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}=?)$" (trim .)) }}
{{- $found = append $found "fingerprintKey.value is no key: it must be 32 bytes in hex (openssl rand -hex 32) or in base64" }}
{{- end }}
{{- end }}
{{- toYaml $found -}}
{{- end -}}

{{/* A name as near to the text as the hub takes it. */}}
{{- define "agent.nameLike" -}}
{{- $name := regexReplaceAll "[^a-z0-9]+" (lower .) "-" | trimAll "-" | trunc 63 | trimSuffix "-" -}}
{{- $name | default "prod-eu-1" -}}
{{- end -}}

{{- define "agent.watchProblems" -}}
{{- $found := list -}}
{{- $s := include "agent.settings" . | fromYaml -}}
{{- $r := .Values.reloader | default dict -}}
{{- $lists := dict
  "watch.namespaces" .Values.watch.namespaces
  "watch.ignoreNamespaces" .Values.watch.ignoreNamespaces
  "reloader.namespaces" (ternary $s.reloaderNamespaces list $s.reloaderScoped)
  "reloader.ignoreNamespaces" (ternary (without (splitList "," (nospace (toString ($r.ignoreNamespaces | default "")))) "") list $s.global) -}}
{{- range $name, $namespaces := $lists }}
{{- range $namespaces }}
{{- if not (regexMatch (include "agent.dnsLabel" $) .) }}
{{- $found = append $found (printf "%s has %q, which is no name of a namespace: list whole names; for a pattern label them and use watch.namespaceSelector" $name .) }}
{{- end }}
{{- end }}
{{- end }}
{{- $selectors := dict
  "watch.namespaceSelector" (ternary .Values.watch.namespaceSelector "" $s.global)
  "watch.resourceLabelSelector" .Values.watch.resourceLabelSelector
  "reloader.namespaceSelector" (ternary ($r.namespaceSelector | default "") "" $s.global)
  "reloader.resourceLabelSelector" ($r.resourceLabelSelector | default "") -}}
{{- range $name, $selector := $selectors }}
{{- with include "agent.noRequirement" $selector }}
{{- $found = append $found (printf "%s has %q, which is no label selector: write k=v, k!=v, k, !k, k in (a,b) or k notin (a,b), with commas between" $name .) }}
{{- end }}
{{- end }}
{{- toYaml $found -}}
{{- end -}}

{{/* The first part of a selector that the agent would not take, as it reads it (Reloader's k:v and k:* too); else nothing. */}}
{{- define "agent.noRequirement" -}}
{{- $key := "([a-z0-9A-Z]([-a-z0-9A-Z.]{0,251}[a-z0-9A-Z])?/)?[a-z0-9A-Z]([-_.a-z0-9A-Z]{0,61}[a-z0-9A-Z])?" -}}
{{- $value := "([a-z0-9A-Z]([-_.a-z0-9A-Z]{0,61}[a-z0-9A-Z])?)?" -}}
{{- $simple := printf "^(!?%s|%s ?(=|==|!=) ?%s)$" $key $key $value -}}
{{- $set := printf "^%s (in|notin) ?\\((%s ?, ?)*%s\\)$" $key $value $value -}}
{{- $bad := "" -}}
{{- range regexFindAll "(\\([^()]*\\)|[^,])+" . -1 -}}
{{- $part := trim . -}}
{{- $modern := ternary $part (regexReplaceAll "^([^:]*):" $part "${1}=") (regexMatch "[=!() ]" $part) -}}
{{- $modern = regexReplaceAll "\\s+" (regexReplaceAll " *= *\\*$" $modern "") " " -}}
{{- $modern = regexReplaceAll " \\)" (regexReplaceAll "\\( " $modern "(") ")" -}}
{{- if not (or $bad (regexMatch $simple $modern) (regexMatch $set $modern)) }}{{ $bad = $part }}{{ end -}}
{{- end -}}
{{- $bad -}}
{{- end -}}

{{- define "agent.reloadProblems" -}}
{{- $found := list -}}
{{- $coalesce := .Values.reload.coalesce -}}
{{- if and $coalesce (include "agent.durationProblem" (list $coalesce "1h")) }}
{{- $found = append $found (printf "reload.coalesce is %q: it must be a duration of at most 1h, such as 500ms or 2s" $coalesce) }}
{{- end }}
{{- $r := .Values.reloader | default dict -}}
{{- $env := ($r.deployment | default dict).env | default dict -}}
{{- $urls := dict "reload.webhookUrl" .Values.reload.webhookUrl "reloader.webhookUrl" $r.webhookUrl -}}
{{- $alerts := or (eq (toString ($env.open | default dict).ALERT_ON_RELOAD) "true") (eq (toString ($env.secret | default dict).ALERT_ON_RELOAD) "true") -}}
{{- range $kind := ternary (list "open" "secret") list $alerts -}}
{{- range $name := list "ALERT_WEBHOOK_URL" "ALERT_WEBHOOK_PROXY" -}}
{{- $_ := set $urls (printf "reloader.deployment.env.%s.%s" $kind $name) (get (get $env $kind | default dict) $name) -}}
{{- end -}}
{{- end -}}
{{- range $name, $url := $urls }}
{{- if and $url (not (regexMatch "^https?://[^/\\s?#]+\\S*$" (trim (toString $url)))) }}
{{- $found = append $found (printf "%s is no URL that begins with https:// or http://" $name) }}
{{- end }}
{{- end }}
{{- toYaml $found -}}
{{- end -}}

{{/* (list text most): something when the text is no duration as the agent reads them, or a longer one than that. */}}
{{- define "agent.durationProblem" -}}
{{- $text := index . 0 -}}
{{- $start := toDate "2006-01-02" "2000-01-01" -}}
{{- if eq $text "0" -}}
{{- else if not (regexMatch "^\\+?(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|ms|s|m|h))+$" $text) -}}form
{{- else if gt (mustDateModify $text $start | unixEpoch | int64) (mustDateModify (index . 1) $start | unixEpoch | int64) -}}long
{{- end -}}
{{- end -}}

{{- define "agent.podProblems" -}}
{{- $found := list -}}
{{- $d := (.Values.reloader | default dict).deployment | default dict -}}
{{- $name := ternary "reloader.deployment.replicas" "replicaCount" (hasKey $d "replicas") -}}
{{- $replicas := int (include "agent.settings" . | fromYaml).replicas -}}
{{- if lt $replicas 1 }}
{{- $found = append $found (printf "%s is %d, and without an agent nothing restarts: set it to 1 or more; helm uninstall takes the agent away and leaves its state" $name $replicas) }}
{{- end }}
{{- $known := splitList " " (include "agent.knownFlags" . | trim) -}}
{{- range .Values.extraArgs }}
{{- $flag := regexReplaceAll "^--?([^=]*)(=(.|\\n)*)?$" . "${1}" -}}
{{- if and (hasPrefix "-" .) (not (has $flag $known)) }}
{{- $found = append $found (printf "extraArgs has --%s, which is no flag of the agent: docs/agent.md lists them" $flag) }}
{{- end }}
{{- end }}
{{- toYaml $found -}}
{{- end -}}

{{- define "agent.knownFlags" -}}
{{- list
  "configmap-annotation" "secret-annotation" "auto-annotation" "ignore-annotation"
  "configmap-auto-annotation" "secret-auto-annotation" "auto-search-annotation" "search-match-annotation"
  "pause-deployment-annotation" "pause-deployment-time-annotation" "auto-reload-all" "reloader-markers"
  "sync-after-restart" "enable-ha" "enable-pprof" "enable-csi-integration"
  "reloader-metrics" "allow-forced-restarts" "run-suspended-cronjobs" "secrets-metadata-only"
  "resources-to-ignore" "ignored-workload-types" "namespaces" "namespaces-to-ignore"
  "namespace-selector" "resource-label-selector" "log-format" "log-level"
  "webhook-url" "is-Argo-Rollouts" "reload-strategy" "reload-on-create"
  "reload-on-delete" "pprof-addr" "coalesce" "discovery-interval"
  "max-restarts-per-minute" "leader-election-lease-duration" "leader-election-renew-deadline" "leader-election-retry-period"
  | join " " -}}
{{- end -}}
