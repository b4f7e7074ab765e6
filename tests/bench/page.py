"""docs/performance.md: one section a bench, renewed one by one; the others stay as they were."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

HEAD = """\
# Performance

Each section is written by its own run of `make bench ARGS="<section> --write"`; `make bench
ARGS=--write` renews them all. Ratios are measured / reference of the same run: absolute figures
belong to the machine and its load, which each section names.
"""
_HEADING = re.compile(r"^## (\S+)\n", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """One bench's section."""

    name: str
    body: str

    def __str__(self) -> str:
        return f"## {self.name}\n\n{self.body.strip()}\n"


def with_table(page: str, part: Part) -> str:
    """Return a page with the part's text between its marks `<!-- name -->` and `<!-- /name -->`."""
    begin, end = f"<!-- {part.name} -->", f"<!-- /{part.name} -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ValueError(f"the page needs one {begin} and one {end}")
    before, rest = page.split(begin)
    return f"{before}{begin}\n{part.body.strip()}\n{end}{rest.split(end)[1]}"


def parts_of(page: str) -> list[Part]:
    """Return the sections of a page as it is."""
    _, *rest = _HEADING.split(page)
    return [Part(name, body) for name, body in zip(rest[::2], rest[1::2], strict=True)]


def renewed(page: str, new: Iterable[Part], order: Iterable[str]) -> str:
    """Return the page with these sections in place of older ones, in the order of the benches."""
    known = {part.name: part for part in [*parts_of(page), *new]}
    return "\n".join([HEAD, *(str(known[name]) for name in order if name in known)])
