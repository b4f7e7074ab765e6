"""What validation finds: `python -m tests.bench.vee_faults [--write]`.

Labelled faults in the demo park's streams, the defects the recordings are known to have, and the
doubts of sound data. `--write` renews the tables in docs/validation.md; a test keeps them honest.
"""

import argparse
import re
import sys
from collections import Counter
from pathlib import Path

from services.energy.readings import Doubt
from services.validation.domain.point_rules import HOUR_S
from services.validation.domain.rules import rules_of
from tests.support.builders import a_park
from tests.support.fault_score import all_scores, as_table
from tests.support.raw_defects import known_defects, sound_mask
from tests.support.recorded_streams import recorded_streams, simulated_streams
from tests.support.sound_run import SoundRun

PAGE = Path(__file__).parents[2] / "docs" / "validation.md"


def tables() -> dict[str, str]:
    """Return every table of the page by its name."""
    year = SoundRun(recorded_streams(), every=15)
    days = SoundRun(simulated_streams(4), every=1)
    return {
        "defaults": defaults_table(),
        "faults": as_table(all_scores()),
        "defects": defects_table(year),
        "sound": sound_table(year, days),
    }


def defects_table(year: SoundRun) -> str:
    """Return the known defects of the recordings as Markdown."""
    rows = ["| defect | quarters | found | by |", "|---|--:|--:|---|"]
    rows += [f"| {d.what} | {d.quarters} | {d.found} | {d.how} |" for d in known_defects(year)]
    return "\n".join(rows)


def sound_table(year: SoundRun, days: SoundRun) -> str:
    """Return the doubts of sound readings as Markdown."""
    rows = ["| data | sound readings | doubt | readings | share |", "|---|--:|---|--:|--:|"]
    sound = sound_mask(year)
    rows += _sound_rows("recorded year, every 15 min", int(sound.sum()), year.counts(sound))
    rows += _sound_rows("four simulated days, every minute", days.readings(), days.counts())
    return "\n".join(rows)


def _sound_rows(name: str, total: int, counts: Counter[Doubt]) -> list[str]:
    if not counts:
        return [f"| {name} | {total:,} | none | 0 | 0 % |"]
    return [
        f"| {name} | {total:,} | {doubt.name} | {count} | {100 * count / total:.4f} % |"
        for doubt, count in sorted(counts.items())
    ]


def defaults_table() -> str:
    """Return the default thresholds of the demo park's points, one row a kind and quantity."""
    rows = [
        "| point | range | at once | per min | spike | dropout | unit slip | sign slip | stuck |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    shown: set[tuple[str, str]] = set()
    for point, rules in zip(a_park().points, rules_of(a_park()).of_point, strict=True):
        kind = a_park().device(point.device_id).kind
        if (kind, point.quantity) in shown:
            continue
        shown.add((kind, point.quantity))
        numbers = [
            rules.step_at_once,
            rules.step_per_s * 60.0,
            rules.spike_above,
            rules.dropout_above,
            rules.unit_slip_above,
            rules.sign_slip_above,
        ]
        columns = [_number(number) for number in numbers]
        stuck = _number(rules.stuck_after_s / HOUR_S)
        columns[1] = columns[1] if columns[0] != "–" else "–"
        name = f"{point.id}" if kind != "charger" else "a charger's " + point.quantity.value
        rows.append(
            f"| {name} | {_number(rules.minimum)} … {_number(rules.maximum)} "
            f"| {' | '.join(columns)} | {stuck}{' h' if stuck != '–' else ''} |"
        )
    return "\n".join(rows)


def _number(number: float) -> str:
    if number == float("inf"):
        return "–"
    return f"{number:,.4g}" if abs(number) < 10_000 else f"{number:,.0f}"


def renewed(page: str, made: dict[str, str]) -> str:
    """Return the page with each table between its marks replaced."""
    for name, table in made.items():
        marks = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.S)
        page, count = marks.subn(rf"\g<1>{table}\n\g<2>", page)
        if count != 1:
            raise ValueError(f"{PAGE} has {count} places marked <!-- {name} -->; it needs one")
    return page


def main() -> int:
    """Print the tables, or write them into the page."""
    parser = argparse.ArgumentParser(description="What validation finds in faulty and sound data.")
    parser.add_argument("--write", action="store_true", help="renew docs/validation.md")
    made = tables()
    if parser.parse_args().write:
        PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), made), encoding="utf-8")
    sys.stdout.write("\n\n".join(made.values()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
