{{/*
All of one service: account, Deployment, headless Service, autoscaling, disruption budget.
Call: include "notify.service" (list $ "sms")
*/}}
{{- define "notify.service" -}}
{{- $root := index . 0 -}}
{{- $service := index . 1 -}}
{{- $config := index $root.Values.services $service -}}
{{- $name := include "notify.name" $service -}}
{{- if $config.enabled }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $name }}
  labels:
    {{- include "notify.labels" $root | nindent 4 }}
    {{- include "notify.selector" $name | nindent 4 }}
  {{- with $config.serviceAccountAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  labels:
    {{- include "notify.labels" $root | nindent 4 }}
    {{- include "notify.selector" $name | nindent 4 }}
spec:
  {{- if not (or $config.autoscaling.enabled $config.keda.enabled) }}
  replicas: {{ $config.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  selector:
    matchLabels:
      {{- include "notify.selector" $name | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "notify.labels" $root | nindent 8 }}
        {{- include "notify.selector" $name | nindent 8 }}
      annotations:
        checksum/settings: {{ include "notify.environment" (list $root $service) | sha256sum }}
        {{- with $root.Values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ $name }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      # Drain (5 s), then what is under way may finish, then a margin.
      terminationGracePeriodSeconds: {{ add $root.Values.drainSeconds $config.graceSeconds 10 }}
      securityContext:
        {{- include "notify.podSecurity" $root | nindent 8 }}
      {{- include "notify.scheduling" (list $root $name) | nindent 6 }}
      containers:
        - name: {{ $name | trimPrefix "notify-" }}
          image: {{ include "notify.image" $root }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args: ["python", "-m", "services.{{ $service }}"]
          env:
            {{- include "notify.environment" (list $root $service) | nindent 12 }}
            - name: NOTIFY_SHUTDOWN_GRACE_S
              value: {{ $config.graceSeconds | quote }}
          ports:
            {{- range $port, $number := $config.ports }}
            - name: {{ $port }}
              containerPort: {{ $number }}
              protocol: TCP
            {{- end }}
          startupProbe:
            httpGet: {path: /livez, port: metrics}
            periodSeconds: 1
            failureThreshold: 60
          {{- if $config.ports.grpc }}
          livenessProbe:
            # The name "live" answers while the process runs; needs that are away must not restart it.
            grpc: {port: {{ $config.ports.grpc }}, service: live}
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          readinessProbe:
            grpc: {port: {{ $config.ports.grpc }}}
            periodSeconds: 2
            timeoutSeconds: 2
            failureThreshold: 2
          {{- else }}
          livenessProbe:
            httpGet: {path: /livez, port: metrics}
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          readinessProbe:
            httpGet: {path: /healthz, port: metrics}
            periodSeconds: 2
            timeoutSeconds: 2
            failureThreshold: 2
          {{- end }}
          lifecycle:
            preStop:
              # Whoever still has this address may call it until the change has reached everybody.
              sleep: {seconds: {{ $root.Values.drainSeconds }}}
          resources:
            {{- toYaml $config.resources | nindent 12 }}
          securityContext:
            {{- include "notify.containerSecurity" $root | nindent 12 }}
          volumeMounts:
            - {name: secrets, mountPath: /etc/notify/secrets, readOnly: true}
            - {name: tmp, mountPath: /tmp}
      volumes:
        - name: secrets
          projected:
            defaultMode: 0440
            sources:
              - secret: {name: {{ $root.Values.secrets.shared }}}
              - secret: {name: {{ $config.secret }}, optional: {{ not $config.secretRequired }}}
        - name: tmp
          emptyDir:
            sizeLimit: {{ $config.tmpSize }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}
  labels:
    {{- include "notify.labels" $root | nindent 4 }}
    {{- include "notify.selector" $name | nindent 4 }}
spec:
  # Headless: clients get every address and spread their calls over them (dns:///, round robin).
  clusterIP: None
  selector:
    {{- include "notify.selector" $name | nindent 4 }}
  ports:
    {{- range $port, $number := $config.ports }}
    - name: {{ $port }}
      port: {{ $number }}
      targetPort: {{ $port }}
      {{- if eq $port "grpc" }}
      appProtocol: grpc
      {{- end }}
    {{- end }}
{{- if and $config.autoscaling.enabled (not $config.keda.enabled) }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ $name }}
  labels:
    {{- include "notify.labels" $root | nindent 4 }}
    {{- include "notify.selector" $name | nindent 4 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ $name }}}
  minReplicas: {{ $config.autoscaling.minReplicas }}
  maxReplicas: {{ $config.autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: {type: Utilization, averageUtilization: {{ $config.autoscaling.targetCpuPercent }}}
  behavior:
    scaleDown:
      stabilizationWindowSeconds: 300
{{- end }}
{{- if $config.keda.enabled }}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {{ $name }}
  labels:
    {{- include "notify.labels" $root | nindent 4 }}
    {{- include "notify.selector" $name | nindent 4 }}
spec:
  scaleTargetRef: {name: {{ $name }}}
  minReplicaCount: {{ $config.autoscaling.minReplicas }}
  maxReplicaCount: {{ $config.autoscaling.maxReplicas }}
  triggers:
    - type: prometheus
      metadata:
        serverAddress: {{ $root.Values.keda.prometheusUrl | quote }}
        query: {{ $config.keda.query | quote }}
        threshold: {{ $config.keda.threshold | quote }}
{{- end }}
{{- if $config.disruptionBudget.enabled }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $name }}
  labels:
    {{- include "notify.labels" $root | nindent 4 }}
    {{- include "notify.selector" $name | nindent 4 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "notify.selector" $name | nindent 6 }}
{{- end }}
{{- end }}
{{- end }}
