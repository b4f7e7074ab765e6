"""Whatever happens in whatever order: the story of every incident can be told."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from services.alerting.domain.events import Acknowledged, Event, Outcome
from services.alerting.domain.incidents import Incident, IncidentState
from tests.support.alerting import (
    Watch,
    ceiling,
    check,
    grid,
    letter,
    only_fresh,
    outcome,
    plan,
    power,
    read_until,
    target,
)
from tests.support.builders import after

SECONDS = st.integers(0, 3600)
KW = st.sampled_from([-900, 0, 940, 1000, 1870, 2000])
EVENTS = st.one_of(
    st.builds(grid, KW, SECONDS),
    st.builds(power, st.sampled_from(["battery", "pv"]), KW, SECONDS),
    st.builds(target, KW, SECONDS),
    st.builds(ceiling, st.just(1500), SECONDS),
    st.builds(outcome, st.sampled_from(Outcome), SECONDS),
    st.builds(plan, SECONDS, st.integers(1, 3000)),
    st.builds(letter, SECONDS, st.sampled_from(["ingest", "history"])),
    st.builds(check, st.booleans(), SECONDS),
    st.builds(read_until, SECONDS),
    st.builds(lambda seconds: only_fresh(but=["battery"], at=after(seconds)), SECONDS),
)


def stories(watch: Watch) -> dict[str, list[Incident]]:
    """The revisions of each incident, in order."""
    found: dict[str, list[Incident]] = defaultdict(list)
    for _, incident in sorted(watch.revisions.items()):
        found[incident.id].append(incident)
    return found


@given(st.lists(st.tuples(EVENTS, st.booleans()), max_size=80))
def test_revisions_are_gapless_and_only_the_last_one_resolves(
    happenings: list[tuple[Event, bool]],
) -> None:
    watch = Watch()
    for event, somebody_looks in happenings:
        watch.hear(event)
        if somebody_looks and watch.desk.unresolved:
            newest = watch.desk.unresolved[-1]
            watch.hear(Acknowledged(newest.id, "li.wei", newest.changed_at))

    for story in stories(watch).values():
        assert [incident.revision for incident in story] == list(range(1, len(story) + 1))
        assert all(incident.state is IncidentState.RAISED for incident in story[:-1])
        assert len({(i.kind, i.subject, i.raised_at) for i in story}) == 1
        assert all(incident.text.en and incident.text.zh for incident in story)


@given(st.lists(EVENTS, max_size=80))
def test_a_subject_has_at_most_one_unresolved_incident(events: list[Event]) -> None:
    watch = Watch()
    watch.hear(*events)

    assert len(watch.open) == len(set(watch.open))
    last = {story[-1].id for story in stories(watch).values() if story[-1].resolved_at is None}
    assert last == {incident.id for incident in watch.desk.unresolved}


@given(st.lists(EVENTS, max_size=80), st.integers(0, 80))
def test_a_restart_keeps_exactly_what_is_unresolved(events: list[Event], moment: int) -> None:
    watch = Watch()
    watch.hear(*events[:moment])
    before = {(i.id, i.revision) for i in watch.desk.unresolved}

    watch.restart()

    assert {(i.id, i.revision) for i in watch.desk.unresolved} == before
    watch.hear(*events)  # and it can go on from there, with everything once more
    for story in stories(watch).values():
        assert [incident.revision for incident in story] == list(range(1, len(story) + 1))


def test_what_ends_and_begins_again_at_the_same_moment_is_no_second_incident() -> None:
    watch = Watch()

    watch.hear(outcome(Outcome.PARTIAL, 0), outcome(Outcome.ACHIEVED, 0))
    again = watch.hear(outcome(Outcome.PARTIAL, 0))

    assert again == []
    assert not watch.desk.unresolved


def test_a_morning_with_several_troubles_is_one_incident_each() -> None:
    watch = Watch()

    watch.hear(
        only_fresh(at=after(0)),
        plan(0, valid_s=100),
        grid(2000, 10),
        grid(2000, 50),
        letter(60),
        target(250, 65),
        outcome(Outcome.REJECTED, 70),
        read_until(120),
    )

    assert [kind.name for kind, _ in watch.open] == [
        "LIMIT",
        "DEAD_LETTERS",
        "COMMAND_MISMATCH",
        "NO_FRESH_PLAN",
    ]
