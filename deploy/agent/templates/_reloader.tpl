{{/* Which values of Reloader's chart are read; what is not is told after an installation. */}}
{{- define "agent.reloaderValues" -}}
used:
  - autoReloadAll
  - isArgoRollouts
  - isOpenshift
  - ignoreSecrets
  - ignoreConfigMaps
  - ignoreJobs
  - ignoreCronJobs
  - reloadOnCreate
  - reloadOnDelete
  - syncAfterRestart
  - reloadStrategy
  - ignoreNamespaces
  - namespaceSelector
  - resourceLabelSelector
  - logFormat
  - logLevel
  - watchGlobally
  - namespaces
  - enableHA
  - enableCSIIntegration
  - readOnlyRootFileSystem
  - matchLabels
  - enableMetricsByNamespace
  - deployment
  - service
  - rbac
  - serviceAccount
  - custom_annotations
  - serviceMonitor
  - podMonitor
  - podDisruptionBudget
  - netpol
  - verticalPodAutoscaler
  - webhookUrl
unused:
  enablePProf: there is no pprof in the agent
  pprofAddr: there is no pprof in the agent
  legacy: Kubernetes without rbac.authorization.k8s.io/v1 is not supported
  volumes: Reloader's chart has no such value; it is reloader.deployment.volumes
  volumeMounts: Reloader's chart has no such value; it is reloader.deployment.volumeMounts
deployment: [replicas, revisionHistoryLimit, hostUsers, nodeSelector, affinity, tolerations, topologySpreadConstraints,
  volumes, volumeMounts, dnsConfig, annotations, pod, priorityClassName, runtimeClassName, schedulerName,
  securityContext, containerSecurityContext, labels, env, livenessProbe, readinessProbe, resources, imagePullSecrets,
  automountServiceAccountToken]
{{- end -}}
