"""From the indicators to the JSON of the page of carbon: values, targets, verdicts and reasons."""

from datetime import UTC
from typing import Any

from parkflow.carbon.v1 import indicator_pb2 as wire
from services.console.messages import Json, iso, said


def page_json(answer: wire.GetIndicatorsResponse) -> Json:
    """Return all indicators of one period."""
    return {
        "start": iso(answer.interval.start.ToDatetime(UTC)),
        "end": iso(answer.interval.end.ToDatetime(UTC)),
        "booked_until": _moment(answer, "booked_until"),
        "indicators": [shown_json(one) for one in answer.indicators],
        "identities": [_identity_json(one) for one in answer.identities],
        "foreseen_by": _text(answer.foreseen_by),
    }


def shown_json(one: wire.ShownIndicator) -> Json:
    """Return an indicator; a value that is not known is null, beside what is missing."""
    content = one.definition.content
    return {
        "id": content.id,
        "version": content.version,
        "system": content.system,
        "name": _text(content.name),
        "unit": content.unit,
        "formula": content.formula,
        "direction": content.direction,
        "size_input": content.size_input,
        "source": said(content.source),
        "trust": content.trust,
        **value_json(one.came_to),
        "readings": [
            {
                "side": reading.reading.side,
                "says": _text(reading.reading.says),
                "formula": reading.reading.formula,
                **value_json(reading.came_to),
            }
            for reading in one.readings
        ],
        "target": _target_json(one.target) if one.HasField("target") else None,
        "no_target": said(one.no_target_because),
        "verdict": _word(wire.IndicatorVerdict.Name(one.verdict), "INDICATOR_VERDICT_"),
        "confirm": [said(fact) for fact in one.confirm],
        "unverified": [said(why) for why in one.unverified_because],
        "not_foreseen": list(one.not_foreseen),
    }


def history_json(answer: wire.GetIndicatorHistoryResponse) -> list[Json]:
    """Return an indicator by local month, oldest first."""
    return [
        {
            "day": one.shown_on,
            "start": iso(one.interval.start.ToDatetime(UTC)),
            "verdict": _word(wire.IndicatorVerdict.Name(one.verdict), "INDICATOR_VERDICT_"),
            **value_json(one.came_to),
        }
        for one in answer.months
    ]


def value_json(value: wire.IndicatorValue) -> Json:
    """Return what a formula came to."""
    return {
        "value": value.value if value.HasField("value") else None,
        "missing": list(value.missing_inputs),
        "reasons": [said(why) for why in value.reasons],
    }


def words_json(answer: wire.ListIndicatorsResponse) -> Json:
    """Return what the inputs of formulas are called, by name."""
    return {word.name: _text(word.says) for word in answer.words}


def _target_json(target: wire.IndicatorTarget) -> Json:
    return {
        "limit": target.limit,
        "says": _text(target.says),
        "trust": target.trust,
        "source": said(target.source),
        "size_from": target.size_from_tce,
        "size_below": target.size_below_tce,
        "from_year": target.from_year,
        "confirm": said(target.confirm),
    }


def _identity_json(one: wire.IdentityClosing) -> Json:
    return {
        "id": one.id,
        "name": _text(one.name),
        "unit": one.unit,
        "closes": one.closes if one.HasField("closes") else None,
        "difference": one.difference if one.HasField("difference") else None,
        "missing": list(one.missing_inputs),
    }


def _text(text: wire.IndicatorText) -> Json:
    return {"en": text.en, "zh": text.zh}


def _moment(message: Any, field: str) -> str | None:
    return iso(getattr(message, field).ToDatetime(UTC)) if message.HasField(field) else None


def _word(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).lower()
