"""From the costs of energy to the JSON of the page of carbon; cents and amounts are texts."""

from parkflow.carbon.v1 import cost_pb2
from services.console.carbon_messages import whole_json
from services.console.messages import Json, said


def costs_json(answer: cost_pb2.ListCostsResponse) -> Json:
    """Return what each part of a month's energy cost whom; the park's own sum is of `*`."""
    return {
        "currency": answer.currency,
        "costs": [_cost_json(cost) for cost in answer.costs],
        "open_items": [said(item) for item in answer.open_items],
    }


def _cost_json(cost: cost_pb2.Cost) -> Json:
    return {
        "enterprise": cost.enterprise,
        "position": cost.position,
        "way": cost.way,
        "unit": cost.unit,
        "amount": str(cost.amount),
        "cents": whole_json(cost, "cost_cents"),
        "unverified": [said(why) for why in cost.unverified],
    }
