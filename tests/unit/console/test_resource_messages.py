"""Costs, other resources and the energy audit, as the page reads them: unknown is null, not 0."""

import json

from parkflow.carbon.v1 import audit_pb2, cost_pb2, resource_pb2
from services.console.audit_messages import audit_json, balance_json
from services.console.cost_messages import costs_json
from services.console.resource_messages import exchanges_json, resources_json

BEYOND_A_DOUBLE = 2**53 + 1


def test_a_cost_keeps_every_cent_beyond_what_a_double_holds() -> None:
    answer = cost_pb2.ListCostsResponse(currency="CNY")
    answer.costs.add(
        enterprise="*", position="grid", amount=BEYOND_A_DOUBLE, cost_cents=-BEYOND_A_DOUBLE
    )

    [said] = json.loads(json.dumps(costs_json(answer)))["costs"]

    assert (said["amount"], said["cents"]) == ("9007199254740993", "-9007199254740993")
    assert (said["enterprise"], said["position"]) == ("*", "grid")


def test_a_cost_without_a_price_is_null_and_one_of_nothing_is_zero() -> None:
    answer = cost_pb2.ListCostsResponse()
    answer.costs.add(position="pv", unverified=["no price for 4 Wh: what they cost is unknown"])
    answer.costs.add(position="grid", cost_cents=0)

    unpriced, free = costs_json(answer)["costs"]

    assert (unpriced["cents"], free["cents"]) == (None, "0")
    assert unpriced["unverified"][0]["zh"] == "4 Wh 没有价格：其成本未知"


def test_what_has_no_price_is_told_in_both_languages() -> None:
    text = "pv: 4 Wh of its own in 2024-05 have no price - ask the park to state it"

    [said] = costs_json(cost_pb2.ListCostsResponse(open_items=[text]))["open_items"]

    assert said == {"en": text, "zh": "pv：2024-05 自有的 4 Wh 没有价格。请园区给出"}


def test_an_amount_says_whether_it_is_whole_and_at_which_level() -> None:
    answer = resource_pb2.GetResourcesResponse()
    answer.amounts.add(meter="tap", carrier="water", amount=4_000, is_whole=True, level=0.0)
    answer.amounts.add(meter="slag", carrier="waste", amount=BEYOND_A_DOUBLE)

    tap, slag = resources_json(answer)["amounts"]

    assert (tap["amount"], tap["whole"], tap["level"]) == ("4000", True, 0.0)
    assert (slag["amount"], slag["whole"], slag["level"]) == ("9007199254740993", False, None)


def test_an_exchange_is_told_by_calendar_month_and_in_the_currency() -> None:
    answer = resource_pb2.ProposeExchangesResponse(currency="CNY")
    one = answer.exchanges.add(saving_micros=1_500_000, taken=50)
    one.parts.add(calendar_month=1, first_hour=8, last_hour=12, duration_hours=10, rate_per_hour=3)
    one.parts.add(calendar_month=1, first_hour=12, last_hour=20, duration_hours=5, rate_per_hour=2)
    one.parts.add(calendar_month=12, duration_hours=1, rate_per_hour=10)

    [said] = exchanges_json(answer)["exchanges"]

    assert said["by_month"] == ["40", *["0"] * 10, "10"]  # 10 h × 3 + 5 h × 2
    assert (said["saving"], said["taken"]) == (1.5, "50")


def test_two_that_fit_without_a_priced_connection_are_named() -> None:
    answer = resource_pb2.ProposeExchangesResponse()
    one = answer.uncosted.add(carrier="heat")
    one.source.meter, one.source.level, one.demand.meter = "flue", 90, "radiators"

    [said] = exchanges_json(answer)["uncosted"]

    assert said["source"] == {"meter": "flue", "enterprise": "", "level": 90}
    assert said["demand"]["meter"] == "radiators"


def test_a_balance_that_cannot_be_decided_has_no_gap_and_names_what_is_not_known() -> None:
    one = audit_pb2.NodeBalance(
        node="main", came_in=5, finding="BALANCE_FINDING_UNDECIDED", what="not known: a, b"
    )

    said = balance_json(one)

    assert (said["came_in"], said["went_out"], said["gap"]) == ("5", None, None)
    assert said["finding"] == "undecided"
    assert said["what"]["zh"] == "未知：a、b"


def test_a_balance_that_gapes_says_by_how_much_and_what_is_allowed() -> None:
    what = "main (water): 2400 dm3 left unmetered, 40 dm3 allowed"
    one = audit_pb2.NodeBalance(
        gap=2_400, allowed=40, finding="BALANCE_FINDING_UNCLOSED", what=what
    )

    said = balance_json(one)

    assert (said["gap"], said["allowed"], said["finding"]) == ("2400", "40", "unclosed")
    assert said["what"]["zh"] == "main (water)：2400 dm3 流出未计量，允许 40 dm3"


def test_the_total_of_an_audit_is_that_of_all_its_months() -> None:
    answer = audit_pb2.GetEnergyAuditResponse()
    answer.totals.add(month="2024-05", energy_tce=1.0)
    answer.totals.add(energy_tce=2.0, lacking=[])

    total = audit_json(answer)["total"]

    assert (total["tce"], total["equivalent_tce"]) == (2.0, None)


def test_where_nothing_is_booked_there_is_no_total_and_it_says_why() -> None:
    text = "nothing of these months is booked: there is no balance and no energy to show"

    said = audit_json(audit_pb2.GetEnergyAuditResponse(missing=[text]))

    assert said["total"] is None
    assert said["missing"][0]["zh"] == "这些月份没有任何记账：没有平衡与能耗可以显示"


def test_a_stream_that_cannot_be_counted_has_no_tce_and_says_why() -> None:
    answer = audit_pb2.GetEnergyAuditResponse()
    answer.energy.add(stream="trucks", lacking="its amount is not known")

    [said] = audit_json(answer)["energy"]

    assert (said["amount"], said["tce"]) == (None, None)
    assert said["lacking"] == {"en": "its amount is not known", "zh": "其数量未知"}


def test_a_product_without_output_has_no_energy_of_a_unit() -> None:
    answer = audit_pb2.GetEnergyAuditResponse()
    answer.products.add(product="coil", limit_kgce_per_unit=30, verdict="UNIT_VERDICT_UNGRADED")

    [said] = audit_json(answer)["products"]

    assert (said["kgce"], said["limit"], said["verdict"]) == (None, 30, "ungraded")


def test_meters_that_do_not_say_how_they_are_read_leave_no_share() -> None:
    answer = audit_pb2.GetEnergyAuditResponse()
    answer.collection.required_count = 9
    answer.collection.not_stated.extend(["a", "b"])

    said = audit_json(answer)["collection"]

    assert (said["required"], said["share"], said["not_stated"]) == (9, None, ["a", "b"])
