"""Odd numbers of the input among the open items: of the park, and of the enterprise they are of."""

from datetime import timedelta

from services.carbon_accounting.book.inputs import Inputs
from services.carbon_accounting.domain.inventory.booking import Inventory
from services.carbon_accounting.domain.inventory.odd_numbers import CORRECT_ROW, odd_numbers
from services.carbon_accounting.domain.inventory.open_items import Kind, OpenItem
from services.carbon_accounting.domain.inventory.own_items import own_items

UNUSED = "factors"
"""The subject of what own factor files say of no fuel that is burnt here."""


def note_odd_numbers(inputs: Inputs, inventory: Inventory) -> None:
    """Add the open items of numbers that were booked as stated and look wrong."""
    site, zone = inputs.site, inputs.site.time_zone
    first, last = (at.astimezone(zone).date() for at in (inputs.data.begins, inputs.data.ends))
    found = {*odd_numbers(site, inputs.rules, (first, last + timedelta(days=1)))}
    of_streams = {one.what for one in found}
    inventory.open_items |= found | {
        OpenItem(Kind.CONTRADICTION, UNUSED, said, CORRECT_ROW)
        for said in inputs.contradictions
        if said not in of_streams
    }
    for enterprise, mine in own_items(site, found, (), ()).items():
        known = inventory.own_items.get(enterprise, ())
        inventory.own_items = {**inventory.own_items, enterprise: sorted({*known, *mine})}
