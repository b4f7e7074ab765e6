"""Carbon accounting: quarter-hour ledgers that are never mixed, restated when an energy changes.

Consumes  telemetry.intervals.v1 (words of validation on the energies of the park's registers).
Produces  carbon.entries.v2 (idempotency key `posting_id`; at least once).
Serves    parkflow.carbon.v1.CarbonService.
Stores    schema `carbon_accounting`: register_quarter, quarter, quarter_waiting, account_line,
          basis, posting, day_line, store_state, coverage, closed_period, pending_restatement,
          outbox; the view `current_entry` holds what is believed now, without number, known-at and
          reason.
Guarantees  Offsets are committed after the database has the words, and with them the quarters that
          wait to be booked; postings, outbox and what no longer waits are one transaction a
          stretch. What is booked is a pure function of the set of words (key: register, quarter
          hour; the one known last stands), the park file, the factors and the coverage by
          certificates: order, repetition and restarts leave the same `current_entry`, byte for
          byte. So it follows late readings, verdicts taken back, edits and rulings on the suspense
          account. A posting is never changed: a correction is another one, linked to those before.
          A closed month changes by approval only. A missing factor is an open item.
"""
