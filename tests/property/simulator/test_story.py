"""A restarted simulator tells the same story and forgets nothing that was not heard."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from services.simulator.domain.setpoints import Accepted, Refused
from services.simulator.domain.world import DeviceMode, World
from services.simulator.store import StateFile
from services.simulator.story import Story, opening
from tests.unit.simulator.builders import START_S, a_setpoint, a_world

MINUTE_S = 60


def a_story(world: World | None = None) -> Story:
    world = world or a_world((0, 10, 90, 5.0), (1, -30, 900, 50.0), steel=100.0, pv=75.0)
    return Story(world, opening(world, START_S))


def test_the_first_sample_is_that_of_the_start() -> None:
    story = a_story()

    assert [sample.at_s for sample in story.retold] == [START_S]
    assert story.next_sample_s == START_S + MINUTE_S


def test_a_step_tells_every_sample_that_is_due() -> None:
    told = a_story().tell(START_S + 3 * MINUTE_S + 59)

    assert [sample.at_s - START_S for sample in told] == [60, 120, 180]


def test_an_accepted_setpoint_takes_effect_in_the_next_step() -> None:
    story = a_story()

    assert story.answer(a_setpoint("battery", 90_000.0, at_min=0.5)) == Accepted(90_000.0)

    [sample] = story.tell(START_S + MINUTE_S)
    assert sample.values["battery"]["active_power_w"] == 90_000.0


def test_local_devices_refuse() -> None:
    story = a_story(a_world(mode=DeviceMode.LOCAL))

    assert story.answer(a_setpoint("battery", 0.0)) == Refused("local mode")


def test_after_a_kill_what_was_not_acknowledged_is_told_again() -> None:
    story = a_story()
    told = story.tell(START_S + 10 * MINUTE_S)
    story.acknowledge(START_S + 4 * MINUTE_S)

    again = Story(story.world, story.saved())

    assert again.retold == told[3:]  # the last acknowledged one is where it begins
    assert again.acknowledged_s == START_S + 4 * MINUTE_S


def test_the_checkpoint_follows_what_was_acknowledged() -> None:
    story = a_story()
    story.tell(START_S + 300 * MINUTE_S)
    story.acknowledge(START_S + 299 * MINUTE_S)

    assert story.saved().checkpoint.at_s == START_S + 299 * MINUTE_S


def test_rings_come_back_unless_the_sample_period_changed(tmp_path: Path) -> None:
    file = StateFile(tmp_path)
    assert file.load_rings(60) == {}

    file.save_rings(60, {1: b"a\nb", 11: b"c"})

    assert file.load_rings(60) == {1: b"a\nb", 11: b"c"}
    assert file.load_rings(5) == {}


def test_without_acknowledgement_nothing_is_forgotten() -> None:
    story = a_story()
    story.tell(START_S + 300 * MINUTE_S)

    assert story.saved().checkpoint.at_s == START_S


@settings(max_examples=5, deadline=None)
@given(
    orders=st.lists(
        st.tuples(st.integers(0, 399), st.sampled_from(["battery", "pv", "charger_01"])),
        max_size=10,
    ),
    kills=st.lists(st.integers(1, 400), max_size=3),
)
def test_kills_change_no_sample(
    orders: list[tuple[int, str]], kills: list[int], tmp_path_factory: object
) -> None:
    setpoints = [a_setpoint(device, 5_000.0 + m, at_min=m) for m, device in sorted(orders)]

    def told(kills: set[int], folder: Path) -> dict[int, object]:
        story = a_story()
        heard: dict[int, object] = {}
        file = StateFile(folder)
        for minute in range(1, 401):
            for setpoint in setpoints:
                if setpoint.at_s == START_S + (minute - 1) * MINUTE_S:
                    story.answer(setpoint)
            heard |= {s.at_s: s.values for s in story.tell(START_S + minute * MINUTE_S)}
            file.save(story.saved())
            if minute in kills:
                saved = file.load()
                assert saved is not None
                story = Story(story.world, saved)
                for sample in story.retold[1:]:
                    assert heard.setdefault(sample.at_s, sample.values) == sample.values
            if minute % 7 == 0:
                story.acknowledge(START_S + minute * MINUTE_S)
        return heard

    folder = tmp_path_factory.mktemp("state")  # type: ignore[attr-defined]
    assert told(set(kills), folder) == told(set(), folder)
