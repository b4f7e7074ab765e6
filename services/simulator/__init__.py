"""Plays the demo park: recorded loads, wind and sun, simulated battery, inverter and chargers.

Consumes: MQTT `demo-park/<device>/command` (set-points for battery and pv), Modbus TCP holding
    registers of the charging cabinets (limits per port), recorded data of `PARKFLOW_DATA`.
Produces: MQTT `demo-park/<device>/telemetry` and `/result` (QoS 1, original stamps, in order);
    by gRPC to ingest the day-ahead prices and intensities (`MarketService`), at the start those of
    21 days before, too, and, once, as many days of history (`TelemetryService.Push`, idempotency
    key `backfill/<device>/<chunk start>`).
Serves: Modbus TCP (unit 1 grid meter, units 11-14 charging cabinets) as in docs/names-and-ports.md.
Stores: one state file in `PARKFLOW_STATE`, replaced atomically before anything is published;
    optionally `PARKFLOW_JOURNAL`, one CSV line per published reading.
Guarantees: the same story start and the same accepted set-points give the same samples, so after
    a kill what was not acknowledged is computed and published again with the same stamps and
    values; the natural key (device, quantity, event time) makes repeats harmless. Registers
    never jump: over each recorded interval they count the recorded energy to less than 1 Wh.
"""
