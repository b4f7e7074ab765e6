"""Electricity by origin closes to the Wh, also where a node is not traced or a store gave more."""

from pathlib import Path
from textwrap import dedent

from services.carbon_accounting.domain.factoring.store import FactorStore
from services.carbon_accounting.domain.inventory.booking import Booking
from services.carbon_accounting.domain.inventory.flows import Flows, Way
from services.carbon_accounting.domain.inventory.rules import Rules
from tests.unit.carbon.book.files import a_site, readings


def flows_of(folder: Path, accounting: str, text: str) -> Flows:
    site = a_site(folder, dedent(accounting))
    rules = Rules(FactorStore(()), "CN", site.time_zone)
    booking = Booking(site, readings(folder, site, text), rules, ())
    assert [*booking.months()] == []  # no ledger, no entries
    return booking.inventory.flows


def test_what_flows_to_a_node_that_is_not_traced_is_told(tmp_path: Path) -> None:
    flows = flows_of(
        tmp_path,
        """
        accounting:
          nodes: [main, roof]
          meters:
            - {id: grid, role: grid_import}
            - {id: up, role: flow, to: roof}
            - {id: rooms, role: consumption, node: roof}
        """,
        """
        time,grid,up,rooms
        2024-01-01T00:00:00Z,5,5,5
        2024-01-01T00:15:00Z,7,7,
        """,
    )

    assert [*flows.of(Way.USE).values()] == [5_000]
    assert [*flows.of(Way.NOT_TRACED).values()] == [7_000]
    assert [*flows.differences()] == []


def test_what_a_store_gave_beyond_its_content_comes_in_as_unknown(tmp_path: Path) -> None:
    flows = flows_of(
        tmp_path,
        """
        accounting:
          meters:
            - {id: grid, role: grid_import}
            - {id: in, role: charge, store: battery}
            - {id: out, role: discharge, store: battery}
            - {id: load, role: consumption}
          stores: [{id: battery, round_trip_efficiency: 1}]
        """,
        """
        time,grid,in,out,load
        2024-01-01T00:00:00Z,10,4,0,6
        2024-01-01T00:15:00Z,0,0,9,9
        2024-01-01T00:30:00Z,3,3,,0
        """,
    )

    beyond = flows.of(Way.BEYOND)
    assert {origin.kind: wh for origin, wh in beyond.items()} == {"unknown": 5_000}
    assert [*flows.differences()] == []
