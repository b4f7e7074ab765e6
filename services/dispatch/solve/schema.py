"""The JSON schema of problem documents: `python -m services.dispatch schema`."""

import argparse
import json
import sys

from services.dispatch.solve.field_table import page
from services.dispatch.solve.problem_file import adapter


def main(arguments: list[str]) -> int:
    """Print the schema that the classes give, or the page of its fields."""
    parser = argparse.ArgumentParser(
        prog="python -m services.dispatch schema",
        description="Print the JSON schema of a planning problem (docs/dispatch.md).",
    )
    text = "print a table of its fields instead, in Markdown (docs/dispatch-problem.md)"
    parser.add_argument("--fields", action="store_true", help=text)
    if parser.parse_args(arguments).fields:
        sys.stdout.write(page())
        return 0
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | adapter().json_schema()
    sys.stdout.write(json.dumps(schema, indent=2, ensure_ascii=False) + "\n")
    return 0
