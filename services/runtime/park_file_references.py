"""Whether the parts of a park file name each other rightly: unique ids, sources, tenants, meter."""

from services.energy.site import DeviceKind
from services.runtime.park_file_devices import Declared
from services.runtime.park_file_sections import Section
from services.runtime.park_file_values import nearest


def ids(sections: list[Section]) -> list[str]:
    """Return the ids as they stand in the file."""
    return [text for at in sections if (text := at.scalar("id")) is not None]


def check_unique(sections: list[Section]) -> None:
    """Report every id that an earlier entry of the same list has."""
    first: dict[str, Section] = {}
    for at in sections:
        if (text := at.scalar("id")) is None:
            continue
        if text in first:
            line = first[text].line_of("id")
            at.wrong("id", f"is taken ({text!r}, line {line})", "give every entry an id of its own")
        first.setdefault(text, at)


def check_made_ids(declared: list[Declared]) -> None:
    """Report ids made by counting (`charger_01`) that another device has."""
    plain = {e.devices[0].id for e in declared if len(e.devices) == 1}
    for entry in declared:
        for device in entry.devices if len(entry.devices) > 1 else ():
            if device.id in plain:
                what = f"makes the id {device.id!r}, which another device has"
                entry.section.wrong("id", what, "rename one of them")


def check_names(devices: list[Section], source_ids: list[str]) -> None:
    """Report a device that has the id of a source: an incident could not say which it is about."""
    for at in devices:
        if (text := at.scalar("id")) in source_ids:
            at.wrong("id", f"is the id of a source too ({text!r})", "rename one of them")


def check_sources(declared: list[Declared], known: list[str]) -> None:
    """Report devices whose source is not declared."""
    for entry in declared:
        named = sorted({device.source_id for device in entry.devices})
        if not named and (text := entry.section.scalar("source")) is not None:
            kind = entry.section.scalar("kind")
            named = [] if kind == DeviceKind.CHARGER else [text]
        for source_id in named:
            if source_id not in known:
                entry.section.wrong(
                    "source", f"names no source ({source_id!r})", nearest(source_id, known)
                )


def check_tenants(declared: list[Declared], known: list[str]) -> None:
    """Report devices whose tenant is not declared."""
    for entry in declared:
        tenant_id = entry.section.scalar("tenant")
        if tenant_id is not None and tenant_id not in known:
            entry.section.wrong(
                "tenant", f"names no tenant ({tenant_id!r})", nearest(tenant_id, known)
            )


def check_meter(at: Section, declared: list[Declared]) -> None:
    """Report a connection whose meter is not a grid meter of this park."""
    meters = [
        text
        for entry in declared
        if entry.section.scalar("kind") == DeviceKind.GRID_METER
        and (text := entry.section.scalar("id")) is not None
    ]
    meter_id = at.scalar("meter")
    if meter_id is not None and meter_id not in meters:
        at.wrong("meter", f"names no grid_meter ({meter_id!r})", nearest(meter_id, meters))
