"""OCPP."""
