"""SERVICE_SILENT: a service has missed several health checks in a row."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.alerting.domain.cases import Observation, Rule, Standing
from services.alerting.domain.events import HealthChecked
from services.alerting.domain.incidents import IncidentKind, Severity
from services.energy.site import Text

RULE = Rule()
MISSES = 3
MISSES_AT_START = 20  # services start together: one never met gets longer


@dataclass(frozen=True, slots=True)
class Peers:
    """Misses in a row by service; a service that is absent has never been met."""

    misses: Mapping[str, int] = field(default_factory=dict)
    met: frozenset[str] = frozenset()


def checked(peers: Peers, check: HealthChecked) -> Peers:
    """Return the misses after one check."""
    misses = 0 if check.serving else peers.misses.get(check.service, 0) + 1
    met = peers.met | {check.service} if check.serving else peers.met
    return Peers({**peers.misses, check.service: misses}, met)


def judge(peers: Peers, check: HealthChecked) -> Observation:
    """Return how the service of the newest check stands."""
    misses = peers.misses.get(check.service, 0)
    allowed = MISSES if check.service in peers.met else MISSES_AT_START
    if check.serving:
        text = Text(f"{check.service} serves again.", f"{check.service} 服务已恢复。")
        return _observation(check, Standing.GOOD, text)
    text = Text(
        f"{check.service} has not answered {misses} health checks in a row: look at its log and "
        "restart it. Readings wait in Kafka meanwhile; nothing is lost.",
        f"{check.service} 连续 {misses} 次未通过健康检查：请查看日志并重启。"
        "期间数据保存在 Kafka 中，不会丢失。",
    )
    return _observation(check, Standing.BAD if misses >= allowed else Standing.BETWEEN, text)


def _observation(check: HealthChecked, standing: Standing, text: Text) -> Observation:
    return Observation(
        IncidentKind.SERVICE_SILENT, check.service, check.at, standing, text, Severity.CRITICAL
    )
