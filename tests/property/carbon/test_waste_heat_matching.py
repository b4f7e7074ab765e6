"""The exchange of waste heat: always feasible, on tiny ones as good as trying everything."""

from fractions import Fraction
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from services.carbon_accounting.domain.resources.exchange import Connection, Exchange
from services.carbon_accounting.domain.resources.matching import Proposal, proposed
from services.carbon_accounting.domain.resources.transport import Effort
from tests.support.exchange import an_exchange, demand, pipe, source

TO_THE_END = Effort(gap_share=0.0, nodes=10_000)
MICRO_OF_A_THOUSAND = 1_000
"""In micros: as near as the solver's bound is known."""
small = st.integers(0, 3)
prices = st.integers(0, 9).map(lambda tenths: f"{tenths}/10")


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    """Two sources, two needs, two periods, kW of 0 to 3; some pipes are missing."""
    hours = (draw(st.integers(1, 5)) * 100, draw(st.integers(1, 5)) * 100)
    sources = [
        source(
            name,
            draw(small),
            draw(small),
            at_c=draw(st.sampled_from([60, 75, 90])),
            price=draw(prices),
        )
        for name in ("a", "b")
    ]
    demands = [
        demand(
            name, draw(small), draw(small), at_c=draw(st.sampled_from([50, 65])), price=draw(prices)
        )
        for name in ("x", "y")
    ]
    pipes = [
        pipe(one, other, cost=draw(st.integers(0, 600)))
        for one, other in product("ab", "xy")
        if draw(st.booleans()) or draw(st.booleans())
    ]
    return an_exchange(sources, demands, pipes, hours)


def fits_by_hand(exchange: Exchange, connection: Connection) -> bool:
    source_c = next(one.level for one in exchange.sources if one.id == connection.source_id)
    needed_c = next(one.level for one in exchange.demands if one.id == connection.demand_id)
    return source_c >= needed_c + 10


def best_of_a_period(exchange: Exchange, period: int, built: list[Connection]) -> int:
    """The most micros an hour of a period can save, by trying every whole kW on every pipe."""
    offers = {one.id: one for one in exchange.sources}
    needs = {one.id: one for one in exchange.demands}
    best = 0
    for kws in product(range(4), repeat=len(built)):
        given_kw = dict.fromkeys(offers, 0)
        taken_kw = dict.fromkeys(needs, 0)
        saved = 0
        for kw, one in zip(kws, built, strict=True):
            given_kw[one.source_id] += kw
            taken_kw[one.demand_id] += kw
            saved += kw * (needs[one.demand_id].price_micros - offers[one.source_id].price_micros)
        fits = all(kw * 1000 <= offers[name].rates[period] for name, kw in given_kw.items())
        if fits and all(kw * 1000 <= needs[name].rates[period] for name, kw in taken_kw.items()):
            best = max(best, saved)
    return best


def best_by_trying(exchange: Exchange) -> int:
    """The most micros a year can save, by trying every set of pipes that are warm enough."""
    usable = [one for one in exchange.connections if fits_by_hand(exchange, one)]
    best = 0
    for choice in product([False, True], repeat=len(usable)):
        built = [one for one, is_built in zip(usable, choice, strict=True) if is_built]
        saved = sum(
            hours * best_of_a_period(exchange, period, built)
            for period, hours in enumerate(exchange.hours)
        )
        best = max(best, saved - sum(one.cost_micros_a_year for one in built))
    return best


@settings(max_examples=40, deadline=None)
@given(exchanges())
def test_nothing_saves_more_than_the_proposal(exchange: Exchange) -> None:
    proposal = proposed(exchange, TO_THE_END)

    assert proposal.saving_micros == best_by_trying(exchange)
    assert proposal.saving_micros <= proposal.bound_micros + MICRO_OF_A_THOUSAND


def assert_possible(exchange: Exchange, proposal: Proposal) -> None:
    """Nobody gives more than there is or gets more than is needed, and heat flows down."""
    for period in range(len(exchange.hours)):
        for one in exchange.sources:
            given_w = sum(x.rates[period] for x in proposal.lines if x.source == one)
            assert given_w <= one.rates[period]
        for need in exchange.demands:
            got_w = sum(
                int(x.rates[period] * (1 - x.connection.loss_share))
                for x in proposal.lines
                if x.demand == need
            )
            assert got_w <= need.rates[period]
    for line in proposal.lines:
        assert line.source.level - line.demand.level >= 10
        assert line.saving_micros > 0


odd_kw = st.integers(0, 10**7)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(odd_kw, min_size=3, max_size=3),
    st.lists(odd_kw, min_size=3, max_size=3),
    st.integers(0, 99),
)
def test_a_proposal_fits_sources_and_needs_to_the_watt(
    left_over: list[int], needed: list[int], loss_pct: int
) -> None:
    sources = [source(f"s{n}", kw) for n, kw in enumerate(left_over)]
    demands = [demand(f"d{n}", kw, price=f"{n + 1}/7") for n, kw in enumerate(needed)]
    pipes = [
        pipe(one.id, other.id, cost=1, loss=str(Fraction(loss_pct, 100)))
        for one, other in product(sources, demands)
    ]
    exchange = an_exchange(sources, demands, pipes)

    assert_possible(exchange, proposed(exchange))
