{{/* (list new old exceptions): CEL that says that two maps are the same, but for these keys. */}}
{{- define "agent.sameBut" -}}
{{- $new := index . 0 -}}
{{- $old := index . 1 -}}
{{- $except := index . 2 -}}
{{ $new }}.all(k, k in {{ $except }} || (k in {{ $old }} && {{ $new }}[k] == {{ $old }}[k])) && {{ $old }}.all(k, k in {{ $except }} || k in {{ $new }})
{{- end -}}

{{/* (list object field…): CEL of a map within a map, empty where there is none. */}}
{{- define "agent.mapIn" -}}
{{- $path := join "." . -}}
(has({{ $path }}) ? {{ $path }} : {})
{{- end -}}
