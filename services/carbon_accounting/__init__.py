"""Carbon accounting: quarter-hour ledgers that are never mixed, restated when a reading changes.

Consumes  telemetry.readings.v1 (believed register readings of the park's meters).
Produces  carbon.entries.v1 (idempotency key `entry_id`; at least once).
Serves    parkflow.carbon.v1.CarbonService.
Stores    schema `carbon_accounting`: register_edge, watermark, quarter, entry, outbox; the view
          `current_entry` holds what is believed now, without version, known-at and reason.
Guarantees  Offsets are committed after the database has registers, entries and outbox, written in
          one transaction. What is booked is a pure function of the set of believed register
          readings (key: point, event time; the later arrival wins), the park file and the factors:
          order, repetition and restarts leave the same `current_entry`, byte for byte.
          An entry is never changed: a correction is a new version. A missing factor is an error.
"""
