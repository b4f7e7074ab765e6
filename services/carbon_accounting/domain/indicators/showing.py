"""An indicator of a period: value, readings of open rules, target, verdict, what is missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from services.carbon_accounting.domain.indicators.definitions import SIZE_UNIT, Definition, Side
from services.carbon_accounting.domain.indicators.editions import (
    INDICATOR,
    TARGET,
    Edition,
    Ready,
)
from services.carbon_accounting.domain.indicators.evaluating import value_of
from services.carbon_accounting.domain.indicators.meanings import base_of
from services.carbon_accounting.domain.indicators.partial import tells_part
from services.carbon_accounting.domain.indicators.snapshots import Period, Snapshot, values_of
from services.carbon_accounting.domain.indicators.targets import Aim, Aimed
from services.carbon_accounting.domain.indicators.values import Absent, Known, Missing, Value
from services.carbon_accounting.domain.indicators.vocabulary import Vocabulary


class Verdict(StrEnum):
    """Whether the target is reached."""

    MET = "met"
    MISSED = "missed"
    OPEN = "depends on how the rule is read"
    INCOMPLETE = "not wholly known"
    NO_TARGET = "no target"
    ABSENT = "no value"
    EXPLAINED = "does not apply"


@dataclass(frozen=True, slots=True)
class Shown:
    """An indicator as it is shown; values are in the definition's unit.

    `confirm` are facts to be confirmed before the verdict counts; `unverified` says why the number
    must be shown as unverified (rules H.6), () when nothing in it is.
    """

    definition: Definition
    period: Period
    value: Value
    readings: Mapping[Side, Value]
    aim: Aim
    verdict: Verdict
    confirm: tuple[str, ...]
    unverified: tuple[str, ...]
    explanation: str = ""

    @property
    def is_usual(self) -> bool:
        """Whether the indicator is meant for periods of this kind."""
        return self.period.kind in self.definition.periods

    @property
    def missing(self) -> tuple[str, ...]:
        """The inputs that are missing for the value or one of its readings."""
        values = (self.value, *self.readings.values())
        gone = [name for value in values if isinstance(value, Absent) for name in value.missing]
        return tuple(dict.fromkeys(gone))


def shown(
    edition: Edition, snapshot: Snapshot, explained: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Shown]:
    """Return every indicator of an edition for one period, by id.

    `explained` says, by id, why an indicator does not apply to the park; it keeps its value.
    """
    values = values_of(snapshot, edition.vocabulary)
    doubts = {**_doubts(edition.vocabulary), **snapshot.doubts}
    found = {}
    for ready in edition.indicators:
        one = _shown(ready, snapshot.period, values, doubts)
        found[one.definition.id] = _explained(one, explained.get(one.definition.id, ""))
        doubts[INDICATOR + ready.definition.id] = one.unverified
        doubts[TARGET + ready.definition.id] = _target_doubt(ready.definition, one.aim)
    return found


def explained_in(edition: Edition, explained: Mapping[str, str]) -> dict[str, str]:
    """Return those explanations that an edition has room for: the others count for nothing."""
    may = {one.definition.id for one in edition.indicators if one.definition.may_not_apply}
    return {name: why for name, why in explained.items() if name in may}


def _explained(one: Shown, why: str) -> Shown:
    """Return an indicator that does not apply; ValueError where the rules allow no explaining."""
    if not why:
        return one
    if not one.definition.may_not_apply:
        raise ValueError(f"{one.definition.id} applies to every park; take {why!r} back")
    return replace(one, verdict=Verdict.EXPLAINED, explanation=why)


def _shown(
    ready: Ready,
    period: Period,
    values: dict[str, Value],
    doubts: Mapping[str, tuple[str, ...]],
) -> Shown:
    """Return one indicator and put its value and target among the values for those after it."""
    definition = ready.definition
    base = base_of(definition.unit)
    results = {key: value_of(one.tree, one.text, values) for key, one in ready.formulas.items()}
    aim = definition.targets.aim(period.shown_on.year, _size(definition, values))
    values[INDICATOR + definition.id] = results["formula"]
    values[TARGET + definition.id] = _limit(definition, aim)
    scaled = {key: _scaled(result, 1 / base) for key, result in results.items()}
    unverified = _unverified(ready, aim, doubts)
    return Shown(
        definition=definition,
        period=period,
        value=scaled["formula"],
        readings={one.side: scaled[one.side] for one in definition.readings},
        aim=aim,
        verdict=_of_what_is_known(_verdict(definition, aim, scaled), unverified),
        confirm=aim.confirm if isinstance(aim, Aimed) else (),
        unverified=unverified,
    )


def _verdict(definition: Definition, aim: Aim, values: Mapping[str, Value]) -> Verdict:
    """Return the verdict of the careful reading; open where another reading might decide else.

    The formula itself is the careful one unless a reading is said to be conservative.
    """
    if isinstance(values["formula"], Absent):
        return Verdict.ABSENT
    if not isinstance(aim, Aimed):
        return Verdict.NO_TARGET
    met = {key: _is_met(definition, aim, value) for key, value in values.items()}
    if met.get(Side.CONSERVATIVE, met["formula"]):
        return Verdict.MET
    return Verdict.MISSED if set(met.values()) == {False} else Verdict.OPEN


def _of_what_is_known(verdict: Verdict, doubts: Iterable[str]) -> Verdict:
    """Return the verdict; what is known in part alone reaches no target."""
    is_part = verdict is Verdict.MET and any(tells_part(doubt) for doubt in doubts)
    return Verdict.INCOMPLETE if is_part else verdict


def _is_met(definition: Definition, aim: Aimed, value: Value) -> bool | None:
    if isinstance(value, Absent):
        return None
    return definition.targets.is_met(value.value, aim.target)


def _size(definition: Definition, values: Mapping[str, Value]) -> Value:
    """Return the park's size in the unit its target classes are written in: tce."""
    name = definition.targets.size_input
    if name is None:
        return Absent(())
    return _scaled(values.get(name, Absent((Missing(name),))), 1 / base_of(SIZE_UNIT))


def _limit(definition: Definition, aim: Aim) -> Value:
    """Return the limit that holds, in base units."""
    if isinstance(aim, Aimed):
        return Known(aim.target.limit * base_of(definition.unit))
    return Absent((Missing(TARGET + definition.id),))


def _scaled(value: Value, factor: Fraction) -> Value:
    return Known(value.value * factor) if isinstance(value, Known) else value


def _doubts(vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    return {
        name: (f"{name} is flagged {constant.trust}",) if constant.is_unverified else ()
        for name, constant in vocabulary.constants.items()
    }


def _unverified(ready: Ready, aim: Aim, doubts: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    definition = ready.definition
    own = [f"{definition.id} is flagged {definition.trust}"] if definition.is_unverified else []
    if definition.unverified_because:
        own = [definition.unverified_because]
    of_inputs = [doubt for name in ready.names for doubt in doubts.get(name, ())]
    return tuple(dict.fromkeys((*own, *_target_doubt(definition, aim), *of_inputs)))


def _target_doubt(definition: Definition, aim: Aim) -> tuple[str, ...]:
    """Return why the limit of an indicator is no settled fact."""
    if not isinstance(aim, Aimed):
        return ()
    flag = (f"is flagged {aim.target.trust}",) if aim.target.is_unverified else ()
    return tuple(f"the target of {definition.id}: {why}" for why in (*flag, *aim.confirm))
