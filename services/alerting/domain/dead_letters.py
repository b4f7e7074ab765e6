"""DEAD_LETTERS: a service could not use something. All letters of a writer are one incident."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.alerting.domain.cases import Observation, Rule, Standing
from services.alerting.domain.events import DeadLetterArrived
from services.alerting.domain.incidents import IncidentKind
from services.alerting.domain.words import span_en, span_zh
from services.energy.site import Text

RULE = Rule()
QUIET = timedelta(minutes=15)
LONGEST_DETAIL = 200


@dataclass(frozen=True, slots=True)
class NewestLetters:
    """When we last heard of a dead letter of each writer."""

    by_writer: Mapping[str, datetime] = field(default_factory=dict)


def arrived(
    newest: NewestLetters, letter: DeadLetterArrived, judged_until: datetime
) -> NewestLetters:
    """Return the newest letters after one more.

    A letter that was long under way counts from `judged_until`: it is never too old to be seen.
    """
    before = newest.by_writer.get(letter.writer, letter.arrival_time)
    latest = max(before, letter.arrival_time, judged_until)
    return NewestLetters({**newest.by_writer, letter.writer: latest})


def observe(letter: DeadLetterArrived, newest: NewestLetters) -> Observation:
    """Return the observation that a dead letter is."""
    detail = letter.detail[:LONGEST_DETAIL].rstrip(".")
    text = Text(
        f"{letter.writer} could not use a message ({letter.reason}: {detail}) "
        f"from {letter.origin}. It is kept whole on telemetry.dead.v1: correct the sender, "
        "then send it again.",
        f"{letter.writer} 无法使用来自 {letter.origin} 的消息（{letter.reason}：{detail}）。"
        "原文完整保存在 telemetry.dead.v1：请修正发送方后重发。",
    )
    at = newest.by_writer[letter.writer]
    return Observation(
        IncidentKind.DEAD_LETTERS, letter.writer, at, Standing.BAD, text, occurrences=1
    )


def judge(newest: NewestLetters, at: datetime) -> Iterator[Observation]:
    """Yield the writers that have been quiet long enough."""
    text = Text(f"no further dead letter for {span_en(QUIET)}.", f"{span_zh(QUIET)}内无新的死信。")
    for writer, moment in newest.by_writer.items():
        if at - moment >= QUIET:
            yield Observation(IncidentKind.DEAD_LETTERS, writer, at, Standing.GOOD, text)
