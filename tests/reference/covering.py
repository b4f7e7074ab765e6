"""Which grid power certificates cover: matched by year, what expires first goes first (D.1)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

from tests.reference.carbon_reference import Books
from tests.reference.files import Paper


def covered(books: Books, papers: Sequence[Paper]) -> dict[tuple[str, str, str, str, str], int]:
    """Return Wh by month, enterprise, activity, kind and certificate, matched by year (D.1, D.3).

    Of a year min(grid power, certificates) is covered, spread over the intervals in proportion;
    what expires first is used first. Where not all is known nothing is covered.
    """
    found: dict[tuple[str, str, str, str, str], int] = defaultdict(int)
    for owner in {paper.owner for paper in papers}:
        own = sorted((p for p in papers if p.owner == owner), key=lambda p: (p.month, p.name))
        of = books.grid[owner]
        load = [sum(kinds.values()) if ok else 0
                for kinds, ok in zip(of, books.traced, strict=False)]  # fmt: skip
        total, supply = sum(load), sum(paper.wh for paper in own)
        ends = [0]
        for paper in own:
            ends.append(ends[-1] + paper.wh)
        drawn = before = 0
        for kinds, wh, month in zip(of, load, books.months, strict=False):
            drawn += wh
            upto = drawn * min(total, supply) // total
            left = {key: value for key, value in sorted(kinds.items()) if value}
            while before < upto:
                number = bisect_right(ends, before) - 1
                part = min(upto, ends[number + 1]) - before
                before += part
                for key in left:
                    taken = min(part, left[key])
                    left[key] -= taken
                    part -= taken
                    if taken:
                        found[month, owner, *key[1:], own[number].name] += taken
    return found
