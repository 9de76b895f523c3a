{{/* One release per namespace: names are fixed, so that the edge's file and the settings can name them. */}}

{{- define "notify.labels" -}}
app.kubernetes.io/part-of: notify
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "notify.selector" -}}
app.kubernetes.io/name: {{ . }}
{{- end }}

{{/* notifications -> notify-notifications, api_gateway -> notify-api-gateway */}}
{{- define "notify.name" -}}
{{- printf "notify-%s" (. | replace "_" "-") -}}
{{- end }}

{{- define "notify.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository (default .Chart.AppVersion $image.tag) -}}
{{- end -}}
{{- end }}

{{- define "notify.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "notify.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* The environment of a service: the shared settings, then its own; null means the default in the code. */}}
{{- define "notify.environment" -}}
{{- $root := index . 0 -}}
{{- $service := index . 1 -}}
- name: NOTIFY_SECRETS_DIR
  value: /etc/notify/secrets
{{- range $name, $value := merge (dict) (index $root.Values.settings $service) $root.Values.settings.shared }}
{{- if not (kindIs "invalid" $value) }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- define "notify.scheduling" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
topologySpreadConstraints:
  {{- range $root.Values.spreadOver }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "notify.selector" $name | nindent 8 }}
  {{- end }}
{{- with $root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
