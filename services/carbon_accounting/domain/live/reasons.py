"""Why a quarter is restated, in words: what registers said before and now, which factor changed."""

from collections.abc import Iterable, Mapping, Sequence

from services.carbon_accounting.domain.live.lines import Line
from services.carbon_accounting.domain.words import QUARTER_US, Word
from services.energy.quantities import register_unit

SHOWN = 3


def why(
    before: Mapping[str, Word],
    now: Mapping[str, Word],
    lines: tuple[Iterable[Line], Iterable[Line]],
    otherwise: str,
) -> str:
    """Return the reason for a restatement; `lines`: those that are reversed and those booked.

    `otherwise` is the reason where neither a register nor a factor says something else.
    """
    reasons = [*changed_words(before, now), *changed_factors(*lines)]
    if len(reasons) > SHOWN:
        reasons = [*reasons[:SHOWN], f"and {len(reasons) - SHOWN} more"]
    return "; ".join(reasons) or otherwise


def changed_words(before: Mapping[str, Word], now: Mapping[str, Word]) -> list[str]:
    """Return a reason for each register that says something else, in the order of their ids."""
    return [
        f"{point}: {said(before.get(point))} became {said(now.get(point))}"
        for point in sorted(before.keys() | now.keys())
        if said(before.get(point)) != said(now.get(point))
    ]


def changed_factors(reversed_: Iterable[Line], booked: Iterable[Line]) -> list[str]:
    """Return a reason for each pair of factors that took each other's place on an account."""
    stamps = {line.account: line.stamp.factors for line in reversed_}
    pairs = {(stamps.get(line.account, ""), line.stamp.factors) for line in booked}
    return [
        f"factor {old} became {new}" for old, new in sorted(pairs) if old and new and old != new
    ]


def said(word: Word | None) -> str:
    """Return what a register says of a quarter."""
    if word is None:
        return "nothing"
    if word.known_us == QUARTER_US:
        return word.says
    aside = (
        f" ({word.suspense_wh} {register_unit(word.point_id)} set aside)"
        if word.suspense_wh
        else ""
    )
    return f"unknown{aside}"


def few(names: Sequence[str]) -> str:
    """Return at most three of them and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
