"""Ingest: the border between the field and the log. Which readings do we believe?

Consumes  `dispatch.setpoints.v1`; at start what `telemetry.readings.v1`, `market.prices.v1` and
          `market.intensity.v1` hold of the recent past.
Produces  `telemetry.readings.v1` (key: park/source), `telemetry.deliveries.v1`,
          `market.prices.v1`, `market.intensity.v1`, `telemetry.dead.v1`.
Serves    parkflow.telemetry.v1.TelemetryService, parkflow.market.v1.MarketService.
Stores    in `PARKFLOW_SPOOL_FOLDER` (when set) what Kafka has not taken yet. Its memory is rebuilt
          from the log; losing it costs only duplicate rows that are identical.
Guarantees
  - At least once from the field to Kafka. MQTT: acknowledged to the broker only once Kafka has the
    readings, so a broker with persistent sessions (ours, mosquitto) sends again what a killed
    ingest had not handed on. Modbus: the device's ring is read again from the last record Kafka
    has. gRPC: the answer comes once Kafka has everything; repeat a push that got no answer.
  - Idempotency: a reading by (park, point, event time), a push by its key, a delivery by
    (set-point, result), a curve by (park, source, known at, start).
  - While Kafka is away the field's frames are acknowledged from disk, in order per key, bounded,
    crash safe (`spool`); pushes wait in their calls. Without a spool nothing is acknowledged: MQTT
    messages wait at the broker, records in the devices' rings (256 samples).
  - What cannot be read is a dead letter with the reason; the readable rest of it is kept.

One process carries a source: MQTT client ids and Modbus polling are not shared out, so run one
replica. `Watch` and `WatchMarket` show what their own process published since (and recalled at)
its start.
"""
