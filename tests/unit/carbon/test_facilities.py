"""What is wrong with facilities registered for GEC, beside what their file or request says."""

from dataclasses import replace

from services.carbon_accounting.domain.certificates.gec import Plant, Technology, Use
from services.carbon_accounting.domain.certificates.issuing import Facility
from services.carbon_accounting.domain.inventory.facilities import odd_facilities
from services.carbon_accounting.domain.inventory.gec_months import Registered
from services.carbon_accounting.domain.inventory.site import Meter, Role, Site
from tests.support.live_carbon import GRID, STEEL, a_site

PARK = a_site("two")
EXPORTING = replace(PARK, meters=(*PARK.meters, Meter("grid.out", Role.EXPORT, "Wh")))


def wind(device: str = "wind", use: Use = Use.ON_GRID, off_take: str | None = None) -> Registered:
    plant = Plant(Technology.WIND)
    return Registered(Facility(device, plant, use, "CN", "steel", 0), off_take=off_take)


def odd(*registered: Registered, site: Site = EXPORTING) -> list[tuple[int, str]]:
    return [(one.number, one.field) for one in odd_facilities(site, registered)]


def test_what_went_to_the_grid_and_what_did_not_are_two_facilities() -> None:
    assert odd(wind(), wind(use=Use.SELF_USE)) == []


def test_two_uses_beside_the_grid_are_the_same_power_twice() -> None:
    assert odd(wind(use=Use.SELF_USE), wind(use=Use.HYDROGEN)) == [(1, "device")]


def test_a_device_and_its_point_are_the_same_power() -> None:
    assert odd(wind("wind"), wind("wind.made")) == [(1, "device")]


def test_what_the_grid_gave_or_took_is_no_facility() -> None:
    assert odd(wind(GRID), wind("grid.out")) == [(0, "device"), (1, "device")]


def test_without_an_export_meter_nothing_is_known_to_be_on_grid() -> None:
    assert odd(wind(), site=PARK) == [(0, "use")]
    assert odd(wind(use=Use.SELF_USE), site=PARK) == []


def test_an_off_take_is_what_a_meter_counts_as_taken_and_of_one_plant() -> None:
    assert odd(wind(off_take=GRID)) == []
    assert odd(wind(off_take=STEEL), wind("wind.made", off_take=STEEL)) == [
        (1, "off_take"),
        (1, "device"),
    ]
    assert odd(wind(off_take="grid.out")) == [(0, "off_take")]


def test_an_off_take_is_taken_off_the_export_alone_and_said_of_all_uses() -> None:
    assert odd(wind(use=Use.SELF_USE, off_take=GRID)) == [(0, "off_take")]
    assert odd(wind(off_take=GRID), wind(use=Use.SELF_USE)) == [(1, "off_take")]
