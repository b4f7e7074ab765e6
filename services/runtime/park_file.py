"""The park file: read, checked as a whole, and turned into a `Park`; or every mistake at once.

`python -m services.runtime.park_file check FILE` says OK, or lists the mistakes with line and cure.
"""

import argparse
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from services.energy.device_points import points_of
from services.energy.site import Connection, Device, Park, Point, Tenant, ValidationRules
from services.runtime.park_file_devices import Declared, read_declared, read_text
from services.runtime.park_file_references import (
    check_made_ids,
    check_meter,
    check_names,
    check_sources,
    check_tenants,
    check_unique,
    ids,
)
from services.runtime.park_file_rules import (
    read_carbon,
    read_connection,
    read_dispatch,
    read_identity,
    read_telemetry,
)
from services.runtime.park_file_sections import WRONG, Mistake, Section, open_file
from services.runtime.park_file_sources import check_claims, read_source, told_of
from services.runtime.park_file_topology import (
    check_topology,
    check_virtual_points,
    read_node,
    read_virtual_point,
)
from services.runtime.park_file_validation import read_validation, with_peaks
from services.runtime.park_file_values import identifier, time_zone


class ParkFileError(Exception):
    """Everything wrong with a park file, one mistake a line, in the order of the file."""

    def __init__(self, path: Path, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = sorted(set(mistakes))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))
        self.path = path


def load_park(path: Path | str) -> Park:
    """Return the park of a park file; ParkFileError lists all mistakes."""
    file = Path(path)
    mistakes: list[Mistake] = []
    top = open_file(file, mistakes)
    park = cast(Park, WRONG) if top is None else _read_park(top)
    if mistakes or park is WRONG:
        raise ParkFileError(file, mistakes)
    return park


def mistake_in(path: Path | str, section: str, key: str, what: str, cure: str) -> ParkFileError:
    """Return what a service finds wrong with a park file that is sound in itself, with its line."""
    file, mistakes = Path(path), list[Mistake]()
    top = open_file(file, mistakes)
    if top is not None:
        top.section(section).wrong(key, what, cure)
    return ParkFileError(file, mistakes)


def _read_park(top: Section) -> Park:
    identity = read_identity(top.section("park"))
    at_connection = top.section("connection")
    connection = read_connection(at_connection)
    at_sources = top.sections("sources")
    at_tenants = top.sections("tenants")
    tenants = [_read_tenant(at) for at in at_tenants]
    declared = [read_declared(at) for at in top.sections("devices")]
    devices = tuple(device for entry in declared for device in entry.devices)
    points = _points(declared, devices, connection)
    told = told_of(declared, points)
    sources = [read_source(at, told) for at in at_sources]
    recordings = top.may_section("recordings")
    at_nodes, at_virtual = top.may_sections("topology"), top.may_sections("virtual_points")
    at_validation = top.may_section("validation")
    validation = ValidationRules()
    top.may_section("accounting")  # of the inventory: carbon accounting reads it
    nodes = [read_node(at) for at in at_nodes]
    virtual = [read_virtual_point(at) for at in at_virtual]

    check_unique(at_sources)
    check_unique(at_tenants)
    check_unique([entry.section for entry in declared])
    check_made_ids(declared)
    check_names([entry.section for entry in declared], ids(at_sources))
    check_claims(at_sources, sources)
    check_sources(declared, ids(at_sources))
    check_tenants(declared, ids(at_tenants))
    check_meter(at_connection, declared)
    if points is not WRONG and all(entry.devices for entry in declared):
        check_unique(at_nodes)
        check_unique(at_virtual)
        check_topology(at_nodes, nodes, devices, points)
        check_virtual_points(at_virtual, virtual, points)
        validation = read_validation(at_validation, declared, points)

    return top.build(
        Park,
        **identity,
        connection=connection,
        devices=devices,
        sources=WRONG if WRONG in sources else tuple(sources),
        telemetry=read_telemetry(top.section("telemetry")),
        dispatch=read_dispatch(top.section("dispatch"), connection),
        carbon=read_carbon(top.section("carbon")),
        tenants=WRONG if WRONG in tenants else tuple(tenants),
        points=points,
        recording_zone=None
        if recordings is None
        else recordings.build(lambda zone: zone, zone=recordings.need("local_clock", time_zone)),
        topology=WRONG if WRONG in nodes else tuple(nodes),
        virtual_points=WRONG if WRONG in virtual else tuple(virtual),
        validation=validation if devices is WRONG else with_peaks(validation, devices),
    )


def _read_tenant(at: Section) -> Tenant:
    return at.build(Tenant, id=at.need("id", identifier), name=read_text(at.section("name")))


def _points(
    declared: list[Declared], devices: tuple[Device, ...], connection: Connection
) -> tuple[Point, ...]:
    if cast(Any, connection) is WRONG:
        return cast(tuple[Point, ...], WRONG)
    points: list[Point] = []
    for entry in declared:
        derived = [p for device in entry.devices for p in points_of(device, connection, devices)]
        known = {point.quantity for point in derived}
        for quantity in entry.ranges:
            if derived and quantity not in known:
                entry.section.wrong(
                    "ranges",
                    f"names {quantity}, which this kind of device does not report",
                    f"choose of {', '.join(sorted(known))}",
                )
        points += [
            replace(p, minimum=entry.ranges[p.quantity][0], maximum=entry.ranges[p.quantity][1])
            if p.quantity in entry.ranges
            else p
            for p in derived
        ]
    return tuple(points)


def summary(park: Park) -> str:
    """Return one line that says what a park file describes."""
    return (
        f"OK: {park.id} ({park.name.en}), {len(park.devices)} devices, {len(park.points)} points, "
        f"{len(park.sources)} sources, {len(park.tenants)} tenants, zone {park.time_zone.key}"
    )


def _counted(mistakes: int) -> str:
    return "1 mistake" if mistakes == 1 else f"{mistakes} mistakes"


def main(arguments: list[str] | None = None) -> int:
    """Check a park file; 0 when it can be used, 1 with the list of mistakes when not."""
    parser = argparse.ArgumentParser(prog="python -m services.runtime.park_file")
    parser.add_argument("action", choices=["check"])
    parser.add_argument("file", type=Path)
    parsed = parser.parse_args(arguments)
    try:
        sys.stdout.write(summary(load_park(parsed.file)) + "\n")
        return 0
    except ParkFileError as error:
        sys.stderr.write(f"{parsed.file}: {_counted(len(error.mistakes))}\n{error}\n")
    except OSError as error:
        sys.stderr.write(f"{parsed.file}: cannot be read: {error.strerror}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
