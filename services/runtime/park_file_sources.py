"""The sources of a park file: which protocol each speaks, and that protocol's own settings."""

from collections.abc import Callable
from typing import cast

from services.energy.site import Point, Source
from services.runtime.field_protocols import Expected, field_protocols
from services.runtime.park_file_devices import Declared
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import identifier, one_of

Told = Callable[[str], Expected]


def told_of(declared: list[Declared], points: tuple[Point, ...]) -> Told:
    """Return what each source is expected to report; unknown while a device is read wrongly."""
    devices = [device for entry in declared for device in entry.devices]
    if points is WRONG or not all(entry.devices for entry in declared):
        return lambda _: Expected(None, None)

    def told(source_id: str) -> Expected:
        mine = tuple(device.id for device in devices if device.source_id == source_id)
        own = set(mine)
        return Expected(mine, tuple(point.id for point in points if point.device_id in own))

    return told


def read_source(at: Section, told: Told) -> Source:
    """Return one source; WRONG when something in it is."""
    source_id = at.need("id", identifier)
    protocol = at.need("protocol", one_of(*field_protocols()))
    if protocol is WRONG:
        at.accept_all()
        return cast(Source, WRONG)
    settings = field_protocols()[protocol].read(at, told(source_id))
    return at.build(Source, id=source_id, protocol=protocol, settings=settings)


def check_claims(sections: list[Section], sources: list[Source]) -> None:
    """Report what two sources of a protocol claim and only one may have."""
    seen: dict[object, str] = {}
    for at, source in zip(sections, sources, strict=True):
        if source is WRONG:
            continue
        claim = field_protocols()[source.protocol].claim(source.settings)
        if claim is None:
            continue
        identity = (source.protocol, claim.identity)
        if identity in seen:
            at.wrong(claim.key, f"{claim.what} is read by {seen[identity]!r} too", claim.cure)
        seen.setdefault(identity, source.id)
