"""What a park file's inventory names and does not declare; and what it declares twice."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from services.carbon_accounting.domain.inventory.site import PARK, Role
from services.energy.site import Tenant
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import nearest

Sections = Mapping[str, Sequence[Section]]
Read = Mapping[str, Sequence[Any]]


def check_references(
    sections: Sections, read: Read, tenants: Sequence[Tenant], nodes: Collection[str]
) -> None:
    """Report names that are not declared, and ids that stand twice."""
    pairs = {
        n: [p for p in zip(sections[n], read[n], strict=True) if p[1] is not WRONG] for n in read
    }
    _check_ids(_owned(pairs))
    _check_ids(pairs["products"])
    enterprises = [PARK, *(tenant.id for tenant in tenants)]
    keys = [key.id for _, key in pairs["keys"]]
    for at, one in _owned(pairs):
        _known(at, "enterprise", one.owner.enterprise, enterprises)
        if one.owner.key is not None:
            _known(at, "shared_by", one.owner.key, keys)
    for at, product in pairs["products"]:
        _known(at, "enterprise", product.enterprise, enterprises)
    _check_dates(pairs["keys"])
    for at, key in pairs["keys"]:
        for name in key.weights:
            if name not in enterprises:
                at.wrong("weights", f"names {name!r}", nearest(name, enterprises))
    _check_meters(pairs["meters"], [store.id for _, store in pairs["stores"]], nodes)


def check_enterprises(sections: Sequence[Section], tenants: Sequence[Tenant]) -> None:
    """Report enterprises whose id stands twice."""
    seen: set[str] = set()
    for at, one in zip(sections, tenants, strict=True):
        if one is WRONG:
            continue
        if one.id in seen:
            at.wrong("id", f"stands twice ({one.id!r})", "give each enterprise its own")
        seen.add(one.id)


def _owned(pairs: Mapping[str, Sequence[tuple[Section, Any]]]) -> list[tuple[Section, Any]]:
    names = ("meters", "streams", "stores", "gas_balances")
    return [pair for name in names for pair in pairs[name]]


def _check_ids(pairs: Sequence[tuple[Section, Any]]) -> None:
    seen: set[str] = set()
    for at, one in pairs:
        if one.id in seen:
            at.wrong(
                "id", f"stands twice ({one.id!r})", "give each meter, stream and store its own"
            )
        seen.add(one.id)


def _check_dates(pairs: Sequence[tuple[Section, Any]]) -> None:
    seen: set[tuple[str, date]] = set()
    for at, key in pairs:
        if (key.id, key.valid_from) in seen:
            what = f"{key.id!r} has two sets of weights from one day on"
            at.wrong("valid_from", what, "give the later one the day from which it holds")
        seen.add((key.id, key.valid_from))


def _check_meters(
    pairs: Sequence[tuple[Section, Any]], stores: Collection[str], nodes: Collection[str]
) -> None:
    for at, meter in pairs:
        _known(at, "node", meter.node, nodes)
        if meter.to_node is not None:
            _known(at, "to", meter.to_node, nodes)
            if meter.to_node == meter.node:
                at.wrong("to", f"is its own node ({meter.node!r})", "name the node it flows to")
        if meter.store is not None:
            _known(at, "store", meter.store, stores)
    for store in stores:
        charged = {meter.role for _, meter in pairs if meter.store == store}
        for role in (Role.CHARGE, Role.DISCHARGE):
            if role not in charged and pairs:
                at, _ = pairs[0]
                at.wrong("id", f"no meter has role {role} for store {store}", "add its meter")


def _known(at: Section, key: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        at.wrong(key, f"names {name!r}, which is not declared", nearest(name, known))
