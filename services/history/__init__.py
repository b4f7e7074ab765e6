"""History: what was measured and decided, kept once, in PostgreSQL or TimescaleDB.

Consumes  telemetry.readings.v1, and as results forecast.series.v1, dispatch.plans.v1,
          carbon.entries.v1, alert.incidents.v1, telemetry.dead.v1.
Produces  nothing.
Serves    parkflow.history.v1.HistoryService.
Stores    schema `history`: point, source, reading (by time), latest, misstamped, result.
Guarantees  Offsets are committed only after the database has the rows. The natural key of a
          reading is (park, point, event time); of several readings of one key the one with the
          best standing is kept (`domain.standing`): any order and any repetition leaves the same
          rows.
"""
