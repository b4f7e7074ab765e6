"""One module per field protocol; each offers `SOURCE` (its kind of source) and `adapter_for`.

A new protocol is a new module here and a new kind of source in the park file; nothing else.
"""
