"""JSON of any shape over MQTT, by a mapping."""
