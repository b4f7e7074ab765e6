"""How a file is to be read: the YAML file beside it, checked as a whole."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from services.energy.readings import FieldQuality
from services.energy.site import Park, Point
from services.ingest.domain.local_times import RepeatedHour
from services.ingest.domain.units import Conversion, units_of
from services.runtime.park_file_sections import WRONG, Mistake, Section, open_file
from services.runtime.park_file_values import (
    Misread,
    Reader,
    identifier,
    nearest,
    one_of,
    plain_text,
    time_zone,
    yes_or_no,
)

E = TypeVar("E", bound=StrEnum)
ISO, EPOCH_S, EPOCH_MS = "iso", "epoch_s", "epoch_ms"


class Layout(StrEnum):
    """`long`: a row is a reading. `wide`: a row is a moment, a column a point."""

    LONG = "long"
    WIDE = "wide"


class MappingError(Exception):
    """Everything wrong with a mapping file, one mistake a line."""

    def __init__(self, path: Path, mistakes: Iterable[Mistake]) -> None:
        super().__init__("\n".join(f"{path}: {mistake}" for mistake in sorted(set(mistakes))))


@dataclass(frozen=True, slots=True)
class Target:
    """The point that a column (wide) or a name (long) of the file stands for."""

    point_id: str
    conversion: Conversion = field(default_factory=Conversion)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMapping:
    """`targets` by the file's own names; a long file may also name points directly.

    `time_format` is `iso`, `epoch_s`, `epoch_ms` or a pattern like `%d.%m.%Y %H:%M`. `zone` is that
    of times without an offset; None: every time must have one.
    """

    layout: Layout = Layout.LONG
    source_id: str = "import"
    zone: ZoneInfo | None = None
    repeated_hour: RepeatedHour = RepeatedHour.MISTAKE
    time_format: str = ISO
    decimal: str = "point"
    delimiter: str = ","
    encoding: str = "utf-8"
    point_column: str = "point"
    time_column: str = "event_time"
    value_column: str = "value"
    quality_column: str = "quality"
    targets: Mapping[str, Target] = field(default_factory=dict)
    qualities: Mapping[str, FieldQuality] = field(
        default_factory=lambda: {quality.name.lower(): quality for quality in FieldQuality}
    )


def load_mapping(path: Path, park: Park) -> FileMapping:
    """Return the mapping of a file; MappingError lists all mistakes with line and cure."""
    mistakes: list[Mistake] = []
    top = open_file(path, mistakes)
    mapping = cast(FileMapping, WRONG) if top is None else _read(top, park)
    if mistakes or mapping is WRONG:
        raise MappingError(path, mistakes)
    return mapping


def _read(top: Section, park: Park) -> FileMapping:
    layout = top.may("layout", _choice(Layout), Layout.LONG)
    columns = top.may_section("columns")
    named = {} if columns is None else _columns(columns)
    points = top.may_section("points")
    targets = {} if points is None else _targets(points, {p.id: p for p in park.points})
    if layout is Layout.WIDE and not targets:
        top.wrong("points", "is missing or empty", "name the point of each column")
    return top.build(
        FileMapping,
        layout=layout,
        source_id=top.may("source", identifier, "import"),
        zone=top.may("time_zone", time_zone, None),
        repeated_hour=top.may("repeated_hour", _choice(RepeatedHour), RepeatedHour.MISTAKE),
        time_format=top.may("time_format", _time_format, ISO),
        decimal=top.may("decimal", one_of("point", "comma"), "point"),
        delimiter=top.may("delimiter", _one_character, ","),
        encoding=top.may("encoding", _encoding, "utf-8"),
        targets=WRONG if WRONG in targets.values() else targets,
        **named,
    )


def _columns(at: Section) -> dict[str, str]:
    keys = {
        "point": "point_column",
        "event_time": "time_column",
        "value": "value_column",
        "quality": "quality_column",
    }
    named = {name: at.may(key, plain_text, key) for key, name in keys.items()}
    at.close()
    return named


def _targets(at: Section, points: Mapping[str, Point]) -> dict[str, Target]:
    return {name: _target(at.section(name), points) for name in list(at.entries)}


def _target(at: Section, points: Mapping[str, Point]) -> Target:
    def known(text: str) -> Point:
        if text not in points:
            raise Misread("is not a point of the park file", nearest(text, list(points)))
        return points[text]

    point = at.need("point", known)
    unit = at.may("unit", plain_text, "")
    inverted = at.may("invert", yes_or_no, False)
    if point is WRONG or WRONG in (unit, inverted):
        at.close()
        return cast(Target, WRONG)
    conversion = Conversion()
    if unit:
        allowed = units_of(point.quantity)
        if unit not in allowed:
            at.wrong(
                "unit", f"{unit!r} is no unit of {point.quantity}", nearest(unit, list(allowed))
            )
            return cast(Target, WRONG)
        conversion = allowed[unit]
    factor, offset = conversion.factor, conversion.offset
    return at.build(Target, point_id=point.id, conversion=Conversion(factor, offset, inverted))


def _choice(kind: type[E]) -> Reader[E]:
    return lambda text: kind(one_of(*kind)(text))


def _time_format(text: str) -> str:
    if text not in (ISO, EPOCH_S, EPOCH_MS) and "%" not in text:
        raise Misread("is not a time format", "write iso, epoch_s, epoch_ms or like %d.%m.%Y %H:%M")
    return text


def _one_character(text: str) -> str:
    text = {"tab": "\t", "\\t": "\t"}.get(text, text)
    if len(text) != 1:
        raise Misread("is not one character", 'write ",", ";", "|" or tab')
    return text


def _encoding(text: str) -> str:
    try:
        "".encode(text)
    except LookupError:
        raise Misread("is not an encoding", "write utf-8, gb18030, latin-1, …") from None
    return text
