"""Readings from CSV and Parquet files into the raw log: `python -m services.ingest import`.

`mapping` says how a file is to be read, `csv_blocks` and `parquet_blocks` read it block by block,
`parsing` turns blocks into readings or mistakes, `checking` counts them, `command` does it all
(docs/import.md).
"""
