"""Carbon accounting: quarter-hour ledgers that are never mixed, restated when an energy changes.

Consumes  telemetry.intervals.v1 (words of validation on the energies of the park's registers).
Produces  carbon.entries.v1 (idempotency key `entry_id`; at least once).
Serves    parkflow.carbon.v1.CarbonService.
Stores    schema `carbon_accounting`: register_quarter, quarter, entry, outbox; the view
          `current_entry` holds what is believed now, without version, known-at and reason.
Guarantees  Offsets are committed after the database has words, entries and outbox, written in
          one transaction. What is booked is a pure function of the set of words (key: register,
          quarter hour; the one known last stands), the park file and the factors: order,
          repetition and restarts leave the same `current_entry`, byte for byte. So it follows late
          readings, verdicts taken back, edits and rulings on the suspense account.
          An entry is never changed: a correction is a new version. A missing factor is an error.
"""
