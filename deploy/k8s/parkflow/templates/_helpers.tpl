{{/* ---- names and labels ---- */}}

{{- define "parkflow.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "parkflow.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "parkflow.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "parkflow.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Name of a service's resources; takes (list root "carbon_accounting"). */}}
{{- define "parkflow.of" -}}
{{- printf "%s-%s" (include "parkflow.fullname" (index . 0)) (index . 1 | replace "_" "-") -}}
{{- end -}}

{{/* Never change these: a Deployment's selector is immutable. */}}
{{- define "parkflow.selector" -}}
app.kubernetes.io/name: {{ include "parkflow.name" (index . 0) }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
{{- with index . 1 }}
app.kubernetes.io/component: {{ . | replace "_" "-" }}
{{- end }}
{{- end -}}

{{- define "parkflow.labels" -}}
{{ include "parkflow.selector" . }}
app.kubernetes.io/part-of: parkflow
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ printf "%s-%s" (index . 0).Chart.Name (index . 0).Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "parkflow.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{/* ---- the maps ---- */}}

{{- define "parkflow.services" -}}{{ .Files.Get "files/services.yaml" }}{{- end -}}
{{- define "parkflow.topics" -}}{{ .Files.Get "files/topics.yaml" }}{{- end -}}

{{/* A service's values over those of `pods`; takes (list root "history"). */}}
{{- define "parkflow.values" -}}
{{- $root := index . 0 -}}
{{- mergeOverwrite (deepCopy $root.Values.pods) (deepCopy (index $root.Values.services (index . 1))) | toYaml -}}
{{- end -}}

{{/* ---- what pods have in common ---- */}}

{{- define "parkflow.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.pods.userId }}
runAsGroup: {{ .Values.pods.userId }}
fsGroup: {{ .Values.pods.userId }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "parkflow.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
{{- end -}}

{{- define "parkflow.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "parkflow.parkConfigMap" -}}
{{- .Values.park.existingConfigMap | default (printf "%s-park" (include "parkflow.fullname" .)) -}}
{{- end -}}

{{- define "parkflow.parkContent" -}}
{{- if .Values.park.demo -}}{{ .Files.Get "files/demo-park.yaml" }}{{- else -}}{{ .Values.park.content }}{{- end -}}
{{- end -}}

{{/* ---- secrets: which, and where they are mounted ---- */}}

{{- define "parkflow.secretsAt" -}}/var/run/secrets/parkflow{{- end -}}

{{- define "parkflow.databaseSecret" -}}
{{- $root := index . 0 -}}
{{- get $root.Values.database.serviceSecrets (index . 1) | default $root.Values.database.existingSecret -}}
{{- end -}}

{{- define "parkflow.kafkaUser" -}}
{{- $root := index . 0 -}}
{{- if $root.Values.kafka.sasl.perService -}}
{{- if and (eq (index . 1) "topics") $root.Values.kafka.topics.user -}}
{{- $root.Values.kafka.topics.user -}}
{{- else -}}
{{- include "parkflow.of" . -}}
{{- end -}}
{{- else -}}
{{- $root.Values.kafka.sasl.user -}}
{{- end -}}
{{- end -}}

{{- define "parkflow.kafkaSecret" -}}
{{- $root := index . 0 -}}
{{- if $root.Values.kafka.sasl.perService -}}{{ include "parkflow.kafkaUser" . }}{{- else -}}{{ $root.Values.kafka.sasl.existingSecret }}{{- end -}}
{{- end -}}

{{- define "parkflow.tlsSecret" -}}
{{- $tls := (index . 0).Values.tls -}}
{{- if or $tls.perService $tls.certManager.enabled -}}{{ include "parkflow.of" . }}-tls{{- else -}}{{ $tls.existingSecret }}{{- end -}}
{{- end -}}

{{/* Environment and mounts for Kafka; takes (list root service). */}}
{{- define "parkflow.kafkaEnv" -}}
{{- $root := index . 0 -}}
- {name: PARKFLOW_KAFKA, value: {{ $root.Values.kafka.bootstrapServers | quote }}}
{{- if $root.Values.kafka.sasl.enabled }}
- {name: PARKFLOW_KAFKA_USER, value: {{ include "parkflow.kafkaUser" . | quote }}}
- {name: PARKFLOW_KAFKA_PASSWORD_FILE, value: {{ include "parkflow.secretsAt" $root }}/kafka/password}
- {name: PARKFLOW_KAFKA_MECHANISM, value: {{ $root.Values.kafka.sasl.mechanism | quote }}}
{{- if $root.Values.kafka.ca.existingSecret }}
- {name: PARKFLOW_KAFKA_CA, value: {{ include "parkflow.secretsAt" $root }}/kafka/ca.crt}
{{- end }}
{{- end }}
{{- end -}}

{{- define "parkflow.kafkaVolume" -}}
{{- $root := index . 0 -}}
{{- if $root.Values.kafka.sasl.enabled }}
- name: kafka
  projected:
    defaultMode: 0440
    sources:
      - secret:
          name: {{ include "parkflow.kafkaSecret" . }}
          items: [{key: {{ $root.Values.kafka.sasl.passwordKey | quote }}, path: password}]
      {{- with $root.Values.kafka.ca.existingSecret }}
      - secret:
          name: {{ . }}
          items: [{key: {{ $root.Values.kafka.ca.key | quote }}, path: ca.crt}]
      {{- end }}
{{- end }}
{{- end -}}

{{/* Environment and mounts for the database; takes (list root service). */}}
{{- define "parkflow.databaseEnv" -}}
{{- $root := index . 0 -}}
- {name: PARKFLOW_DATABASE_URL_FILE, value: {{ include "parkflow.secretsAt" $root }}/database/url}
- {name: PGSSLMODE, value: {{ $root.Values.database.tls.mode | quote }}}
{{- if $root.Values.database.tls.caSecret }}
- {name: PGSSLROOTCERT, value: {{ include "parkflow.secretsAt" $root }}/database/ca.crt}
{{- else if eq $root.Values.database.tls.mode "verify-full" }}
- {name: PGSSLROOTCERT, value: system}
{{- end }}
{{- end -}}

{{- define "parkflow.databaseVolume" -}}
{{- $root := index . 0 -}}
- name: database
  projected:
    defaultMode: 0440
    sources:
      - secret:
          name: {{ include "parkflow.databaseSecret" . }}
          items: [{key: {{ $root.Values.database.key | quote }}, path: url}]
      {{- with $root.Values.database.tls.caSecret }}
      - secret:
          name: {{ . }}
          items: [{key: {{ $root.Values.database.tls.caKey | quote }}, path: ca.crt}]
      {{- end }}
{{- end -}}

{{- define "parkflow.mount" -}}
- {name: {{ index . 1 }}, mountPath: {{ include "parkflow.secretsAt" (index . 0) }}/{{ index . 1 }}, readOnly: true}
{{- end -}}
