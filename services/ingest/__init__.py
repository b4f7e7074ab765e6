"""Ingest: the border between the field and the log. It carries; `validation` believes.

Consumes  `dispatch.setpoints.v1`; `telemetry.readings.v1` for whoever watches, from a while before
          the start on; at start what `market.prices.v1` and `market.intensity.v1` hold.
Produces  `telemetry.raw.v1` (key: park/source), `telemetry.deliveries.v1`,
          `market.prices.v1`, `market.intensity.v1`, `telemetry.dead.v1`.
Serves    parkflow.telemetry.v1.TelemetryService, parkflow.market.v1.MarketService.
Stores    in `PARKFLOW_SPOOL_FOLDER` (when set) what Kafka has not taken yet; nothing else.
Guarantees
  - At least once from the field to Kafka. MQTT: acknowledged to the broker only once Kafka has the
    readings, so a broker with persistent sessions (ours, mosquitto) sends again what a killed
    ingest had not handed on. Modbus: the device's ring is read again from the last record Kafka
    has. gRPC: the answer comes once Kafka has everything; repeat a push that got no answer.
  - Nothing is left out and nothing decided: every reading goes on as the field sent it, with what
    the field protocol said of it. The answer to a push tells what is wrong with a reading by
    itself; whether it fits its neighbours `Watch` and history tell.
  - Idempotency: a frame by its id (of the push's key, else of its content), a reading by (park,
    point, event time), a delivery by (set-point, result), a curve by (park, source, known at,
    start).
  - While Kafka is away the field's frames are acknowledged from disk, in order per key, bounded,
    crash safe (`spool`); pushes wait in their calls. Without a spool nothing is acknowledged: MQTT
    messages wait at the broker, records in the devices' rings (256 samples).
  - Pushed batches whose newest reading is older than five minutes of park time go in one after the
    other, 10,000 readings a second (`pacing`): live ones, of other sources, do not wait for them.
  - What cannot be read is a dead letter with the reason; the readable rest of it is kept.

One process carries a source: MQTT client ids and Modbus polling are not shared out, so run one
replica. `WatchMarket` shows what its own process published since (and recalled at) its start.
"""
