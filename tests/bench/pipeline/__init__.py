"""Push → ingest → Kafka → validation → Kafka → history → rows, all as real processes."""
