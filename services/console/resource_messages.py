"""From water, waste, heat and cold to the JSON of the page of carbon; amounts are texts."""

from parkflow.carbon.v1 import resource_pb2
from services.console.audit_messages import balance_json
from services.console.messages import Json, said

MICROS = 1_000_000


def resources_json(answer: resource_pb2.GetResourcesResponse) -> Json:
    """Return what each enterprise has of what a meter counted, and whether nodes close."""
    return {
        "amounts": [_amount_json(one) for one in answer.amounts],
        "balances": [balance_json(one) for one in answer.balances],
        "missing": [said(what) for what in answer.missing],
    }


def exchanges_json(answer: resource_pb2.ProposeExchangesResponse) -> Json:
    """Return who could use whose; money in the park's currency."""
    return {
        "currency": answer.currency,
        "exchanges": [_exchange_json(one) for one in answer.exchanges],
        "uncosted": [
            {
                "carrier": one.carrier,
                "source": _end_json(one.source),
                "demand": _end_json(one.demand),
            }
            for one in answer.uncosted
        ],
        "missing": [said(what) for what in answer.missing],
    }


def _amount_json(one: resource_pb2.ResourceAmount) -> Json:
    return {
        "meter": one.meter,
        "enterprise": one.enterprise,
        "node": one.node,
        "carrier": one.carrier,
        "role": one.role,
        "amount": str(one.amount),
        "unit": one.unit,
        "whole": one.is_whole,
        "level": one.level if one.HasField("level") else None,
    }


def _exchange_json(one: resource_pb2.ProposedExchange) -> Json:
    return {
        "carrier": one.carrier,
        "source": _end_json(one.source),
        "demand": _end_json(one.demand),
        "taken": str(one.taken),
        "delivered": str(one.delivered),
        "unit": one.unit,
        "saving": one.saving_micros / MICROS,
        "by_month": _by_month(one),
        "unverified": [said(why) for why in one.unverified],
    }


def _by_month(one: resource_pb2.ProposedExchange) -> list[str]:
    """Return what the source gives in each of the twelve calendar months."""
    given = [0] * 12
    for part in one.parts:
        given[part.calendar_month - 1] += part.rate_per_hour * part.duration_hours
    return [str(amount) for amount in given]


def _end_json(end: resource_pb2.ExchangeEnd) -> Json:
    return {"meter": end.meter, "enterprise": end.enterprise, "level": end.level}
