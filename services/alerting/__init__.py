"""Alerting: what deserves a person's attention, once, with what to do about it.

Consumes  `telemetry.readings.v1`, `telemetry.dead.v1`, `dispatch.plans.v1`,
          `dispatch.setpoints.v1`, `dispatch.outcomes.v1`; the gRPC health of its peers,
          ingest's GetSpool and forecasting's GetForecastHealth.
Produces  `alert.incidents.v1` (key: park/incident), every revision of every incident.
Serves    parkflow.alert.v1.AlertService.
Stores    schema `alerting`: incident (as it stands) and incident_revision (as it came about, and
          whether Kafka has it yet).
Guarantees
  - Idempotency: a revision by (incident_id, revision); an incident's id follows from kind, subject
    and the park time it was raised at. A revision is in the database before anybody hears of it and
    stays there as unpublished until Kafka has it: kill -9 at any line loses none, doubles none.
  - One unresolved incident per kind and subject, however many causes there are at once.
  - Silence is judged only up to the park time at which everything in the log has been read: an
    alerting that is behind, or cannot reach Kafka, does not call sources stale.
  - After a restart the open incidents come from the database, the newest readings, set-points and
    plan from the log.
"""
