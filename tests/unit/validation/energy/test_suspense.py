"""Energy that is set aside: opened, revised, released, and never lost."""

from services.validation.domain.energy.edits import EntryRuled, IntervalEdit, SwapDeclared
from services.validation.domain.energy.splitting import QUARTER_US
from services.validation.domain.energy.steps import Method, Ruling, Swap
from services.validation.domain.energy.suspense import Movement, Reason
from tests.support.energy import Meter, at, believed, rejected


def a_jump() -> Meter:
    """Return a 40 kW meter that rose by 90 kWh in a quarter hour, and is believed at its level."""
    meter = Meter()
    meter.reads(believed(0, 1000), believed(15, 2000))
    meter.reads(rejected(30, 92_000))
    meter.reads(believed(30, 92_000), believed(45, 93_000))
    return meter


def test_a_rejected_increment_is_set_aside_while_nobody_knows() -> None:
    meter = Meter()

    meter.reads(believed(0, 1000), believed(15, 2000), rejected(16, 92_000))

    (posting,) = meter.postings
    assert posting.movement is Movement.OPENED
    assert posting.entry.reason is Reason.UNCONFIRMED
    assert (posting.entry.start_us, posting.entry.end_us) == (at(15), at(16))
    assert meter.balance_wh() == 90_000


def test_it_is_released_by_the_next_believed_reading() -> None:
    meter = Meter()
    meter.reads(believed(0, 1000), rejected(1, 92_000))

    meter.reads(believed(15, 2000))

    assert [p.movement for p in meter.postings] == [Movement.OPENED, Movement.RELEASED]
    assert meter.balance_wh() == 0
    assert meter.at(0).believed_wh == 1000


def test_a_jump_that_followers_confirm_stays_set_aside_and_only_the_rest_is_released() -> None:
    meter = Meter()
    meter.reads(believed(0, 1000), believed(15, 2000))

    meter.reads(rejected(30, 92_000), rejected(45, 93_000))
    assert meter.balance_wh() == 91_000

    meter.reads(believed(30, 92_000), believed(45, 93_000))
    assert meter.postings[-1].entry.reason is Reason.JUMP
    assert meter.balance_wh() == 90_000
    assert meter.at(1).suspense_wh == 90_000
    assert meter.at(1).known_us == 0
    assert meter.at(2).believed_wh == 1000


def test_a_declared_swap_releases_the_jump_of_the_new_meter() -> None:
    meter = a_jump()

    meter.is_edited(SwapDeclared(Swap(at(20), old_end_wh=2300, new_start_wh=91_500)))

    assert meter.balance_wh() == 0
    assert meter.at(1).believed_wh == 300 + 500
    assert meter.postings[-1].because == "edit-4-0"


def test_an_editor_accepts_an_entry_into_its_intervals() -> None:
    meter = a_jump()

    meter.is_edited(EntryRuled(at(15), at(30), 90_000, Ruling(accepted=True)))

    assert meter.balance_wh() == 0
    assert meter.at(1).estimated_wh == 90_000
    assert meter.at(1).methods == Method.ACCEPTED
    assert meter.at(1).known_us == QUARTER_US


def test_an_editor_writes_an_entry_off_to_an_account_and_the_sum_stays() -> None:
    meter = a_jump()

    meter.is_edited(EntryRuled(at(15), at(30), 90_000, Ruling(False, "meter fault")))

    assert (meter.balance_wh(), meter.balance_wh("meter fault")) == (0, 90_000)
    assert meter.at(1).written_off_wh == 90_000


def test_a_ruling_holds_only_for_the_entry_the_editor_saw() -> None:
    meter = a_jump()
    meter.is_edited(EntryRuled(at(15), at(30), 90_000, Ruling(accepted=True)))

    meter.reads(believed(25, 2100))  # now the jump is one of 89,900 Wh in five minutes

    assert meter.open_entries() == [(at(25), at(30), 89_900)]


def test_a_register_that_fell_claims_what_it_counted_since_zero() -> None:
    meter = Meter()

    meter.reads(believed(0, 50_000), rejected(15, 400))

    assert meter.balance_wh() == 400


def test_what_a_ruling_and_an_edit_put_to_one_account_is_one_entry_of_it() -> None:
    meter = a_jump()
    meter.is_edited(EntryRuled(at(15), at(30), 90_000, Ruling(False, "fault")))

    meter.is_edited(IntervalEdit(at(15), 1000, "fault"))

    assert meter.at(1).estimated_wh == 1000
    assert meter.at(1).written_off_wh == meter.balance_wh("fault") == 89_000
    assert [posting.change_wh for posting in meter.postings[-1:]] == [-1000]
