"""docs/carbon.md: its example runs as shown, and no key, column or kind is left out of it."""

import csv
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from services.carbon_accounting.book.command import main as book
from services.carbon_accounting.book.comparing import LINES
from services.carbon_accounting.book.comparing_command import main as compare
from services.carbon_accounting.book.site_file import BadSite
from services.carbon_accounting.domain.inventory.open_items import Kind
from services.carbon_accounting.domain.ledgers import Ledger
from tests.unit.carbon.book.files import PARK, a_site

ROOT = Path(__file__).parents[4]
TEXT = (ROOT / "docs/carbon.md").read_text("utf-8")
EXAMPLE = ROOT / "docs/examples/carbon/valley"
PROSE = re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL)
WORDS = {word for code in re.findall(r"`([^`]+)`", PROSE) for word in re.split(r"[\s,:]+", code)}
NOT_A_KEY = "qqqqqqqqqqqq"
EMPTY = f"""
accounting:
  {NOT_A_KEY}: 1
  meters:
    - {{{NOT_A_KEY}: 1}}
    - {{id: f, role: flow, {NOT_A_KEY}: 1}}
    - {{id: g, role: generation, {NOT_A_KEY}: 1}}
    - {{id: c, role: charge, {NOT_A_KEY}: 1}}
  stores: [{{{NOT_A_KEY}: 1}}]
  streams: [{{{NOT_A_KEY}: 1}}]
  gas_balances: [{{{NOT_A_KEY}: 1}}]
  keys: [{{{NOT_A_KEY}: 1}}]
  products: [{{{NOT_A_KEY}: 1}}]
  connections: [{{{NOT_A_KEY}: 1}}]
  paths: [{{{NOT_A_KEY}: 1}}]
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's books, as the first command of the page makes them."""
    folder = tmp_path_factory.mktemp("valley")
    assert booked(EXAMPLE / "readings.csv", folder / "valley") == 0
    return folder / "valley"


def booked(readings: Path, out: Path) -> int:
    files = {
        "park": EXAMPLE / "park.yaml",
        "readings": readings,
        "certificates": EXAMPLE / "certificates.csv",
        "production": EXAMPLE / "production.csv",
        "out": out,
    }
    return book([word for name, path in files.items() for word in (f"--{name}", str(path))])


def test_the_first_command_says_what_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "--park park.yaml --readings readings.csv" in blocks("sh")[0]

    booked(EXAMPLE / "readings.csv", tmp_path / "books")

    said = capsys.readouterr().out.splitlines()
    shown = blocks("text")[0].splitlines()
    assert [line for line in shown if line not in said] == []


def test_the_difference_of_a_late_reading_is_the_one_shown(
    books: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late = tmp_path / "late.csv"
    quarters = "".join(f"2023-04-01T22:{q},rooms,8,estimated\n" for q in ("00", "15", "30", "45"))
    late.write_text((EXAMPLE / "readings.csv").read_text("utf-8") + quarters, "utf-8")
    booked(late, tmp_path / "late")
    capsys.readouterr()

    assert compare([str(books), str(tmp_path / "late")]) == 1

    said = capsys.readouterr().out.splitlines()
    assert [line for line in blocks("text")[1].splitlines() if line not in said] == []


def test_the_shell_commands_of_the_chain_give_its_links(books: Path) -> None:
    if shutil.which("sha256sum") is None:
        pytest.skip("no sha256sum here")
    script = next(block for block in blocks("sh") if "sha256sum" in block)

    told = subprocess.run(["bash", "-c", script], cwd=books, capture_output=True, check=True)

    with (books / "chain.csv").open(encoding="utf-8") as file:
        links = [row for row in csv.DictReader(file) if row["ledger"] == "market_based"]
    assert told.stdout.decode().split() == [x for row in links for x in (row["file"], row["link"])]


def test_every_key_of_the_park_file_is_documented(tmp_path: Path) -> None:
    with pytest.raises(BadSite) as refused:
        a_site(tmp_path, EMPTY, PARK)

    told = [m for m in refused.value.mistakes if f"key ('{NOT_A_KEY}')" in m.what]
    keys = {key for m in told for key in m.cure.removeprefix("write one of ").split(", ")}
    assert len(told) == 12
    assert {"round_trip_efficiency", "to", "store", "kind", "ledgers"} <= keys
    assert keys - WORDS == set()


def test_every_file_column_kind_and_ledger_is_documented(books: Path) -> None:
    columns = set(LINES)
    for path in books.rglob("*.csv"):
        with path.open(encoding="utf-8") as file:
            columns |= set(next(csv.reader(file)))
        assert path.name in WORDS or path.parent.parent.name == "entries"

    assert columns - WORDS == set()
    assert {str(kind) for kind in Kind} - WORDS == set()
    assert {ledger.key for ledger in Ledger} - WORDS == set()


def test_the_exchange_of_the_example_saves_what_is_shown(books: Path) -> None:
    with (books / "exchanges.csv").open(encoding="utf-8") as file:
        (proposed,) = [row for row in csv.DictReader(file) if row["finding"] == "proposed"]

    assert (proposed["source"], proposed["demand"]) == ("flue", "dye_bath")
    assert f"saves {float(proposed['saving_per_year']):,.2f} CNY a year" in TEXT


def test_the_readings_of_the_example_are_those_its_script_makes(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE / "make_readings.py", tmp_path)

    subprocess.run([sys.executable, str(tmp_path / "make_readings.py")], check=True)

    assert (tmp_path / "readings.csv").read_bytes() == (EXAMPLE / "readings.csv").read_bytes()
    assert sum(path.stat().st_size for path in EXAMPLE.iterdir()) < 300_000


def test_each_line_of_the_flows_stands_on_one_side(books: Path) -> None:
    came_in = {"supply", "beyond-store", "became-unknown"}
    sums: dict[tuple[str, str], int] = {}
    with (books / "electricity_by_origin.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = (row["month"], row["origin"] + row["source"])
            wh = int(row["energy_wh"])
            sums[key] = sums.get(key, 0) + (wh if row["way"] in came_in else -wh)

    assert sums
    assert set(sums.values()) == {0}
    assert json.loads((books / "manifest.json").read_text("utf-8"))["park"] == "valley"
