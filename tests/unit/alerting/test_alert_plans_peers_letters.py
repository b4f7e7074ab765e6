"""No fresh plan, plans not the solver's, rejected plans, silent services, dead letters."""

from datetime import timedelta

from services.alerting.domain.events import StandIn
from services.alerting.domain.incidents import IncidentKind, IncidentState, Severity
from tests.support.alerting import Watch, check, letter, plan, read_until
from tests.support.builders import after

FALLBACK = (IncidentKind.PLAN_FALLBACK, "dispatch.plan")
REJECTED = (IncidentKind.PLAN_REJECTED, "dispatch.plan")
NO_PLAN = (IncidentKind.NO_FRESH_PLAN, "dispatch.plan")
SILENT = (IncidentKind.SERVICE_SILENT, "dispatch")
LETTERS = (IncidentKind.DEAD_LETTERS, "ingest")
FOR_EVER = timedelta(days=1)  # nothing is due: the sources do not matter here


def a_watch() -> Watch:
    return Watch(start_grace=FOR_EVER)


def test_a_plan_that_ran_out_is_an_incident_of_the_moment_it_ran_out() -> None:
    watch = a_watch()
    watch.hear(plan(0, valid_s=2700), read_until(2699))
    assert watch.open == []

    (incident,) = watch.hear(read_until(2710))

    assert watch.open == [NO_PLAN]
    assert incident.raised_at == after(2700)


def test_a_new_plan_resolves_it() -> None:
    watch = a_watch()
    watch.hear(plan(0), read_until(2710))

    (resolved,) = watch.hear(plan(2720), read_until(2721))

    assert resolved.state is IncidentState.RESOLVED


def test_an_older_plan_that_comes_late_changes_nothing() -> None:
    watch = a_watch()
    watch.hear(plan(900), plan(0), read_until(2710))

    assert watch.open == []


def test_without_any_plan_the_park_has_the_start_grace_and_a_plans_validity() -> None:
    watch = Watch(start_grace=timedelta(minutes=5))

    watch.hear(read_until(5 * 60 + 45 * 60 - 1))
    assert NO_PLAN not in watch.open
    watch.hear(read_until(5 * 60 + 45 * 60))

    assert NO_PLAN in watch.open


def test_one_plan_that_is_not_the_solvers_is_no_incident_and_two_in_a_row_are() -> None:
    watch = a_watch()
    watch.hear(plan(0, stands_in=StandIn.LAST_PLAN), plan(900), plan(1800, stands_in=StandIn.RULES))
    assert watch.open == []

    (incident,) = watch.hear(plan(2700, stands_in=StandIn.RULES))

    assert watch.open == [FALLBACK]
    assert "rules: no optimum: the solver says NOT_SOLVED" in incident.text.en
    assert "规则" in incident.text.zh


def test_a_plan_of_the_solver_ends_it() -> None:
    watch = a_watch()
    watch.hear(plan(0, stands_in=StandIn.RULES), plan(900, stands_in=StandIn.RULES))

    (resolved,) = watch.hear(plan(1800))

    assert resolved.state is IncidentState.RESOLVED


FAULT = "optimal: the battery is overcharged (2 faults)"


def test_a_plan_of_the_solver_for_which_another_was_rejected_is_an_incident_at_once() -> None:
    watch = a_watch()

    (incident,) = watch.hear(plan(0, rejected=(FAULT,)))

    assert watch.open == [REJECTED]
    assert f"checker rejected a plan made at 2019-06-04 06:00:00: {FAULT}. " in incident.text.en
    assert "The plan in force, plan-0, was accepted" in incident.text.en
    assert "现行计划 plan-0 已通过校验" in incident.text.zh
    assert incident.severity is Severity.WARNING


def test_of_several_rejected_the_first_is_told_and_how_many_more() -> None:
    watch = a_watch()

    (incident,) = watch.hear(plan(0, rejected=(FAULT, "relaxed: no (1 faults)", "rules: no")))

    assert f"{FAULT}; 2 more. " in incident.text.en
    assert f"{FAULT}；另有 2 个方案。" in incident.text.zh


def test_a_fault_that_goes_on_and_on_is_told_in_short() -> None:
    (incident,) = a_watch().hear(plan(0, rejected=("optimal: " + 10_000 * "x",)))

    assert len(incident.text.en) < 600


def test_rejected_plans_in_a_row_are_one_incident_and_a_plan_without_ends_it() -> None:
    watch = a_watch()
    first = watch.hear(plan(0, rejected=(FAULT,)), plan(900, rejected=(FAULT,)))
    assert len(first) == 1

    (resolved,) = watch.hear(plan(1800))

    assert (resolved.id, resolved.state) == (first[0].id, IncidentState.RESOLVED)
    assert "It was: The independent checker" in resolved.text.en


def test_a_rejected_plan_that_is_heard_twice_is_one_incident() -> None:
    watch = a_watch()

    made = watch.hear(plan(0, rejected=(FAULT,)), plan(0, rejected=(FAULT,)), plan(900))
    assert watch.hear(plan(0, rejected=(FAULT,))) == []  # read again

    assert [incident.revision for incident in made] == [1, 2]


def test_after_a_restart_a_plan_without_still_ends_it() -> None:
    watch = a_watch()
    watch.hear(plan(0, rejected=(FAULT,)))

    watch.restart()
    assert watch.open == [REJECTED]
    watch.hear(plan(900))

    assert watch.open == []


def test_a_rejected_plan_and_rules_that_serve_are_two_incidents() -> None:
    watch = a_watch()

    watch.hear(*(plan(s, stands_in=StandIn.RULES, rejected=(FAULT,)) for s in (0, 900)))

    assert watch.open == [REJECTED, FALLBACK]


def test_three_missed_checks_in_a_row_are_an_incident() -> None:
    watch = a_watch()
    watch.hear(check(True, 0), check(False, 4), check(False, 8))
    assert watch.open == []

    watch.hear(check(False, 12))

    assert watch.open == [SILENT]


def test_one_good_answer_starts_the_count_again() -> None:
    watch = a_watch()

    watch.hear(*(check(number % 3 == 0, 4.0 * number) for number in range(30)))

    assert watch.open == []


def test_a_service_that_serves_again_is_resolved_at_once() -> None:
    watch = a_watch()
    watch.hear(check(True, 0), *(check(False, 4.0 * n) for n in range(1, 10)))

    (resolved,) = watch.hear(check(True, 40))

    assert resolved.state is IncidentState.RESOLVED
    assert watch.open == []


def test_a_service_never_met_gets_longer_because_services_start_together() -> None:
    watch = a_watch()

    watch.hear(*(check(False, 4.0 * n) for n in range(19)))
    assert watch.open == []
    watch.hear(check(False, 80))

    assert watch.open == [SILENT]


def test_any_dead_letter_is_an_incident() -> None:
    watch = a_watch()

    (incident,) = watch.hear(letter(0))

    assert watch.open == [LETTERS]
    assert "mqtt:demo-park/pv/telemetry" in incident.text.en
    assert "not JSON" in incident.text.zh


def test_a_thousand_dead_letters_are_one_incident_and_four_revisions() -> None:
    watch = a_watch()

    made = watch.hear(*(letter(number / 1000) for number in range(1000)))

    assert len({incident.id for incident in made}) == 1
    assert [incident.revision for incident in made] == [1, 2, 3, 4]
    assert made[-1].occurrences == 1000


def test_a_thousand_at_the_very_same_moment_are_one_incident_too() -> None:
    watch = a_watch()

    made = watch.hear(*(letter(5) for _ in range(1000)))

    assert len({incident.id for incident in made}) == 1


def test_each_service_that_writes_them_is_a_subject_of_its_own() -> None:
    watch = a_watch()

    watch.hear(letter(0), letter(1, writer="history"))

    assert watch.open == [LETTERS, (IncidentKind.DEAD_LETTERS, "history")]


def test_they_are_resolved_after_a_quiet_quarter_of_an_hour() -> None:
    watch = a_watch()
    watch.hear(letter(0), letter(60), read_until(60 + 899))
    assert watch.open == [LETTERS]

    (resolved,) = watch.hear(read_until(60 + 900))

    assert resolved.state is IncidentState.RESOLVED
    assert "2 times" in resolved.text.en


def test_a_letter_that_was_long_under_way_is_not_lost() -> None:
    watch = a_watch()
    watch.hear(letter(0), read_until(5000))
    assert watch.open == []

    watch.hear(letter(10))  # stamped long before we judged it quiet

    assert watch.open == [LETTERS]


def test_after_a_restart_the_quiet_time_still_ends_it() -> None:
    watch = a_watch()
    watch.hear(letter(0))

    watch.restart()
    watch.hear(read_until(899))
    assert watch.open == [LETTERS]
    watch.hear(read_until(900))

    assert watch.open == []
