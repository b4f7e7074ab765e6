"""The disk buffer between the field and Kafka: an append-only, bounded, checksummed log.

`entry` is one frame as bytes, `segment` one file of them, `log` the files together with the mark of
what Kafka already has. `group` is what is written together, `shelf` the log as the event loop sees
it; `forward` decides when a frame goes to Kafka and when to disk first
(docs/decisions/0010-store-and-forward.md).
"""
