"""What the parts of one dispatch process share: the desk, the tracker, the plans, who watches."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from opentelemetry.context import Context
from opentelemetry.trace import SpanContext

from parkflow.dispatch.v1.dispatch_service_pb2 import ManualOverride, WatchControlResponse
from parkflow.dispatch.v1.setpoint_pb2 import Setpoint
from services.dispatch.domain.desk import Desk
from services.dispatch.domain.plan import Plan
from services.dispatch.domain.plant import Plant
from services.dispatch.domain.snapshot import Order
from services.dispatch.domain.tracking import GRACE_SAMPLES, Tracker
from services.dispatch.domain.triggers import Watch
from services.dispatch.live import Newest
from services.dispatch.messages import moment_of
from services.dispatch.plan_record import Explainable
from services.dispatch.standing import Standing
from services.runtime.clock import ParkClock

PLANS_IN_MEMORY = 50


@dataclass
class House:
    """One park's dispatch at work. Only the event loop touches it."""

    plant: Plant
    clock: ParkClock
    desk: Desk
    tracker: Tracker
    watch: Watch = field(default_factory=Watch)
    standing: Standing = field(default_factory=Standing)
    plans: Newest[Plan] = field(default_factory=Newest)
    control: Newest[WatchControlResponse] = field(default_factory=Newest)
    explained: "OrderedDict[str, Explainable]" = field(default_factory=OrderedDict)
    setpoints: dict[str, Setpoint] = field(default_factory=dict)
    grid_context: Context | None = None
    other_frames: dict[str, SpanContext] = field(default_factory=dict)

    @classmethod
    def of(cls, plant: Plant, clock: ParkClock) -> "House":
        """Return an empty house."""
        return cls(plant, clock, Desk(plant), Tracker(GRACE_SAMPLES * plant.sample_period))

    def adopt(self, explainable: Explainable) -> None:
        """Put a plan in force."""
        plan = self.desk.plan = explainable.plan
        self.explained[plan.plan_id] = explainable
        while len(self.explained) > PLANS_IN_MEMORY:
            self.explained.popitem(last=False)
        self.plans.show(plan)

    def obey(self, override: ManualOverride) -> None:
        """Put an operator's order in force, or take a cancelled one out."""
        self.desk.orders.pop(override.override_id, None)
        order = order_from(override)
        if not override.HasField("cancelled_at") and self.clock.now() < order.expires_at:
            self.desk.orders[order.order_id] = order

    def counting_since(self, now: datetime) -> datetime:
        """Return the start of the feed-in rule's year: the local year's, or the ledger's."""
        park = self.plant.park
        local = now.astimezone(park.time_zone)
        year = local.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
        return max(year.astimezone(now.tzinfo), park.ledger_from)

    @property
    def oldest_of_interest(self) -> timedelta:
        """Return how old a reading may be and still matter to a cycle."""
        return 2 * max(device.ttl for device in self.plant.park.devices)


def order_from(override: ManualOverride) -> Order:
    """Return an override as the control cycle sees it."""
    order = override.order
    return Order(
        override.override_id,
        order.device_id,
        order.value_w,
        order.user,
        order.reason,
        moment_of(order.expires_at),
    )
