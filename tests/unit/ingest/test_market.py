"""Which curves one park's ingest remembers and shows."""

from datetime import datetime

from parkflow.market.v1.price_pb2 import PriceCurve
from services.ingest.market import Market
from tests.support.builders import MORNING, after


def a_curve(park_id: str = "park-1", known_at: datetime = MORNING) -> PriceCurve:
    curve = PriceCurve(park_id=park_id, source_id="agile-gb")
    curve.start.FromDatetime(MORNING)
    curve.known_at.FromDatetime(known_at)
    return curve


async def test_curves_of_another_park_stay_unknown() -> None:
    market = Market("park-1")
    market.recall(a_curve("park-2"))
    market.recall(a_curve("park-1"))

    assert (await anext(market.watch())).park_id == "park-1"


async def test_of_one_source_and_start_the_later_known_curve_counts() -> None:
    market = Market("park-1")
    market.recall(a_curve(known_at=after(60)))
    market.recall(a_curve(known_at=after(0)))

    shown = await anext(market.watch())

    assert shown.known_at.ToDatetime(tzinfo=MORNING.tzinfo) == after(60)
