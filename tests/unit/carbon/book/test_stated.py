"""`--stated`: published numbers are held against themselves, told, and never repaired (rules G)."""

import re
from pathlib import Path

from services.energy.sayings.chinese import in_chinese
from tests.support.booking import Booked, run
from tests.unit.carbon.book.books import PARK, quarters

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "docs/examples/carbon/stated.csv"
BLOCKS = re.findall(r"```csv\n(.*?)```", (ROOT / "docs/carbon.md").read_text("utf-8"), re.DOTALL)
HEADER = "statement,check,role,name,value,source\n"


def with_stated(folder: Path, stated: str | Path) -> Booked:
    return run(folder, PARK, quarters(), stated=stated)


def test_the_example_is_the_one_shown_and_gives_the_table_shown(tmp_path: Path) -> None:
    given, made = (one for one in BLOCKS if one.startswith("statement,"))
    assert EXAMPLE.read_text("utf-8") == given

    booked = with_stated(tmp_path, EXAMPLE)

    assert booked.code == 0, booked.refused
    assert (booked.folder / "stated.csv").read_text("utf-8") == made


def test_each_contradiction_is_an_open_item_in_both_languages(tmp_path: Path) -> None:
    items = [
        row
        for row in with_stated(tmp_path, EXAMPLE).rows("open_items")
        if row["kind"] == "contradiction"
    ]

    assert {row["subject"]: row["what"] for row in items} == {
        "report 2023": "states 90, what it is made of comes to 97; steam left out of the total",
        "footprint of castings": "states 4.78, what it is made of comes to 5.5; 'including' and "
        "'excluding' look swapped",
        "reused water": "states 0.9, what it is made of comes to 0.4736842105; its denominator "
        "looks like intake",
    }
    for row in items:
        assert not re.search("[a-z]+ (of|and|looks|left) [a-z]", in_chinese(row["what"]))
        assert not re.search("[a-z]{3}", in_chinese(row["cure"]))


def test_nothing_that_was_stated_is_booked(tmp_path: Path) -> None:
    without, beside = run(tmp_path / "0", PARK, quarters()), with_stated(tmp_path / "1", EXAMPLE)

    assert (without.folder / "chain.csv").read_bytes() == (beside.folder / "chain.csv").read_bytes()
    assert not (without.folder / "stated.csv").exists()


def test_a_part_that_was_not_stated_is_no_zero(tmp_path: Path) -> None:
    stated = HEADER + "r,total,total,,60,a report\nr,total,part,gas,60,\nr,total,part,power,,\n"

    booked = with_stated(tmp_path, stated)

    (row,) = booked.rows("stated")
    assert (row["finding"], row["what"]) == ("incomplete", "not stated is power")
    (item,) = [one for one in booked.rows("open_items") if one["kind"] == "contradiction"]
    assert item["what"] == "cannot be checked, not stated is power"


def test_every_mistake_of_the_file_is_told_with_its_line(tmp_path: Path) -> None:
    stated = HEADER + (
        "a,total,total,,ninety,a report\n"
        "a,total,part,,1,\n"
        "a,pair,part,gas,1,\n"
        "b,sum,total,,1,a report\n"
        "c,ratio,ratio,,0.5,\n"
        "c,ratio,numerator,,,\n"
        "c,ratio,divisor,all,2,\n"
    )

    booked = with_stated(tmp_path, stated)

    assert booked.code == 2
    told = [
        line.removeprefix("stated.csv:").split(" - ")[0] for line in booked.refused.splitlines()
    ]
    assert told == [
        "2: value is 'ninety', no number",
        "3: name is empty",
        "4: check is 'pair', and 'total' above",
        "5: check is 'sum'",
        "6: role 'denominator' stands 0 times in 'c'",
        "6: source is empty",
        "7: value is empty",
        "8: role is 'divisor'",
    ]
