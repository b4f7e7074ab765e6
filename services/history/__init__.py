"""History: what was measured and decided, kept once, in PostgreSQL or TimescaleDB.

Consumes  telemetry.readings.v1, telemetry.intervals.v1, and as results forecast.series.v1,
          dispatch.plans.v1, carbon.entries.v2, alert.incidents.v1, telemetry.dead.v1.
Produces  nothing.
Serves    parkflow.history.v1.HistoryService.
Stores    schema `history`: point, source, reading and reading_version (by time), latest,
          misstamped, result; rollup_quarter, rollup_hour, rollup_day, rollup_month; touched (what
          waits to be rolled up), journal (for watches), horizon (from when on readings are kept);
          energy and energy_version (by time), energy_hour, energy_day, energy_month.
Guarantees  Offsets are committed only after the database has the rows. The natural key of a
          reading is (park, point, event time); of several words on one key validation's last is
          in `reading` (`domain.standing`), the others in `reading_version`: any order and any
          repetition leaves the same rows in both. What was known at any time can
          be asked. That of an energy is (park, point, quarter hour); of several words on one the
          later known-at, then the later place in the raw log, is in `energy`, the others in
          `energy_version`; its sums are made in the same transaction. Rollups follow the readings
          within seconds and then equal what is computed from them anew. A watch sees every
          committed change once, in commit order.
"""
