"""SunSpec: units that say themselves what they hold, over Modbus TCP (docs/protocols.md).

{id: inverter, protocol: sunspec, host: 10.0.0.7, unit: 1, poll: 5s}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from services.energy.site import Source
from services.ingest.adapters.mapping import read_all, read_scale
from services.ingest.adapters.modbus_registers import Place, claim_of, read_place
from services.ingest.adapters.sunspec.points import Wanted
from services.runtime.field_protocols import Claim, Expected, FieldProtocol
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import above_zero, plain_text, whole

if TYPE_CHECKING:
    from services.ingest.adapters.adapter import Adapter, Tools


@dataclass(frozen=True, slots=True)
class SunspecSettings:
    """One unit; `points` says where the quantities are that do not stand where they usually do."""

    place: Place
    points: Mapping[str, Wanted]


def _read(at: Section, expected: Expected) -> SunspecSettings:
    points = read_all(
        at.may_sections("points"),
        lambda entry: _read_point(entry, expected),
        ("point", lambda point: point[0]),
    )
    return at.build_open(
        SunspecSettings,
        place=read_place(at),
        points=WRONG if points is WRONG else dict(points),
    )


def _read_point(at: Section, expected: Expected) -> tuple[str, Wanted]:
    def build(point_id: str, **wanted: object) -> tuple[str, Wanted]:
        return point_id, Wanted(**wanted)  # type: ignore[arg-type]

    return at.build(
        build,
        point_id=at.need("point", expected.point),
        model_id=at.need("model", above_zero(whole)),
        name=at.need("name", plain_text),
        scale=read_scale(at),
        instance=at.may("instance", above_zero(whole), 1),
    )


def _open(source: Source, tools: "Tools") -> "Adapter":
    from services.ingest.adapters.sunspec.adapter import open_sunspec

    return open_sunspec(source.id, cast(SunspecSettings, source.settings), tools)


def _claim(settings: SunspecSettings) -> Claim:
    return claim_of(settings.place)


PROTOCOL = FieldProtocol("sunspec", _read, _open, _claim)
