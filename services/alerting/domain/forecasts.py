"""FORECAST_SKILL and FORECAST_DRIFT: the forecasts of a point are not what they should be.

Forecasting judges at the end of each local day, with a hysteresis of its own; here one incident
a point and kind comes of it. What is no longer listed is over.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from services.alerting.domain.cases import Observation, Rule, Standing
from services.alerting.domain.events import ForecastsJudged, ForecastTrouble, TroubleKind
from services.alerting.domain.incidents import Incident, IncidentKind
from services.alerting.domain.words import kilowatts
from services.energy.site import Park, Text

RULE = Rule()
KINDS = {
    TroubleKind.LOST_SKILL: IncidentKind.FORECAST_SKILL,
    TroubleKind.ERROR_DRIFT: IncidentKind.FORECAST_DRIFT,
    TroubleKind.COVERAGE_DRIFT: IncidentKind.FORECAST_DRIFT,
}
NAMED = 3
UNKNOWN = Text("unknown (too few readings)", "未知（读数过少）")


def judge(
    judged: ForecastsJudged, unresolved: Iterable[Incident], park: Park
) -> Iterator[Observation]:
    """Yield how every point in trouble stands, and those that were and are no longer."""
    key = lambda trouble: (KINDS[trouble.kind], trouble.point_id)  # noqa: E731
    names = {device.id: device.name for device in park.devices}
    listed = set()
    for (kind, point_id), group in groupby(sorted(judged.troubles, key=key), key=key):
        listed.add((kind, point_id))
        text = _trouble_text(kind, point_id, list(group), names)
        yield Observation(kind, point_id, judged.until, Standing.BAD, text)
    for incident in unresolved:
        if incident.kind in KINDS.values() and (incident.kind, incident.subject) not in listed:
            name = _name(incident.subject, names)
            well = Text(
                f"forecasts of {name.en} are as they should be.", f"{name.zh}的预测已恢复正常。"
            )
            yield Observation(incident.kind, incident.subject, judged.until, Standing.GOOD, well)


def _trouble_text(
    kind: IncidentKind,
    point_id: str,
    troubles: list[ForecastTrouble],
    names: Mapping[str, Text],
) -> Text:
    name = _name(point_id, names)
    found = [_found(trouble) for trouble in sorted(troubles, key=lambda t: t.horizon_min)[:NAMED]]
    en, zh = "; ".join(one.en for one in found), "；".join(one.zh for one in found)
    if kind is IncidentKind.FORECAST_SKILL:
        return Text(
            f"Forecasts of {name.en} are worse than what anyone could say: {en}. Look at its "
            "readings and at which model serves, then retrain or roll back.",
            f"{name.zh}的预测不如简单外推：{zh}。请检查其读数与当前模型，然后重新训练或回退模型。",
        )
    return Text(
        f"Forecasts of {name.en} have drifted: {en}. Ask what has changed there, and retrain.",
        f"{name.zh}的预测已漂移：{zh}。请确认现场有何变化，并重新训练模型。",
    )


def _found(trouble: ForecastTrouble) -> Text:
    ahead_en, ahead_zh = _ahead(trouble.horizon_min)
    error, held = kilowatts(trouble.error_w), f"{trouble.coverage:.0%}"
    compared = UNKNOWN if trouble.compared_w is None else _same(kilowatts(trouble.compared_w))
    match trouble.kind:
        case TroubleKind.LOST_SKILL:
            return Text(
                f"{ahead_en} the error of 7 days is {error}, that of the best naive method "
                f"{compared.en}",
                f"{ahead_zh} 7 天平均误差 {error}，最佳简单方法为 {compared.zh}",
            )
        case TroubleKind.ERROR_DRIFT:
            return Text(
                f"{ahead_en} the error of 7 days is {error}, in the weeks before it was "
                f"{compared.en}",
                f"{ahead_zh} 7 天平均误差 {error}，此前数周为 {compared.zh}",
            )
        case TroubleKind.COVERAGE_DRIFT:
            return Text(
                f"{ahead_en} P10 to P90 held {held} of 7 days instead of 80%",
                f"{ahead_zh} P10–P90 区间 7 天命中 {held}，应为 80%",
            )


def _same(text: str) -> Text:
    return Text(text, text)


def _ahead(minutes: int) -> tuple[str, str]:
    if minutes < 60:
        return f"{minutes} min ahead", f"提前 {minutes} 分钟"
    return f"{minutes // 60} h ahead", f"提前 {minutes // 60} 小时"


def _name(point_id: str, names: Mapping[str, Text]) -> Text:
    name = names.get(point_id.rsplit(".", 1)[0])
    if name is None:
        return Text(point_id, point_id)
    return Text(f"{name.en} ({point_id})", f"{name.zh}({point_id})")
