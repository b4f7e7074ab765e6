"""Who needs whom: the order things can be computed in, and the circles that forbid one."""

from collections.abc import Mapping, Sequence

Needs = Mapping[str, Sequence[str]]


def circles_of(needs: Needs) -> list[tuple[str, ...]]:
    """Return a circle for each group of names that need themselves: `(a, b, a)`."""
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for start in sorted(needs):
        if way := _way_back(start, needs):
            found.setdefault(frozenset(way), way)
    return list(found.values())


def in_order(needs: Needs) -> list[str]:
    """Return the names so that each comes after those it needs; there must be no circle."""
    ordered: dict[str, None] = {}
    for start in sorted(needs):
        ahead = [start]
        while ahead:
            lacking = [n for n in needs[ahead[-1]] if n in needs and n not in ordered]
            if lacking:
                ahead.append(lacking[0])
            else:
                ordered.setdefault(ahead.pop())
    return list(ordered)


def needed_by(start: str, needs: Needs) -> set[str]:
    """Return a name with all that it needs, directly and through others."""
    found = {start}
    ahead = [start]
    while ahead:
        more = [name for name in needs.get(ahead.pop(), ()) if name not in found]
        found.update(more)
        ahead += more
    return found


def _way_back(start: str, needs: Needs) -> tuple[str, ...]:
    """Return the shortest way from a name to itself, () when there is none."""
    came_from: dict[str, str] = {}
    ahead = [start]
    for name in ahead:
        for following in needs.get(name, ()):
            if following == start:
                return (*_way(start, name, came_from), start)
            if following not in came_from:
                came_from[following] = name
                ahead.append(following)
    return ()


def _way(start: str, end: str, came_from: Mapping[str, str]) -> tuple[str, ...]:
    way = [end]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return tuple(reversed(way))
