"""Indicators as messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from parkflow.carbon.v1 import indicator_pb2 as wire
from parkflow.type.v1.interval_pb2 import Interval as IntervalMessage
from services.carbon_accounting.domain.indicators.definitions import Definition
from services.carbon_accounting.domain.indicators.identities import (
    Breaks,
    Closes,
    Closing,
    Identity,
    Undecided,
)
from services.carbon_accounting.domain.indicators.projections import Projected
from services.carbon_accounting.domain.indicators.showing import Shown, Verdict
from services.carbon_accounting.domain.indicators.targets import Aimed, Target
from services.carbon_accounting.domain.indicators.values import Known, Missing, Value
from services.carbon_accounting.domain.indicators.vocabulary import Vocabulary
from services.carbon_accounting.live.definitions import Definitions, Key
from services.energy.site import Text
from services.energy.time_grid import Interval

VERDICTS = {
    Verdict.MET: wire.INDICATOR_VERDICT_MET,
    Verdict.MISSED: wire.INDICATOR_VERDICT_MISSED,
    Verdict.OPEN: wire.INDICATOR_VERDICT_OPEN,
    Verdict.INCOMPLETE: wire.INDICATOR_VERDICT_INCOMPLETE,
    Verdict.NO_TARGET: wire.INDICATOR_VERDICT_NO_TARGET,
    Verdict.ABSENT: wire.INDICATOR_VERDICT_NO_VALUE,
    Verdict.EXPLAINED: wire.INDICATOR_VERDICT_DOES_NOT_APPLY,
}


@dataclass(frozen=True, slots=True)
class Among:
    """Which versions there are, by (id, version) as they were written, and which are in force."""

    definitions: Definitions
    written: Mapping[Key, Definition]
    in_force: frozenset[Key]

    @classmethod
    def of(cls, definitions: Definitions, today: date) -> "Among":
        """Return all versions with those in force on a local day."""
        catalogue = definitions.catalogue
        written = {(one.id, one.version): one for one in catalogue.definitions}
        in_force = frozenset((one.id, one.version) for one in catalogue.in_force(today))
        return cls(definitions, written, in_force)


def definition_message(one: Definition, among: Among) -> wire.IndicatorDefinition:
    """Return a version with who published and who retired it."""
    key = (one.id, one.version)
    message = wire.IndicatorDefinition(
        content=draft_message(among.written.get(key, one)), in_force=key in among.in_force
    )
    if (published := among.definitions.published.get(key)) is not None:
        message.published_at.FromDatetime(published.at)
        message.published_by, message.published_because = published.user, published.because
    if (retired := among.definitions.retired.get(key)) is not None:
        message.retired_from = retired.on.isoformat()
        message.retired_by, message.retired_because = retired.user, retired.because
    return message


def draft_message(one: Definition) -> wire.IndicatorDraft:
    """Return what a definition says."""
    return wire.IndicatorDraft(
        id=one.id,
        version=one.version,
        system=one.system,
        name=text_message(one.names),
        unit=one.unit,
        formula=" ".join(one.formula.split()),
        readings=[_reading(one, each.side) for each in one.readings],
        direction=one.targets.direction,
        targets=[target_message(target) for target in one.targets.all],
        size_input=one.targets.size_input or "",
        periods=[str(kind) for kind in one.periods],
        trust=one.trust,
        source=one.source,
        unverified_because=one.unverified_because,
        valid_from=one.valid_from.isoformat(),
        may_not_apply=one.may_not_apply,
    )


def shown_message(one: Shown, among: Among) -> wire.ShownIndicator:
    """Return an indicator of a period."""
    aim = one.aim
    message = wire.ShownIndicator(
        definition=definition_message(one.definition, among),
        interval=interval_message(Interval(one.period.start, one.period.end)),
        shown_on=one.period.shown_on.isoformat(),
        came_to=value_message(one.value),
        readings=[
            wire.IndicatorReadingValue(
                reading=_reading(one.definition, side), came_to=value_message(value)
            )
            for side, value in one.readings.items()
        ],
        verdict=VERDICTS[one.verdict],
        confirm=one.confirm,
        unverified_because=one.unverified,
        explanation=one.explanation,
    )
    if isinstance(aim, Aimed):
        message.target.CopyFrom(target_message(aim.target))
    else:
        message.no_target_because = aim.because
    return message


def projected_message(one: Projected, among: Among) -> wire.ShownIndicator:
    """Return an indicator at the end of the year, beside what it is so far."""
    message = shown_message(one.at_year_end, among)
    message.so_far.CopyFrom(value_message(one.so_far.value))
    message.not_foreseen.extend(one.not_foreseen)
    return message


def closing_message(identity: Identity, found: Closing) -> wire.IdentityClosing:
    """Return whether an identity closes."""
    message = wire.IdentityClosing(
        id=identity.id,
        name=text_message(identity.names),
        unit=identity.unit,
        sides=[" ".join(side.split()) for side in identity.sides],
    )
    match found:
        case Closes(difference) | Breaks(_, difference, _):
            message.closes = isinstance(found, Closes)
            message.difference = float(difference)
        case Undecided(reasons):
            message.missing_inputs.extend(r.name for r in reasons if isinstance(r, Missing))
    return message


def word_messages(vocabulary: Vocabulary) -> list[wire.IndicatorWord]:
    """Return the names that formulas may use."""
    words = [
        wire.IndicatorWord(name=one.name, unit=one.unit, says=text_message(one.says))
        for one in vocabulary.words.values()
    ]
    constants = [
        wire.IndicatorWord(
            name=one.name,
            unit=one.amount.unit,
            says=text_message(one.says),
            value=float(one.amount.value),
        )
        for one in vocabulary.constants.values()
    ]
    return [*words, *constants]


def value_message(value: Value) -> wire.IndicatorValue:
    """Return a value, or why there is none."""
    if isinstance(value, Known):
        try:
            return wire.IndicatorValue(value=float(value.value))
        except OverflowError:
            return wire.IndicatorValue(reasons=["the value is beyond all measure"])
    others = [str(reason) for reason in value.reasons if not isinstance(reason, Missing)]
    return wire.IndicatorValue(missing_inputs=value.missing, reasons=others)


def target_message(one: Target) -> wire.IndicatorTarget:
    """Return a limit with its class."""
    return wire.IndicatorTarget(
        limit=number_text(one.limit),
        says=text_message(one.says),
        trust=one.trust,
        source=one.source,
        size_from_tce="" if one.size_from is None else number_text(one.size_from),
        size_below_tce="" if one.size_below is None else number_text(one.size_below),
        from_year="" if one.from_year is None else str(one.from_year),
        confirm=one.confirm,
    )


def text_message(text: Text) -> wire.IndicatorText:
    """Return a text in both languages."""
    return wire.IndicatorText(en=text.en, zh=text.zh)


def interval_message(span: Interval) -> IntervalMessage:
    """Return a span."""
    message = IntervalMessage()
    message.start.FromDatetime(span.start)
    message.end.FromDatetime(span.end)
    return message


def number_text(number: Fraction) -> str:
    """Return a number of a definition as it is written: definitions hold decimals."""
    return str(number.numerator) if number.denominator == 1 else repr(float(number))


def _reading(one: Definition, side: str) -> wire.IndicatorReading:
    reading = next(each for each in one.readings if each.side == side)
    return wire.IndicatorReading(
        side=reading.side,
        formula=" ".join(reading.formula.split()),
        says=text_message(reading.says),
    )
