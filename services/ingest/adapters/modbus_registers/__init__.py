"""Modbus TCP by a declared register map."""
