"""The shared shell: everything that touches Kafka, PostgreSQL, gRPC, the clock and the environment."""
