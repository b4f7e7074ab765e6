"""What books are of: the park, its names and clock, the program, and the digests of all files."""

import json
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from services.carbon_accounting.book.chain import digest_of
from services.carbon_accounting.book.inputs import Inputs
from services.energy.site import Text

MANIFEST = "manifest.json"
FORMAT = 1
SOFTWARE = "software"
"""The key of the one word that is not made of the input."""


def write_manifest(folder: Path, inputs: Inputs) -> None:
    """Write the manifest of books whose tables stand in the folder already."""
    site = inputs.site
    content = {
        "format": FORMAT,
        SOFTWARE: f"parkflow {version_of_program()}",
        "park": site.id,
        "name": _named(site.name),
        "time_zone": site.time_zone.key,
        "begins": inputs.data.begins.isoformat(),
        "ends": inputs.data.ends.isoformat(),
        "enterprises": [{"id": one.id, "name": _named(one.name)} for one in site.enterprises],
        "products": [{"id": one.id, "enterprise": one.enterprise} for one in site.products],
        "files": [asdict(file) for file in inputs.files],
        "tables": {path.name: digest_of(path) for path in sorted(folder.glob("*.csv"))},
    }
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def _named(name: Text) -> dict[str, Any]:
    return {"en": name.en, "zh": name.zh}


def version_of_program() -> str:
    """Return the version of the program that runs."""
    try:
        return version("parkflow")
    except PackageNotFoundError:
        return "(not installed)"
