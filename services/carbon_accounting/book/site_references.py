"""What a park file's inventory names and does not declare; and what it declares twice."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from services.carbon_accounting.domain.inventory.site import MAIN, PARK, Role
from services.energy.site import Tenant
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import nearest

Sections = Mapping[str, Sequence[Section]]
Read = Mapping[str, Sequence[Any]]
OWNED = ("meters", "streams", "stores", "gas_balances")
"""The lists whose items belong to somebody, and whose ids are of one kind."""


def check_references(
    sections: Sections, read: Read, tenants: Sequence[Tenant], nodes: Collection[str]
) -> None:
    """Report names that are not declared, and ids that stand twice.

    Names are taken as they stand in the file: a value that cannot be read hides no name beside it.
    """
    pairs = {
        n: [p for p in zip(sections[n], read[n], strict=True) if p[1] is not WRONG] for n in read
    }
    _check_ids([at for name in OWNED for at in sections[name]])
    _check_ids(sections["products"])
    declared = (*(tenant.id for tenant in tenants), *ids_of(sections["tenants"]))
    enterprises = [*dict.fromkeys((PARK, *declared))]
    for at in (at for name in (*OWNED, "products") for at in sections[name]):
        _known(at, "enterprise", enterprises)
    for at in (at for name in OWNED for at in sections[name]):
        _known(at, "shared_by", ids_of(sections["keys"]))
    _check_dates(pairs["keys"])
    for at in sections["keys"]:
        _check_weights(at, enterprises)
    _check_meters(sections["meters"], ids_of(sections["stores"]), nodes)
    for at in sections["stores"]:
        _check_metered(at, sections["meters"])


def check_enterprises(sections: Sequence[Section], tenants: Sequence[Tenant]) -> None:
    """Report enterprises whose id stands twice."""
    seen: set[str] = set()
    for at, one in zip(sections, tenants, strict=True):
        if one is WRONG:
            continue
        if one.id in seen:
            at.wrong("id", f"stands twice ({one.id!r})", "give each enterprise its own")
        seen.add(one.id)


def ids_of(sections: Sequence[Section]) -> list[str]:
    """Return the ids as they stand in the file."""
    return [found for at in sections if (found := at.scalar("id")) is not None]


def _check_ids(sections: Sequence[Section]) -> None:
    seen: set[str] = set()
    for at in sections:
        if (name := at.scalar("id")) is None:
            continue
        if name in seen:
            at.wrong("id", f"stands twice ({name!r})", "give each meter, stream and store its own")
        seen.add(name)


def _check_weights(at: Section, enterprises: Sequence[str]) -> None:
    weights = at.may_section("weights")
    for name in () if weights is None else weights.entries:
        if name not in enterprises:
            at.wrong("weights", f"names {name!r}", nearest(name, enterprises))


def _check_dates(pairs: Sequence[tuple[Section, Any]]) -> None:
    seen: set[tuple[str, date]] = set()
    for at, key in pairs:
        if (key.id, key.valid_from) in seen:
            what = f"{key.id!r} has two sets of weights from one day on"
            at.wrong("valid_from", what, "give the later one the day from which it holds")
        seen.add((key.id, key.valid_from))


def _check_meters(
    meters: Sequence[Section], stores: Collection[str], nodes: Collection[str]
) -> None:
    for at in meters:
        _known(at, "node", nodes)
        if nodes is not WRONG and at.scalar("node") is None and MAIN not in nodes:
            at.wrong("node", f"names {MAIN!r}, which is not declared", nearest(MAIN, nodes))
        _known(at, "to", nodes)
        node = at.scalar("node") or MAIN
        if at.scalar("to") == node and node in nodes:
            at.wrong("to", f"is its own node ({node!r})", "name the node it flows to")
        _known(at, "store", stores)


def _check_metered(at: Section, meters: Sequence[Section]) -> None:
    """Report a store that is not metered both ways; a role that is none may be either."""
    if (store := at.scalar("id")) is None:
        return
    roles = {meter.scalar("role") for meter in meters if meter.scalar("store") == store}
    for role in (Role.CHARGE, Role.DISCHARGE):
        if role not in roles and meters and roles <= {*Role}:
            at.wrong("id", f"no meter has role {role} for store {store}", "add its meter")


def _known(at: Section, key: str, known: Collection[str]) -> None:
    name = at.scalar(key)
    if known is not WRONG and name is not None and name not in known:
        at.wrong(key, f"names {name!r}, which is not declared", nearest(name, known))
