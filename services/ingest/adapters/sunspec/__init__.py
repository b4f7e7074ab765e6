"""SunSpec."""
