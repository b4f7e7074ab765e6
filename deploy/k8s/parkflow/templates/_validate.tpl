{{/* Every mistake that the schema cannot see, gathered; the release fails once with all of them. */}}
{{- define "parkflow.mistakes" -}}
{{- $v := .Values -}}
{{- $found := list -}}
{{- $map := include "parkflow.services" . | fromYaml -}}
{{- $topics := include "parkflow.topics" . | fromYaml -}}

{{- $parks := 0 -}}
{{- range list $v.park.demo (ne $v.park.content "") (ne $v.park.existingConfigMap "") -}}{{- if . -}}{{- $parks = add1 $parks -}}{{- end -}}{{- end -}}
{{- if ne (int $parks) 1 -}}
{{- $found = append $found (printf "park: exactly one of park.demo, park.content and park.existingConfigMap must be set, found %d" (int $parks)) -}}
{{- end -}}

{{- if not $v.kafka.bootstrapServers -}}
{{- $found = append $found "kafka.bootstrapServers is empty: name the brokers, e.g. kafka-bootstrap.kafka:9093" -}}
{{- end -}}
{{- if and $v.kafka.sasl.enabled (not $v.kafka.sasl.perService) (not $v.kafka.sasl.existingSecret) -}}
{{- $found = append $found "kafka.sasl.existingSecret is empty: name the Secret with the password of kafka.sasl.user, or set kafka.sasl.perService" -}}
{{- end -}}
{{- if and $v.kafka.sasl.perService (not $v.kafka.sasl.enabled) -}}
{{- $found = append $found "kafka.sasl.perService needs kafka.sasl.enabled" -}}
{{- end -}}
{{- if and $v.kafka.ca.existingSecret (not $v.kafka.sasl.enabled) -}}
{{- $found = append $found "kafka.ca.existingSecret is set but kafka.sasl.enabled is false: without SASL the connection is plain text" -}}
{{- end -}}
{{- if and $v.strimzi.enabled (not $v.strimzi.cluster) -}}
{{- $found = append $found "strimzi.cluster is empty: name the Strimzi Kafka cluster that owns the topics" -}}
{{- end -}}
{{- if and $v.strimzi.enabled $v.strimzi.users (not $v.kafka.sasl.perService) -}}
{{- $found = append $found "strimzi.users makes one user per service: set kafka.sasl.perService as well, or strimzi.users=false" -}}
{{- end -}}

{{- if and $v.tls.certManager.enabled (not $v.tls.certManager.issuerRef.name) -}}
{{- $found = append $found "tls.certManager.issuerRef.name is empty: name the issuer of the certificates" -}}
{{- end -}}
{{- if not (or $v.tls.existingSecret $v.tls.perService $v.tls.certManager.enabled) -}}
{{- $found = append $found "tls: gRPC between pods needs mutual TLS (conventions 7.3): set tls.existingSecret, tls.perService or tls.certManager.enabled" -}}
{{- end -}}

{{- range $name, $about := $map -}}
{{- $s := index $v.services $name -}}
{{- if $s.enabled -}}
{{- if and $about.database (not (include "parkflow.databaseSecret" (list $ $name))) -}}
{{- $found = append $found (printf "database: no Secret for %s: set database.existingSecret or database.serviceSecrets.%s" $name $name) -}}
{{- end -}}
{{- if and $about.single (gt (int $s.replicas) 1) -}}
{{- $found = append $found (printf "services.%s.replicas is %d: %s must never run twice; use 0 or 1" $name (int $s.replicas) $name) -}}
{{- end -}}
{{- with $s.keda -}}{{- if .enabled -}}
{{- $partitions := int (index $topics $about.lag.topic).partitions -}}
{{- if gt (int .maxReplicas) $partitions -}}
{{- $found = append $found (printf "services.%s.keda.maxReplicas is %d, but %s has %d partitions: more replicas would stand idle" $name (int .maxReplicas) $about.lag.topic $partitions) -}}
{{- end -}}
{{- if gt (int .minReplicas) (int .maxReplicas) -}}
{{- $found = append $found (printf "services.%s.keda.minReplicas %d is above maxReplicas %d" $name (int .minReplicas) (int .maxReplicas)) -}}
{{- end -}}
{{- if and $s.hpa.enabled -}}
{{- $found = append $found (printf "services.%s has both keda and hpa enabled: two autoscalers on one target fight" $name) -}}
{{- end -}}
{{- end -}}{{- end -}}
{{- with $s.hpa -}}{{- if .enabled -}}
{{- if gt (int .minReplicas) (int .maxReplicas) -}}
{{- $found = append $found (printf "services.%s.hpa.minReplicas %d is above maxReplicas %d" $name (int .minReplicas) (int .maxReplicas)) -}}
{{- end -}}
{{- if not (dig "resources" "requests" "cpu" "" $s) -}}
{{- $found = append $found (printf "services.%s.hpa needs services.%s.resources.requests.cpu" $name $name) -}}
{{- end -}}
{{- end -}}{{- end -}}
{{- if and $about.field (not $v.mqtt.url) -}}
{{- $found = append $found (printf "mqtt.url is empty and services.%s talks to the field: name the broker, e.g. mqtts://mqtt.field:8883" $name) -}}
{{- end -}}
{{- range $name2 := $about.calls -}}
{{- if not (index $v.services $name2).enabled -}}
{{- $found = append $found (printf "services.%s calls services.%s, which is disabled" $name $name2) -}}
{{- end -}}
{{- end -}}
{{- $own := include "parkflow.values" (list $ $name) | fromYaml -}}
{{- if le (int $own.terminationGracePeriodSeconds) (add 20 (int $own.preStopSeconds) | int) -}}
{{- $found = append $found (printf "%s: terminationGracePeriodSeconds %d must be above preStopSeconds %d + 20 s of draining" $name (int $own.terminationGracePeriodSeconds) (int $own.preStopSeconds)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- if and (eq $v.database.tls.mode "verify-ca") (not $v.database.tls.caSecret) -}}
{{- $found = append $found "database.tls.mode verify-ca needs database.tls.caSecret" -}}
{{- end -}}
{{- if ne ($v.mqtt.user | empty) ($v.mqtt.existingSecret | empty) -}}
{{- $found = append $found "mqtt.user and mqtt.existingSecret (its password) belong together: set both or none" -}}
{{- end -}}
{{- range $name, $port := index $map "ingest" -}}
{{- if and (has $name (list "grpc" "metrics")) $v.field.ocpp.port (eq (int $port) (int $v.field.ocpp.port)) -}}
{{- $found = append $found (printf "field.ocpp.port is %d, which is ingest's own %s port" (int $port) $name) -}}
{{- end -}}
{{- end -}}
{{- if and $v.services.console.enabled (not $v.console.users.existingSecret) -}}
{{- $found = append $found "console.users.existingSecret is empty: name the Secret with the console's users, or anyone could steer the park" -}}
{{- end -}}
{{- if and $v.ingress.enabled (not $v.ingress.host) -}}
{{- $found = append $found "ingress.host is empty" -}}
{{- end -}}
{{- if and $v.ingress.enabled (not $v.ingress.tlsSecret) -}}
{{- $found = append $found "ingress.tlsSecret is empty: the console is published with TLS only" -}}
{{- end -}}
{{- if and $v.ingress.enabled (not $v.services.console.enabled) -}}
{{- $found = append $found "ingress.enabled needs services.console.enabled" -}}
{{- end -}}
{{- if and $v.services.simulator.enabled (eq $v.park.clock "wall") -}}
{{- $found = append $found "park.clock is wall, but the simulator plays recordings of 2019: set it like 2019-06-03T22:00:00Z@$(date +%s)x60" -}}
{{- end -}}
{{- if and $v.tests.enabled $v.tests.push.enabled (not $v.park.demo) -}}
{{- $found = append $found "tests.push writes a made-up reading: only with park.demo" -}}
{{- end -}}
{{- join "\n" $found -}}
{{- end -}}
