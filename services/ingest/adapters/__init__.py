"""The field protocols ingest speaks: one module or package each, with its `PROTOCOL`.

A new protocol is a new module here and its word in the park file; nothing else is touched. It
declares its settings and how they are read (`services.runtime.field_protocols`), and offers an
`Adapter` (`adapter.py`); `connection.py` keeps it connected. `docs/protocols.md` describes each.
"""
