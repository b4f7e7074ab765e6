"""Every sentence that carbon accounting may show has a Chinese counterpart.

The sentences are those of the source: texts with words between quotes in the modules that tell
(docstrings, exceptions and queries apart). A module is told or is not; a new one must be named.
"""

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from services import carbon_accounting
from services.energy.sayings.chinese import ALL, in_chinese

ROOT = Path(carbon_accounting.__file__).parent
SENTENCE = re.compile(r"[a-z]{2,},? \S*[a-z({]")
TOLD = (
    *("domain/activities/basis.py", "domain/activities/boundary.py"),
    *("domain/activities/carbon_balance.py", "domain/activities/combustion.py"),
    "domain/activities/fugitive.py",
    *("domain/certificates/quality.py", "domain/inventory/claim_quality.py"),
    *("domain/activities/uncovered.py", "domain/auditing/comprehensive.py"),
    *("domain/costing/costs.py", "domain/costing/own_items.py", "domain/costing/statement.py"),
    *("domain/factoring/factor.py", "domain/factoring/fuel.py", "domain/factoring/store.py"),
    *("domain/indicators/by_output.py", "domain/indicators/showing.py"),
    "domain/indicators/partial.py",
    *("domain/indicators/targets.py", "domain/indicators/values.py"),
    *("domain/inventory/clipping.py", "domain/inventory/electricity.py"),
    *("domain/inventory/energy_use.py", "domain/inventory/exchanging.py"),
    "domain/inventory/odd_numbers.py",
    *("domain/inventory/own_items.py", "domain/inventory/product_words.py"),
    *("domain/inventory/incompleteness.py",),
    *("domain/inventory/streams.py", "domain/inventory/unknowns.py"),
    "domain/inventory/uncounted_energy.py",
    *("domain/live/balances.py", "domain/live/reasons.py", "domain/words.py"),
    *("live/booked_stretch.py", "live/bookkeeping.py", "live/changed_inputs.py"),
    "live/open_quarters.py",
    *("live/suspending.py", "domain/live/suspended.py", "live/joined_items.py"),
    *("live/comparing.py", "live/covering.py", "live/months.py", "live/indicators.py"),
    *("live/periods.py", "domain/auditing/balances.py", "domain/auditing/grades.py"),
    *("live/report_books.py", "live/restated_lines.py", "rpc/periods.py", "queries.py"),
    *("rpc/audit.py", "rpc/audit_messages.py", "rpc/costs.py", "rpc/resources.py"),
    *("book/comparing_reasons.py", "domain/indicator.py", "summary.py"),
)
NOT_TOLD = {
    "its own words are in both languages": (
        *("domain/reporting/", "reports/", "book/report_lines.py", "book/report_trail.py"),
        *("book/report_indicators.py", "live/foreseeing.py", "live/pages.py"),
        *("domain/inventory/rest_of_year.py", "indicator_listing.py"),
    ),
    "the command tells it to whoever books files": (
        *("book/", "__main__.py", "verify.py", "saved_files.py"),
    ),
    "an operator's client calls it, no page": (
        *("rpc/", "input_files/", "certificates/", "answering.py", "messages.py"),
        *("indicators_assembly.py", "live/certificate_desk.py", "live/definitions.py"),
        "live/drafts.py",
        *("live/factor_trial.py", "live/local_days.py", "live/production.py"),
        *("domain/certificates/", "domain/local_month.py"),
        *("domain/inventory/facilities.py", "domain/inventory/gec_months.py"),
        *("domain/inventory/contract_settling.py", "domain/inventory/contract_sources.py"),
        *("domain/matching/", "domain/units.py", "domain/ledgers.py", "domain/resources/"),
        "domain/tracing/",
        *("domain/indicators/catalogue.py", "domain/indicators/checking.py"),
        *("domain/indicators/editions.py", "domain/indicators/expressions.py"),
        *("domain/indicators/identities.py", "domain/indicators/meanings.py"),
        *("domain/indicators/stated.py", "domain/indicators/vocabulary.py"),
    ),
    "how a number was made, which entries keep as a formula": (
        *("domain/activities/capture.py", "domain/activities/coal_equivalent.py"),
        "domain/activities/heat.py",
    ),
    "names of tasks, settings, queries": (
        *("assembly.py", "settings.py", "stream.py", "live/reading.py", "live/chain_checks.py"),
        "live/period_checks.py",
        *("live/coverage.py", "live/factor_desk.py", "live/matcher.py", "live/statements.py"),
        *(
            "live/totals.py",
            "live/restatements.py",
            "domain/live/links.py",
            "domain/live/postings.py",
        ),
        *("domain/inventory/open_items.py", "domain/inventory/certifying.py"),
        "domain/inventory/resource_streams.py",
    ),
}
NEVER_SHOWN = {
    "what a ledger does not count is told nowhere": (
        *("{} does not count {} of {} (boundary_of){}", "emits nothing"),
        "; mobile machinery: not read in the annexes (M)",
    ),
    "how a number was made": ("net heat metered", "measured ncv of {}"),
    "verdicts, which the pages and reports word themselves": (
        *("depends on how the rule is read", "no target", "no value", "does not apply"),
        "not wholly known",
    ),
    "what stands before another sentence": ("its energy",),
    "a source that the park file names": ("the park file, which names no standard",),
    "what kinds of flow leave a node, which the answers add up": (
        *("conversion loss", "transport loss", "passed on"),
    ),
    "names of tasks and of the program": (
        *("month added up", "add up months", "parkflow {}", "{} to {}"),
    ),
    "what no page can send": (
        *("take restatement_id from ListPendingRestatements", "{} is no id; {}"),
        *("{} is no month like 2026-11", "publish a new version to show it again"),
        "{} is retired from {} on already; {}",
        "{} exists already and never changes; write {}",
        "{} lies before the first month {}",
        "more than {} months are asked for; ask for less",
    ),
    "of a rule that is in both languages": (
        " Below 200,000 tce a year no national target was found: needs confirmation.",
        " The park's size is not stated, so the target needs confirmation; shown is 0.2.",
    ),
}
METHODS = re.compile(r" x | as certified")
"""How a number was made, as entries keep it: a formula."""


def modules() -> Iterator[str]:
    for file in sorted(ROOT.rglob("*.py")):
        yield file.relative_to(ROOT).as_posix()


def sentences(module: str) -> Iterator[str]:
    """Yield the texts of a module, holes as `{}`; not docstrings, queries or exceptions."""
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    silent = {id(node) for part in _silent(tree) for node in ast.walk(part)}
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.JoinedStr):
            silent |= {id(part) for part in ast.walk(node)}
            yield from _if_sentence(_template(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _if_sentence(node.value)


def _silent(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node
        if isinstance(node, ast.Raise) and "Unbooked" not in ast.unparse(node):
            yield node


def _template(node: ast.JoinedStr) -> str:
    return "".join(
        part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "{}"
        for part in node.values
    )


def _if_sentence(text: str) -> Iterator[str]:
    if SENTENCE.search(text) and "SELECT" not in text and not METHODS.search(text):
        yield re.sub(r"\{\w*\}", "{}", text)


def is_told(module: str) -> bool:
    return module in TOLD or any(
        module.startswith(start) for some in NOT_TOLD.values() for start in some
    )


def in_chinese_throughout(sentence: str) -> bool:
    """Whether nothing is left of its English words."""
    return not re.search(r"[a-z]{3,} [a-z]{2,}", in_chinese(sentence.replace("{}", "7")))


ENGLISH = "\n".join(re.sub(r"\{\w+(?::\w+)?\}", "{}", one.en) for one in ALL)


def is_part_of_sayings(sentence: str) -> bool:
    """Whether what stands between its holes stands in English sentences that are known."""
    parts = (part.strip(" ;:-") for part in re.split(r"\{\}|; |: ", sentence))
    return all(part in ENGLISH for part in parts if part)


def test_every_module_with_sentences_tells_them_or_is_known_not_to() -> None:
    unknown = [one for one in modules() if not is_told(one) and any(sentences(one))]

    assert unknown == []


@pytest.mark.parametrize("module", TOLD)
def test_every_sentence_that_is_told_has_a_chinese_counterpart(module: str) -> None:
    hidden = {one for some in NEVER_SHOWN.values() for one in some}
    told = [one for one in sentences(module) if one not in hidden]

    assert [
        one for one in told if not in_chinese_throughout(one) and not is_part_of_sayings(one)
    ] == []


def test_a_new_reason_without_a_counterpart_is_found() -> None:
    assert not in_chinese_throughout("{} was struck by lightning {} times")
    assert not is_part_of_sayings("{} was struck by lightning {} times")
    assert is_part_of_sayings(" ({} {} set aside)")


def test_every_doubt_and_source_of_the_factor_files_has_a_chinese_counterpart() -> None:
    doubts = set()
    for file in (ROOT / "factors").glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                doubts |= {row["unverified_because"], row["source"]}

    assert len(doubts) > 25
    assert [one for one in doubts if not in_chinese_throughout(one)] == []


def test_every_doubt_and_source_of_the_indicator_files_has_a_chinese_counterpart() -> None:
    said = [text for file in (ROOT / "indicators").glob("*.yaml") for text in _doubts(file)]

    assert len(said) > 50
    assert [one for one in said if not in_chinese_throughout(one)] == []


def _doubts(file: Path) -> Iterator[str]:
    waiting = [yaml.safe_load(file.read_text(encoding="utf-8"))]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield from (
                one[key] for key in ("confirm", "unverified_because", "source") if one.get(key)
            )
        waiting += (
            list(one.values()) if isinstance(one, dict) else one if isinstance(one, list) else []
        )
