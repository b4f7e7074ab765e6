"""What to buy, from files: the documented example, and offers that cannot be used."""

import re
from pathlib import Path

import pytest

from services.carbon_accounting.book.propose_command import main

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "docs/examples/carbon/valley"
TEXT = (ROOT / "docs/carbon-certificates.md").read_text("utf-8")
PARK = """
park: {id: mill, name: {en: Mill, zh: 工厂}, time_zone: Asia/Shanghai, currency: CNY}
tenants: [{id: a, name: {en: A, zh: 甲}}]
accounting:
  interval: 1h
  meters:
    - {id: grid, role: grid_import}
    - {id: load, role: consumption, enterprise: a}
"""
READINGS = "time,grid,load\n2023-03-01T00:00,1000,1000\n2023-03-01T01:00,3000,3000\n"
FLAT = "name,technology,price_per_mwh,max_mwh\nhydro,hydro,20,9\n"


def proposed(folder: Path, offers: str, *more: str, profiles: str = "") -> int:
    """Run the command for a park that takes 1 MWh in the first hour and 3 in the second."""
    files = {"park.yaml": PARK, "readings.csv": READINGS, "offers.csv": offers}
    files |= {"profiles.csv": profiles} if profiles else {}
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    named = [word for name in files for word in (f"--{name.split('.')[0]}", str(folder / name))]
    return main([*named, *more])


def test_the_documented_example_says_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("park.yaml", *(f"{n}.csv" for n in ("readings", "certificates", "offers", "profiles")))
    arguments = [w for n in names for w in (f"--{n.split('.')[0]}", str(EXAMPLE / n))]

    assert main([*arguments, "--target", "0.5"]) == 0

    assert f"```text\n{capsys.readouterr().out}```" in TEXT
    assert re.search(r"--profiles profiles.csv --target 0.5\n", TEXT)


def test_three_of_four_mwh_flat_cover_five_eighths(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "buy.csv"

    assert proposed(tmp_path, FLAT, "--target", "0.625", "--out", str(out)) == 0

    assert out.read_text("utf-8") == "name,technology,mwh,cost\nhydro,hydro,3,60\n"  # 1 + 1.5 of 4
    assert "hourly score 0.00 % now, 62.50 % wanted" in capsys.readouterr().out


def test_an_offer_by_profile_is_delivered_in_its_hours_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    offers = "name,technology,price_per_mwh,max_mwh,profile\nsun,pv,20,9,noon\n"
    noon = "time,noon\n2023-03-01T01:15,5\n2023-03-01T01:45,5\n2024-01-01T00:00,7\n"

    assert proposed(tmp_path, offers, "--target", "0.75", profiles=noon) == 0
    assert "reaches 75.00 % for 60.00" in capsys.readouterr().out

    assert proposed(tmp_path, offers, "--target", "0.8", profiles=noon) == 1
    assert "with all offers the score is 0.7500" in capsys.readouterr().out


def test_every_mistake_of_the_files_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    offers = (
        "name,technology,price_per_mwh,max_mwh,profile\n"
        "sun,pv,-1,9,\n,pv,1,1.5,\nwind,wind,1,9,gusts\nwind,wind,1\nwind,wind,1,9,\n"
    )

    assert proposed(tmp_path, offers, "--enterprise", "b", "--target", "0.5") == 2

    told = capsys.readouterr().err.splitlines()[:-1]
    assert [" ".join(line.split(" ", 2)[:2]) for line in told] == [
        "--enterprise b",
        *("offers.csv:2: price_per_mwh", "offers.csv:3: max_mwh", "offers.csv:3: name"),
        *("offers.csv:4: profile", "offers.csv:5: line", "offers.csv:6: name"),
    ]


def test_a_purchase_is_not_written_over_the_offers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "offers.csv"

    assert proposed(tmp_path, FLAT, "--target", "0.625", "--out", str(out)) == 2

    assert "would overwrite offers.csv of --offers" in capsys.readouterr().err
    assert out.read_text("utf-8") == FLAT
