"""The registry: what forecasters have learnt, kept in PostgreSQL so that any process can go on.

`codec` turns a forecaster's memory into bytes and back, exactly; `bodies` says which part of it is
kept where; `models` keeps versions and which of them serves, `standings` what serving has reckoned
since, `requests` what people asked of training. Training writes versions, serving reads them.
"""
