"""NO_FRESH_PLAN: the newest plan's validity has passed, or none came in the first place.

PLAN_FALLBACK: plans are not the solver's, two or more in a row.
PLAN_REJECTED: the checker did not accept a plan, and the next best that it accepted serves.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.alerting.domain.cases import Observation, Rule, Standing
from services.alerting.domain.events import PlanIssued, StandIn
from services.alerting.domain.incidents import IncidentKind
from services.alerting.domain.words import clock_time
from services.energy.site import Park, Text

RULE = Rule()
SUBJECT = "dispatch.plan"
FALLBACK_RULE = Rule(raise_after=timedelta(microseconds=1))
"""From the second plan in a row on."""
REJECTED_RULE = Rule()
LONGEST_FAULT = 200
NAMES = {
    StandIn.LAST_PLAN: Text("the last plan shifted", "上一计划平移"),
    StandIn.RULES: Text("rules", "规则"),
}


@dataclass(frozen=True, slots=True)
class NewestPlan:
    """The plan that is valid longest; None before the first."""

    plan: PlanIssued | None = None


def planned(newest: NewestPlan, plan: PlanIssued) -> NewestPlan:
    """Return the newest plan after one more; an older one changes nothing."""
    if newest.plan is not None and plan.issue_time < newest.plan.issue_time:
        return newest
    return NewestPlan(plan)


def judge(newest: NewestPlan, park: Park, at: datetime, first_due: datetime) -> Observation | None:
    """Return how the plan stands at `at`; before the first plan the park has `first_due`."""
    plan = newest.plan
    expired_at = first_due + park.dispatch.plan_valid if plan is None else plan.valid_until
    if at >= expired_at:
        return _observation(expired_at, Standing.BAD, _expired_text(plan, expired_at, park))
    if plan is None:
        return None
    until = clock_time(plan.valid_until, park.time_zone)
    fresh = Text(f"a plan valid until {until} is in force.", f"新计划有效期至 {until}。")
    return _observation(at, Standing.GOOD, fresh)


def _expired_text(plan: PlanIssued | None, expired_at: datetime, park: Park) -> Text:
    moment = clock_time(expired_at, park.time_zone)
    cure_en = "Control goes on by rules and keeps the limits: check dispatch and forecasting."
    cure_zh = "控制按规则继续并保持限值：请检查调度与预测服务。"
    if plan is None:
        return Text(
            f"No plan has come by {moment}. {cure_en}", f"截至 {moment} 尚无计划。{cure_zh}"
        )
    return Text(
        f"The newest plan ran out at {moment}. {cure_en}", f"最新计划已于 {moment} 失效。{cure_zh}"
    )


def _observation(at: datetime, standing: Standing, text: Text) -> Observation:
    return Observation(IncidentKind.NO_FRESH_PLAN, SUBJECT, at, standing, text)


def observe(plan: PlanIssued, park: Park) -> Observation:
    """Return whether a plan is the solver's."""
    at = plan.issue_time
    moment = clock_time(at, park.time_zone)
    if plan.stands_in is None:
        fine = Text(f"the plan of {moment} is the solver's.", f"{moment} 的计划由求解器给出。")
        return Observation(IncidentKind.PLAN_FALLBACK, SUBJECT, at, Standing.GOOD, fine)
    name, why = NAMES[plan.stands_in], plan.why or "?"
    text = Text(
        f"The plan of {moment} is not the solver's but {name.en}: {why}. Limits are kept; cost and "
        "carbon are not the best.",
        f"{moment} 的计划不是求解器给出的，而是{name.zh}：{why}。"
        "限值仍被遵守，但成本与碳排并非最优。",
    )
    return Observation(IncidentKind.PLAN_FALLBACK, SUBJECT, at, Standing.BAD, text)


def observe_rejected(plan: PlanIssued, park: Park) -> Observation:
    """Return whether the checker accepted all that was made for a plan."""
    at = plan.issue_time
    moment = clock_time(at, park.time_zone)
    standing = Standing.BAD if plan.rejected else Standing.GOOD
    text = _rejected_text(plan, moment) if plan.rejected else _accepted_text(moment)
    return Observation(IncidentKind.PLAN_REJECTED, SUBJECT, at, standing, text)


def _accepted_text(moment: str) -> Text:
    return Text(
        f"of what was planned at {moment} nothing was rejected.",
        f"{moment} 制定的方案均已通过校验。",
    )


def _rejected_text(plan: PlanIssued, moment: str) -> Text:
    fault, more = plan.rejected[0][:LONGEST_FAULT], len(plan.rejected) - 1
    more_en, more_zh = (f"; {more} more", f"；另有 {more} 个方案") if more else ("", "")
    return Text(
        f"The independent checker rejected a plan made at {moment}: {fault}{more_en}. The plan in "
        f"force, {plan.plan_id}, was accepted; its cost and carbon may not be the best. It is a "
        "mistake of ours: report it with the plan's id.",
        f"{moment} 制定的一个方案未通过独立校验：{fault}{more_zh}。"
        f"现行计划 {plan.plan_id} 已通过校验，但成本与碳排可能并非最优。"
        "这是本软件的错误：请附上计划编号上报。",
    )
