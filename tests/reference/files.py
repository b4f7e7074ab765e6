"""The files of the demo year as the reference reads them: plain YAML and CSV, whole base units."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

BASES = {"Wh": 1, "kWh": 1_000, "MWh": 1_000_000, "Nm3": 1_000}


@dataclass(frozen=True, eq=False)
class Park:
    """The park file, as it stands; `remembered` holds what was looked up."""

    meters: Sequence[Mapping[str, Any]]
    streams: Sequence[Mapping[str, Any]]
    keys: Sequence[Mapping[str, Any]]
    nodes: Sequence[str]
    efficiency: Fraction
    remembered: dict[tuple[str, str], Any] = field(default_factory=dict)

    def at(self, node: str, role: str) -> list[str]:
        """Return the meters of a role at a node, by id."""
        if (node, role) not in self.remembered:
            here = [m for m in self.meters if m.get("node", "main") == node]
            self.remembered[node, role] = sorted(m["id"] for m in here if m["role"] == role)
        return self.remembered[node, role]  # type: ignore[no-any-return]

    def registers(self, node: str) -> list[str]:
        """Return every meter that counts at a node, lines between nodes at both ends."""
        if (node, "") not in self.remembered:
            here = [m for m in self.meters if node in (m.get("node", "main"), m.get("to"))]
            self.remembered[node, ""] = [m["id"] for m in here]
        return self.remembered[node, ""]  # type: ignore[no-any-return]


def park_of(path: Path) -> Park:
    """Read a park file."""
    says = YAML(typ="safe").load(path)["accounting"]
    efficiency = Fraction(str(says["stores"][0]["round_trip_efficiency"]))
    return Park(says["meters"], says["streams"], says["keys"], says["nodes"], efficiency)


def readings_of(path: Path, park: Park) -> tuple[list[datetime], dict[str, list[int | None]]]:
    """Return the starts, and what each column counted in whole base units; None is unknown."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    starts = [datetime.fromisoformat(row["time"]) for row in rows]
    columns = {}
    for one in (*park.meters, *park.streams):
        per_unit = BASES[one.get("unit", "kWh")]
        read = [row[one["id"]] for row in rows]
        values = [None if text == "" else round(Decimal(text) * per_unit) for text in read]
        columns[one["id"]] = _counted(values) if one.get("counts") == "register" else values
    return starts, columns


def _counted(register: Sequence[int | None]) -> list[int | None]:
    after = (*register[1:], None)
    return [None if a is None or b is None else b - a for a, b in zip(register, after, strict=True)]


def shares_of(park: Park, one: str, month: str) -> Mapping[str, int]:
    """Return who owns a meter, stream or other line in a month, by weight."""
    if (one, month) not in park.remembered:
        park.remembered[one, month] = _shares(park, one, month)
    return park.remembered[one, month]  # type: ignore[no-any-return]


def _shares(park: Park, one: str, month: str) -> Mapping[str, int]:
    says = next((m for m in (*park.meters, *park.streams) if m["id"] == one), {})
    if "shared_by" not in says:
        return {says.get("enterprise", "park"): 1}
    valid = [k for k in park.keys if str(k["valid_from"])[:7] <= month]
    return max(valid, key=lambda key: str(key["valid_from"]))["weights"]  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Paper:
    """One certificate: Wh, ng per Wh, when it expires, whether it came with its power."""

    owner: str
    name: str
    wh: int
    ng: int
    month: str
    bundled: bool


def papers_of(path: Path) -> list[Paper]:
    """Read the certificates; those of the same month expire together."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Paper(
                row["beneficiary"],
                row["certificate"],
                int(row["quantity"]) * BASES[row["unit"]],
                round(Decimal(row["emission_kg_per_kwh"]) * 10**9),
                row["produced_from"],
                row["instrument"] == "contract",
            )
            for row in csv.DictReader(file)
        ]
