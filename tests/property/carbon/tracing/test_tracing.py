"""Any grid, any amounts: nothing is lost or made up; order, restarts and chunks change nothing."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.carbon_accounting.domain.tracing.amounts import Amounts, Wh
from services.carbon_accounting.domain.tracing.boundary import Boundary, Role
from services.carbon_accounting.domain.tracing.origins import Origin, unknown_of
from services.carbon_accounting.domain.tracing.pools import Pools
from services.carbon_accounting.domain.tracing.tracing import Traced, traced, traced_in_chunks
from tests.support.tracing_cases import Case, cases


def the_trace_of(case: Case) -> Traced:
    return traced(case.boundary, case.amounts, case.opening)


def content_by_origin(case: Case, found: Traced) -> Wh:
    """What all stores hold, shape (origins, intervals + 1): first what they held before."""
    opening = [
        sum(case.opening.of(store.id).wh.get(origin, 0) for store in case.boundary.stores)
        for origin in found.origins
    ]
    return np.column_stack([opening, found.stores.content.sum(axis=0)])


def made_up_by_origin(case: Case, found: Traced) -> Wh:
    """What stores gave beyond their content, as unknown."""
    lacking = np.zeros_like(found.supply)
    for store, wh in zip(case.boundary.stores, found.stores.lacking, strict=True):
        lacking[found.origins.index(unknown_of(store.id))] += wh
    return lacking


@settings(max_examples=150, deadline=None)
@given(cases())
def test_of_every_origin_what_is_used_lost_and_stored_is_what_was_supplied(case: Case) -> None:
    found = the_trace_of(case)

    change = np.diff(content_by_origin(case, found), axis=1)
    used_and_lost = found.wh.sum(axis=1)
    assert np.array_equal(used_and_lost + change, found.supply + made_up_by_origin(case, found))


@settings(max_examples=120, deadline=None)
@given(cases())
def test_every_meter_has_its_own_wh_and_rounding(case: Case) -> None:
    found = the_trace_of(case)

    for number, line in enumerate(found.lines):
        if line.id in case.amounts.meter_ids:
            metered = case.amounts.wh[case.amounts.meter_ids.index(line.id)]
            node = case.boundary.nodes.index(line.node)
            rounding = np.where(found.rounded_into[node] == number, found.gap_wh[node], 0)
            assert np.array_equal(found.of(line.id).sum(axis=0), metered + rounding)
            assert (np.abs(rounding) <= len(case.boundary.registers_of(line.node))).all()


@settings(max_examples=100, deadline=None)
@given(cases())
def test_every_store_is_charged_and_gives_what_its_meters_say(case: Case) -> None:
    found = the_trace_of(case)
    books = found.stores
    metered = dict(zip(case.amounts.meter_ids, case.amounts.wh, strict=True))

    for number, store in enumerate(case.boundary.stores):
        charges = [m.id for m in case.boundary.of(Role.CHARGE) if m.store == store.id]
        told = sum((metered[meter_id] for meter_id in charges), np.zeros_like(found.starts_us))
        assert np.array_equal(books.charged[number].sum(axis=0), told)
    for meter, wh in zip(case.boundary.of(Role.DISCHARGE), books.discharged, strict=True):
        assert np.array_equal(wh.sum(axis=0), metered[meter.id])


@settings(max_examples=120, deadline=None)
@given(cases(with_unknown=True))
def test_nothing_is_negative(case: Case) -> None:
    found = the_trace_of(case)

    books = found.stores
    for wh in (found.wh, books.charged, books.discharged, books.lost, books.content, books.lacking):
        assert (wh >= 0).all()


@settings(max_examples=120, deadline=None)
@given(cases(with_unknown=True))
def test_no_green_is_made_up_where_something_is_unknown(case: Case) -> None:
    found = the_trace_of(case)
    is_green = np.array([origin.is_green for origin in found.origins])
    supplied_by = [meter.id for meter in case.boundary.of(Role.SUPPLY) if meter.kind != "grid"]
    assert {o.source for o in found.origins if o.is_green} <= {*supplied_by, "pv.a"}

    content = content_by_origin(case, found)[is_green].sum(axis=0)
    used_and_lost = found.wh[is_green].sum(axis=(0, 1))

    assert (np.diff(content) + used_and_lost <= metered_green(case)).all()


def metered_green(case: Case) -> Wh:
    green = [m.id for m in case.boundary.of(Role.SUPPLY) if Origin(m.kind, m.id, 2025).is_green]
    rows = [case.amounts.meter_ids.index(meter_id) for meter_id in green]
    return np.where(case.amounts.unknown, 0, case.amounts.wh)[rows].sum(axis=0)


@settings(max_examples=120, deadline=None)
@given(cases(with_unknown=True))
def test_a_store_s_books_close_whatever_is_unknown(case: Case) -> None:
    found = the_trace_of(case)
    books, lines = found.stores, case.boundary.of(Role.DISCHARGE)

    for number, store in enumerate(case.boundary.stores):
        before = [case.opening.of(store.id).wh.get(origin, 0) for origin in found.origins]
        change = np.diff(np.column_stack([before, books.content[number]]), axis=1)
        change += books.lost[number] - books.charged[number] - books.forgotten[number]
        for line, wh in zip(lines, books.discharged, strict=True):
            change += wh if line.store == store.id else 0
        change[found.origins.index(unknown_of(store.id))] -= books.lacking[number]
        assert not change.any()
        assert not books.forgotten[number].sum(axis=0).any()


@settings(max_examples=100, deadline=None)
@given(cases(with_unknown=True), st.data())
def test_the_order_of_the_input_changes_nothing(case: Case, data: st.DataObject) -> None:
    where, amounts = case.boundary, case.amounts
    meters = data.draw(st.permutations(where.meters))
    nodes, stores = (data.draw(st.permutations(ids)) for ids in (where.nodes, where.stores))
    other = Boundary(tuple(nodes), tuple(meters), where.zone, tuple(stores), export=where.export)
    rows = data.draw(st.permutations(range(len(meters))))
    ids = tuple(amounts.meter_ids[row] for row in rows)
    shuffled = Amounts(ids, amounts.starts_us, amounts.wh[rows], amounts.unknown[rows])

    again = traced(other, shuffled, case.opening)

    found = the_trace_of(case)
    assert (again.lines, again.origins) == (found.lines, found.origins)
    assert np.array_equal(again.wh, found.wh)
    assert again.closing == found.closing


@settings(max_examples=150, deadline=None)
@given(cases(with_unknown=True), st.integers(1, 3))
def test_a_stretch_after_the_other_is_the_same_as_all_at_once(case: Case, intervals: int) -> None:
    whole = the_trace_of(case)

    parts = [*traced_in_chunks(case.boundary, case.amounts, case.opening, intervals)]

    assert parts[-1].closing == whole.closing
    assert [line.id for line in parts[0].lines] == [line.id for line in whole.lines]
    joined: dict[Origin, Wh] = {o: np.zeros_like(whole.wh[0]) for o in whole.origins}
    first = 0
    for part in parts:
        last = first + len(part.starts_us)
        for origin, wh in zip(part.origins, part.wh, strict=True):
            joined.setdefault(origin, np.zeros_like(whole.wh[0]))[:, first:last] = wh
        first = last
    assert np.array_equal(np.array([joined[origin] for origin in whole.origins]), whole.wh)
    assert not any(wh.any() for origin, wh in joined.items() if origin not in whole.origins)


@settings(max_examples=50, deadline=None)
@given(cases())
def test_what_a_store_closes_with_is_what_it_holds(case: Case) -> None:
    found = the_trace_of(case)

    for number, store in enumerate(case.boundary.stores):
        held = found.stores.content[number, :, -1].tolist()
        content = {o: wh for o, wh in zip(found.origins, held, strict=True) if wh}
        assert found.closing.of(store.id).wh == content
        assert Pools(found.closing.by_store) == found.closing
