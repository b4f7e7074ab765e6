"""The shared shell: all that touches Kafka, PostgreSQL, gRPC, the clock and the environment."""
