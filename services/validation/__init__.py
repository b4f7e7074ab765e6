"""Validation: which readings are believed. Everything it decides follows from the raw log alone.

Consumes  `telemetry.raw.v1`.
Produces  `telemetry.readings.v1` (key: park/source), `telemetry.dead.v1`.
Serves    gRPC health only.
Stores    schema `validation`: checkpoint (the state of a partition with the offset it belongs to).
Guarantees
  - Every raw frame becomes a judged frame of the same frame id and arrival time. Decided is as of
    that arrival, never as of now: folding the log again gives the same frames, byte for byte.
  - At least once: an offset counts as done when its judged frame is in Kafka. After a crash the
    newest checkpoint is taken up and what followed it is published again as it was.
  - Idempotency: a frame by its id, a reading by (park, point, event time), a checkpoint by (park,
    partition), of which the one with the later offset stands.
  - With the database away it goes on, without new checkpoints; with Kafka away it waits in place.
  - Of several processes each has its own partitions; their states move through the checkpoints.
  - A frame that cannot be used is a dead letter with the reason, and leaves the state as it was.
"""
