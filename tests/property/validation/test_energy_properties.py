"""Whatever happens to a register: no Wh is lost, and order and repetition do not matter."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.validation.domain.energy.checkpoint import from_bytes, to_bytes
from services.validation.domain.energy.edits import (
    Change,
    Edit,
    EntryRuled,
    IntervalEdit,
    ReadingEdit,
    Revoked,
    SwapDeclared,
)
from services.validation.domain.energy.intervals import Parts
from services.validation.domain.energy.readings import Counts
from services.validation.domain.energy.recalling import recalled
from services.validation.domain.energy.splitting import QUARTER_US, first_parts, shares
from services.validation.domain.energy.steps import Reading, Ruling, Swap, since_zero, supports
from services.validation.domain.energy.suspense import SUSPENSE, balances_wh
from services.validation.domain.energy.table import (
    BY_ITS_DIGITS,
    NO_BOUND,
    NO_ROLL_OVER,
    RegisterRule,
)
from tests.support.energy import Meter, Row, at, believed, counted_at_once, quarter, rows_of

MODULUS_WH = 1_000_000
RULES = st.builds(
    RegisterRule,
    largest_w=st.sampled_from([NO_BOUND, 40_000]),
    modulus_wh=st.sampled_from([NO_ROLL_OVER, BY_ITS_DIGITS, MODULUS_WH]),
)
RISES_WH = st.one_of(
    st.integers(0, 3000),  # what a 40 kW meter may do in minutes
    st.integers(0, 200_000),  # a jump
    st.integers(-MODULUS_WH, -1),  # a reset, a swap, a roll-over, a count backwards
)
COUNTS = st.sampled_from([Counts.BELIEVED] * 5 + [Counts.SUSPECT, Counts.CLAIMED])
MINUTES = st.integers(1, 400).map(lambda twelfth: twelfth / 12) | st.integers(30, 900)


@st.composite
def registers(draw: st.DrawFn) -> list[Row]:
    """A register's readings with everything that can go wrong, one for each event time."""
    minute, wh, rows = 0.0, draw(st.integers(0, MODULUS_WH - 1)), []
    for _ in range(draw(st.integers(2, 20))):
        rows.append((minute, wh, draw(COUNTS)))
        minute += draw(MINUTES)
        wh = max(0, wh + draw(RISES_WH))
    return rows


def as_set(rows: list[Row]) -> dict[int, Reading]:
    return {at(minute): Reading(at(minute), wh, int(counts)) for minute, wh, counts in rows}


def in_batches(data: st.DataObject, meter: Meter, rows: list[Row]) -> None:
    while rows:
        size = data.draw(st.integers(1, len(rows)))
        meter.reads(*rows[:size])
        rows = rows[size:]


@given(registers(), RULES)
def test_between_believed_readings_all_parts_add_up_to_the_register_difference(
    rows: list[Row], rule: RegisterRule
) -> None:
    # Both ends on the grid: then the quarters between them hold the whole difference.
    end = (int(rows[-1][0]) // 15 + 2) * 15
    rows = [*rows, believed(end, rows[-1][1])]
    meter = Meter(rule)

    meter.reads(*rows)

    counted_wh = sum(
        parts.believed_wh + parts.estimated_wh + parts.suspense_wh + parts.written_off_wh
        for parts in meter.standing.values()
    )
    supported = supports(as_set(rows).values(), rule)
    assert counted_wh == sum(rise_wh(before, after, rule) for before, after in pairwise(supported))


def rise_wh(before: Reading, after: Reading, rule: RegisterRule) -> int:
    """Return the register difference within one life; after a break, what the new life counted."""
    rise = after.wh - before.wh
    duration_us = after.time_us - before.time_us
    if rise >= 0:
        return rise
    modulus_wh = rule.rolls_over_at(before.wh)
    through = rise + modulus_wh
    if 0 <= through < modulus_wh // 2 and rule.allows(through, duration_us):
        return through
    return since_zero(before.wh, after.wh, duration_us, rule) or 0


@given(registers(), RULES, st.data())
def test_any_order_any_repetition_any_batches_give_the_same_quarters_and_entries(
    rows: list[Row], rule: RegisterRule, data: st.DataObject
) -> None:
    shown, entries = counted_at_once(as_set(rows), rule)
    meter = Meter(rule)

    again = data.draw(st.permutations(rows + data.draw(st.lists(st.sampled_from(rows)))))
    in_batches(data, meter, again)

    assert meter.standing == shown
    assert meter.open_entries() == sorted((e.start_us, e.end_us, e.wh) for e in entries)


def test_a_claim_that_lasts_longer_moves_the_end_of_what_is_set_aside() -> None:
    meter = Meter(RegisterRule())

    meter.reads((0, 0, Counts.SUSPECT), (1, 1, Counts.CLAIMED))
    meter.reads((2, 1, Counts.CLAIMED))

    assert meter.open_entries() == [(at(0), at(2), 1)]


@given(registers(), RULES, st.data())
def test_what_the_judge_changes_its_mind_about_ends_as_if_it_had_known_at_once(
    rows: list[Row], rule: RegisterRule, data: st.DataObject
) -> None:
    revised = [
        replace_counts(row, data.draw(st.sampled_from([*COUNTS_AND_NOTHING, row[2]])))
        for row in rows
    ]
    last_word = {time: r for time, r in as_set(revised).items() if r.counts != Counts.NOTHING}
    meter = Meter(rule)

    in_batches(data, meter, rows)
    in_batches(data, meter, data.draw(st.permutations(revised)))

    shown, entries = counted_at_once(last_word, rule)
    assert meter.standing == shown
    assert meter.open_entries() == sorted((e.start_us, e.end_us, e.wh) for e in entries)


COUNTS_AND_NOTHING = [*Counts]


def replace_counts(row: Row, counts: Counts) -> Row:
    return (row[0], row[1], counts)


@given(registers(), RULES)
def test_the_balance_is_the_sum_of_the_entries_at_every_moment(
    rows: list[Row], rule: RegisterRule
) -> None:
    meter, so_far = Meter(rule), []
    for row in rows:
        so_far.append(row)
        meter.reads(row)

        _, entries = counted_at_once(as_set(so_far), rule)
        assert meter.balance_wh() == sum(e.wh for e in entries if e.account == SUSPENSE)


@given(registers(), RULES, st.integers(12, 40))
def test_a_short_memory_counts_the_same_as_long_as_readings_come_in_order(
    rows: list[Row], rule: RegisterRule, depth: int
) -> None:
    short, long = Meter(rule, depth=depth), Meter(rule)

    for row in [*rows, *((minute + 5000, wh, counts) for minute, wh, counts in rows)]:
        short.reads(row)
        long.reads(row)

    assert without_methods(short) == without_methods(long)
    assert short.balance_wh() == long.balance_wh()
    for start_us, parts in long.standing.items():  # what is out of memory cannot lose its name
        assert short.standing[start_us].methods & parts.methods == parts.methods


def without_methods(meter: Meter) -> dict[int, Parts]:
    return {start_us: parts._replace(methods=0) for start_us, parts in meter.standing.items()}


@given(registers(), RULES, st.data())
def test_a_state_that_was_put_down_and_taken_up_goes_on_as_if_nothing_had_been(
    rows: list[Row], rule: RegisterRule, data: st.DataObject
) -> None:
    half = data.draw(st.integers(0, len(rows)))
    meter, undisturbed = Meter(rule, depth=12), Meter(rule, depth=12)
    undisturbed.reads(*rows[:half])
    undisturbed.reads(*rows[half:])

    meter.reads(*rows[:half])
    put_down = to_bytes(meter.registers)
    meter.registers = from_bytes(put_down, meter.table.ids)
    meter.reads(*rows[half:])

    assert meter.shown == undisturbed.shown
    assert meter.postings == undisturbed.postings
    assert to_bytes(meter.registers) == to_bytes(undisturbed.registers)


WH = st.integers(0, 10**12)


@given(WH, st.integers(0, 10**8), st.integers(0, 10 * QUARTER_US))
def test_shares_are_never_negative_and_add_up(wh: int, start_us: int, length_us: int) -> None:
    parts = list(shares(wh, start_us, start_us + length_us))

    assert sum(part for _, _, part in parts) == wh
    assert min(part for _, _, part in parts) >= 0
    assert sum(us for _, us, _ in parts) == length_us


@given(WH, st.integers(0, 3_000_000_000), st.integers(0, 3_000_000_000))
def test_the_parts_of_columns_are_exact(wh: int, part_us: int, more_us: int) -> None:
    whole_us = min(part_us + more_us, 3_000_000_000)
    part_us = min(part_us, whole_us)

    (part,) = first_parts(np.array([wh]), np.array([part_us]), np.array([whole_us])).tolist()

    assert part == (wh * part_us // whole_us if whole_us else 0)


CHANGES = st.one_of(
    st.builds(
        ReadingEdit,
        st.sampled_from([at(minute) for minute in (0, 5, 15, 30, 44, 100)]),
        st.sampled_from([*Counts]),
        st.none() | st.integers(0, MODULUS_WH - 1),
    ),
    st.builds(IntervalEdit, st.integers(0, 12).map(quarter), st.integers(0, 5000), st.just("log")),
    st.builds(
        lambda minute, old, new: SwapDeclared(Swap(at(minute), old, new)),
        st.sampled_from([7, 15, 22, 61]),
        st.integers(0, MODULUS_WH),
        st.integers(0, MODULUS_WH),
    ),
    st.builds(Revoked, st.sampled_from(["e0", "e1", "e2"])),
)


@given(registers(), RULES, st.lists(CHANGES, min_size=1, max_size=4), st.data())
def test_edits_and_readings_in_any_order_end_in_the_same_quarters_and_balances(
    rows: list[Row], rule: RegisterRule, changes: list[Change], data: st.DataObject
) -> None:
    edits = [Edit(f"e{k}", 0, change, "li", "seen", k) for k, change in enumerate(changes)]
    first, last, mixed = Meter(rule), Meter(rule), Meter(rule)

    first.takes_edits(*edits)
    first.reads(*rows)
    last.reads(*rows)
    last.takes_edits(*edits)
    for event in data.draw(st.permutations([*rows, *edits])):
        if isinstance(event, Edit):
            mixed.takes_edits(event)
        else:
            mixed.reads(event)

    assert first.standing == last.standing == mixed.standing
    assert balances(first) == balances(last) == balances(mixed)


def balances(meter: Meter) -> dict[str, int]:
    return {account: wh for account, wh in balances_wh(meter.postings).items() if wh}


@given(registers(), RULES, st.data())
def test_rulings_and_edited_intervals_keep_every_sum(
    rows: list[Row], rule: RegisterRule, data: st.DataObject
) -> None:
    meter = Meter(rule)
    meter.reads(*rows)
    before = total_wh(meter)

    for start_us, end_us, wh in meter.open_entries():
        ruling = data.draw(st.sampled_from([Ruling(True), Ruling(False, "fault")]))
        meter.is_edited(EntryRuled(start_us, end_us, wh, ruling))
    for start_us in data.draw(st.lists(st.sampled_from(sorted(meter.standing) or [0]))):
        meter.is_edited(IntervalEdit(start_us, data.draw(st.integers(0, 5000)), "log"))

    assert total_wh(meter) == before
    off = balances_wh(p for p in meter.postings if p.entry.account != SUSPENSE)
    over = sum(parts.written_off_wh for parts in meter.standing.values())
    level_us = int(meter.registers.level_us[0])
    shown_in_full = all(p.entry.end_us <= level_us - level_us % QUARTER_US for p in meter.postings)
    assert not shown_in_full or sum(off.values()) == over


def total_wh(meter: Meter) -> int:
    return sum(
        parts.energy_wh + parts.suspense_wh + parts.written_off_wh
        for parts in meter.standing.values()
    )


@given(registers(), RULES, st.data())
def test_what_is_out_of_memory_is_recalled_as_if_it_had_been_remembered(
    rows: list[Row], rule: RegisterRule, data: st.DataObject
) -> None:
    late = data.draw(st.sampled_from(rows))
    long = Meter(rule)
    long.reads(*(row for row in rows if row is not late))
    remembered = long.reads(late)

    step = recalled(
        long.table,
        0,
        rows_of(row for row in rows if row is not late),
        (),
        rows_of([late]),
        (),
        known_at_us=long.known_at_us,
    )

    assert step.intervals.by_key() == remembered.intervals.by_key()
    assert step.postings == remembered.postings
