"""Validation: which readings are believed, and what their energy is. All follows from the raw log.

Consumes  `telemetry.raw.v1` (readings and edits); its own `telemetry.intervals.v1` and
          `validation.edits.v1`, to keep accounts of them, and `telemetry.readings.v1`, for the
          virtual points.
Produces  `telemetry.readings.v1`, `telemetry.intervals.v1`, `validation.edits.v1`,
          `telemetry.dead.v1`; edits into `telemetry.raw.v1` (key of all: park/source).
Serves    parkflow.validation.v1.ValidationService.
Stores    schema `validation`: checkpoint (the state of a partition with the offset it belongs to),
          quality and energy_quality (what each source's readings and quarter hours were like then),
          posting (the suspense account),
          edit, virtual_reading (what formulas need), metered and balance (the topology's quarter
          hours).
Guarantees
  - Every raw frame becomes a judged frame of the same frame id and arrival time. Decided is as of
    that arrival, never as of now: folding the log again gives the same frames, byte for byte.
  - An edit stands in the raw log among the readings it is about, and is folded like them.
  - At least once: an offset counts as done when what its frame came to is in Kafka. After a crash
    the newest checkpoint is taken up and what followed it is published again as it was.
  - Idempotency: a frame by its id, a reading by (park, point, event time), an edit by its id, a
    posting by (park, entry, frame), a checkpoint by (park, partition), of which the one with the
    later offset stands.
  - With the database away it goes on, without new checkpoints; with Kafka away it waits in place.
  - A virtual point's slot is a function of the readings in it; one process at a time evaluates
    them, and what it publishes is in Kafka before its inputs count as taken. It waits for the
    database.
  - Virtual points and balances go by the word on a reading or quarter hour that history lets
    stand (conventions §3.3), in whatever order and partition words come.
  - Of several processes each has its own partitions; their states move through the checkpoints.
  - A frame that cannot be used is a dead letter with the reason.
"""

import os

# Rings of many points are filled a little here and there: huge pages would make a state of 50,000
# points three times as large, and zeroing them costs more than judging. Read when numpy is loaded.
os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")
