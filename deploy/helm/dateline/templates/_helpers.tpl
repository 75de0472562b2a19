{{/* Labels by which a release's pods are chosen; they never change. */}}
{{- define "dateline.selector" -}}
app.kubernetes.io/name: dateline
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Labels of everything. */}}
{{- define "dateline.labels" -}}
{{ include "dateline.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{/* What every pod has in common, by (root, settings of its own). */}}
{{- define "dateline.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: tmp
    emptyDir: {}
  {{- with .root.Values.existingSecret }}
  - name: secrets
    secret: {secretName: {{ . }}}
  {{- end }}
{{- end }}

{{/* What every container has in common. */}}
{{- define "dateline.container" -}}
name: dateline
image: {{ printf "%s:%s" .root.Values.image.repository (.root.Values.image.tag | default .root.Chart.AppVersion) | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
volumeMounts:
  - {name: tmp, mountPath: /tmp}
  {{- if .root.Values.existingSecret }}
  - {name: secrets, mountPath: /run/secrets/dateline, readOnly: true}
  {{- end }}
env:
  {{- /* The page of each pod shows all of them: they share a name. */}}
  {{- $own := dict "DATELINE_OPS__PEERS" (printf "http://%s-ops:8080" .root.Release.Name) }}
  {{- range $name, $value := merge (dict) (.settings | default dict) .root.Values.settings $own }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
  {{- end }}
  {{- if .root.Values.existingSecret }}
  - {name: DATELINE_SECRETS_DIR, value: /run/secrets/dateline}
  {{- end }}
{{- end }}
