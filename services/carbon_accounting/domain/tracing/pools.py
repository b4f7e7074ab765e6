"""What a store holds, by origin: content is put in less the losses, and given by a declared method.

`Pools` is what one run leaves to the next. `Content` is one store's content while a run goes on,
its mixes lists of Wh by the number of the origin.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.carbon_accounting.domain.tracing.boundary import Allocation, Store
from services.carbon_accounting.domain.tracing.origins import Origin, unknown_of
from services.carbon_accounting.domain.tracing.proportions import taken

Mix = list[int]


@dataclass(frozen=True, slots=True)
class Pool:
    """The content of one store in Wh that can be discharged, oldest lot first.

    `carry` is the part of a Wh, in parts of the efficiency's denominator, that was charged and is
    not yet a whole Wh to discharge.
    """

    lots: tuple[tuple[tuple[Origin, int], ...], ...] = ()
    carry: int = 0

    def __post_init__(self) -> None:
        for origin, wh in self.origins:
            if wh <= 0:
                raise ValueError(f"a pool holds {wh} Wh of {origin}; leave out what is not there")
        if self.carry < 0:
            raise ValueError(f"carry {self.carry} of a pool must be at least 0")

    @classmethod
    def of(cls, content: Mapping[Origin, int]) -> "Pool":
        """Return a pool with one lot."""
        return cls((tuple(sorted(content.items())),) if content else ())

    @property
    def origins(self) -> tuple[tuple[Origin, int], ...]:
        """Return all entries of all lots."""
        return tuple(entry for lot in self.lots for entry in lot)

    @property
    def wh(self) -> dict[Origin, int]:
        """The content by origin, in order."""
        found: dict[Origin, int] = {}
        for origin, wh in self.origins:
            found[origin] = found.get(origin, 0) + wh
        return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Pools:
    """The content of all stores by id; a store that is not named is empty."""

    by_store: Mapping[str, Pool] = field(default_factory=dict)

    @classmethod
    def of_unknown_origin(cls, content_wh: Mapping[str, int]) -> "Pools":
        """Return stores of which only the amounts are known."""
        known = {store: wh for store, wh in content_wh.items() if wh}
        return cls({store: Pool.of({unknown_of(store): wh}) for store, wh in known.items()})

    def of(self, store_id: str) -> Pool:
        """Return the pool of a store."""
        return self.by_store.get(store_id, Pool())

    def refuse_others_than(self, store_ids: Iterable[str]) -> None:
        """Raise ValueError where content is given of a store that is none of these."""
        known = sorted(store_ids)
        if foreign := sorted(self.by_store.keys() - {*known}):
            raise ValueError(
                f"the opening content names the stores {foreign}; the boundary has {known}"
            )

    @property
    def origins(self) -> frozenset[Origin]:
        """Every origin that is in some store."""
        return frozenset(o for pool in self.by_store.values() for o, _ in pool.origins)


class Content:
    """A store's content between two intervals; `total` is all that is in it, by origin."""

    def __init__(self, store: Store, pool: Pool, origins: Sequence[Origin]) -> None:
        number = {origin: index for index, origin in enumerate(origins)}
        self._store, self._origins = store, origins
        self._unknown = number[unknown_of(store.id)]
        self._carry = pool.carry % store.round_trip_efficiency.denominator
        self._lots: deque[Mix] = deque()
        self.total = self._nothing()
        for lot in pool.lots:
            mix = self._nothing()
            for origin, wh in lot:
                mix[number[origin]] += wh
            self._add(mix)

    def gives(self, wh: int) -> tuple[Mix, int]:
        """Take out `wh`; return them by origin, and how many of them were not there (unknown)."""
        given, lacking = self._taken_out(wh)
        given[self._unknown] += lacking
        return given, lacking

    def takes(self, charged: Mix) -> Mix:
        """Put in what can come back of what was charged; return what is lost, by origin."""
        efficiency = self._store.round_trip_efficiency
        parts = sum(charged) * efficiency.numerator + self._carry
        usable_wh, self._carry = divmod(parts, efficiency.denominator)
        usable = taken(charged, usable_wh)
        self._add(usable)
        lost = _less(charged, usable)
        if self._store.capacity_wh is not None:
            beyond = sum(self.total) - self._store.capacity_wh
            lost = _added([lost, self._taken_out(max(0, beyond))[0]])
        return lost

    def forgets(self) -> Mix:
        """Make all that is in it of unknown origin; return the change, by origin."""
        before, mix = self.total, self._nothing()
        mix[self._unknown] = sum(before)
        self._taken_out(sum(before))
        self._add(mix)
        return _less(mix, before)

    def as_pool(self) -> Pool:
        """Return what the next run begins with."""
        lots = (
            tuple((o, wh) for o, wh in zip(self._origins, lot, strict=True) if wh)
            for lot in self._lots
        )
        return Pool(tuple(lots), self._carry)

    def _add(self, mix: Mix) -> None:
        if not any(mix):
            return
        self.total = _added([self.total, mix])
        if self._lots and self._store.allocation is Allocation.WEIGHTED_AVERAGE:
            self._lots[-1] = _added([self._lots[-1], mix])
        else:
            self._lots.append(mix)

    def _taken_out(self, wh: int) -> tuple[Mix, int]:
        """Return what goes first, and how much of `wh` is not there."""
        out = self._nothing()
        while wh and self._lots:
            lot = self._lots.popleft()
            part = taken(lot, min(wh, sum(lot)))
            wh -= sum(part)
            out = _added([out, part])
            if any(rest := _less(lot, part)):
                self._lots.appendleft(rest)
        self.total = _less(self.total, out)
        return out, wh

    def _nothing(self) -> Mix:
        return [0] * len(self._origins)


def _added(mixes: Iterable[Mix]) -> Mix:
    return [sum(column) for column in zip(*mixes, strict=True)]


def _less(mix: Mix, part: Mix) -> Mix:
    return [wh - gone for wh, gone in zip(mix, part, strict=True)]
