"""From the energy audit of a month to the JSON of the page of carbon; unknown numbers are null."""

from typing import Any

from parkflow.carbon.v1 import audit_pb2
from services.console.carbon_messages import whole_json
from services.console.messages import Json, said


def audit_json(answer: audit_pb2.GetEnergyAuditResponse) -> Json:
    """Return balances, energy by stream and in total, products against limits, how meters are read.

    The total is that of all months together; null where nothing is booked.
    """
    totals = [_total_json(total) for total in answer.totals if not total.month]
    return {
        "balances": [balance_json(one) for one in answer.balances],
        "energy": [_line_json(line) for line in answer.energy],
        "total": totals[0] if totals else None,
        "products": [_product_json(product) for product in answer.products],
        "collection": _collection_json(answer.collection),
        "missing": [said(what) for what in answer.missing],
    }


def balance_json(one: audit_pb2.NodeBalance) -> Json:
    """Return a node's balance in base units; a gap above zero left it unmetered."""
    return {
        "node": one.node,
        "unit": one.unit,
        "came_in": whole_json(one, "came_in"),
        "from_stock": whole_json(one, "from_stock"),
        "went_out": whole_json(one, "went_out"),
        "gap": whole_json(one, "gap"),
        "allowed": whole_json(one, "allowed"),
        "finding": _word(audit_pb2.BalanceFinding.Name(one.finding), "BALANCE_FINDING_"),
        "what": said(one.what),
        "unknown": one.unknown_interval_count,
    }


def _line_json(line: audit_pb2.EnergyLine) -> Json:
    return {
        "stream": line.stream,
        "carrier": line.carrier,
        "amount": whole_json(line, "amount"),
        "unit": line.unit,
        "tce": _number(line, "energy_tce"),
        "equivalent_tce": _number(line, "equivalent_tce"),
        "coefficient": line.coefficient,
        "unverified": [said(why) for why in line.unverified],
        "lacking": said(line.lacking),
    }


def _total_json(total: audit_pb2.EnergyTotal) -> Json:
    return {
        "tce": _number(total, "energy_tce"),
        "equivalent_tce": _number(total, "equivalent_tce"),
        "unverified": [said(why) for why in total.unverified],
        "lacking": list(total.lacking),
    }


def _product_json(product: audit_pb2.UnitConsumption) -> Json:
    return {
        "product": product.product,
        "enterprise": product.enterprise,
        "made": _number(product, "made"),
        "unit": product.unit,
        "share": _number(product, "energy_share"),
        "tce": _number(product, "energy_tce"),
        "kgce": _number(product, "kgce_per_unit"),
        "limit": _number(product, "limit_kgce_per_unit"),
        "verdict": _word(audit_pb2.UnitVerdict.Name(product.verdict), "UNIT_VERDICT_"),
        "why": said(product.why),
        "unverified": [said(why) for why in product.unverified],
    }


def _collection_json(collection: audit_pb2.MeterCollection) -> Json:
    return {
        "required": collection.required_count,
        "automatic": collection.automatic_count,
        "share": _number(collection, "automatic_share"),
        "by_hand": list(collection.by_hand),
        "not_stated": list(collection.not_stated),
    }


def _number(message: Any, field: str) -> float | None:
    return getattr(message, field) if message.HasField(field) else None


def _word(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).lower()
