"""Why an entry is not what it was: from what of it differs, and from which input files differ.

| what differs | reason |
|---|---|
| amount the same, its factor or method not | factor changed; certificate changed if it is one's |
| the same, but of several factors, or the factor of another year | every input that changed |
| amount the same, its quality not | reading changed |
| amount the same, its scope, carrier or unit not | boundary changed |
| amount, and only one input changed | what that input holds |
| amount, among origins of one use, a certificate's among them | certificate changed |
| amount, among enterprises of one meter | boundary changed |
| amount, else | every input that changed, with `or` between |

Power out of a store has the factors of the years it came in: a reading moves it between them, and
then no factor changed. A factor is a reason for an amount only where there was no entry before, or
is none now.
"""

from collections.abc import Collection, Iterator

import numpy as np
import pyarrow as pa

from services.carbon_accounting.book.comparing_entries import NOT_THERE, Texts, Versions, folded
from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.readings import Mask

READING, FACTOR, BOUNDARY, CERTIFICATE = (
    "reading changed",
    "factor changed",
    "boundary changed",
    "certificate changed",
)
OF_ROLE = {
    "readings": READING,
    "park": BOUNDARY,
    "certificates": CERTIFICATE,
    "factors": FACTOR,
}
UNEXPLAINED = "the same files: other software, or changed books"


def reasons(found: Versions, roles: Collection[str]) -> Texts:
    """Return the reason of each entry that changed, None of others.

    `roles`: which input files are not the same.
    """
    inputs = [reason for role, reason in OF_ROLE.items() if role in roles]
    told = np.full(len(found.rows), None, object)
    moved, came_or_went = found.amount.differs, _came_or_went(found)
    same = ~moved & ~came_or_went
    told[same & found.place.differs] = BOUNDARY
    told[same & found.quality.differs] = READING
    made_otherwise = same & (found.stamp.differs | found.emissions_ng.differs)
    told[made_otherwise] = FACTOR
    told[made_otherwise & _shifted(found, inputs)] = " or ".join(inputs) or UNEXPLAINED
    certified = _of_certificates(found)
    if CERTIFICATE in inputs:
        told[same & found.changed & certified] = CERTIFICATE
    amounts = moved | came_or_went
    for here, possible in ((amounts & ~came_or_went, False), (amounts & came_or_went, True)):
        candidates = [one for one in inputs if possible or one != FACTOR]
        told[here] = " or ".join(candidates) or UNEXPLAINED
        if len(candidates) > 1:
            _refine(told, here, found, certified, candidates)
    return told


def _refine(
    told: Texts, here: Mask, found: Versions, certified: Mask, candidates: Collection[str]
) -> None:
    if BOUNDARY in candidates:
        told[here & _balanced(found, found.meter) & ~_balanced(found, found.group)] = BOUNDARY
    if CERTIFICATE in candidates:
        claims = np.zeros(int(found.group.max(initial=0)) + 1, bool)
        claims[found.group[certified & found.amount.differs]] = True
        told[here & _balanced(found, found.group) & claims[found.group]] = CERTIFICATE


def _shifted(found: Versions, inputs: Collection[str]) -> Mask:
    """Return where other emissions of one amount need no other factor, given what changed."""
    shifted = found.several | (~found.stamp.differs & (FACTOR not in inputs))
    if {*inputs} <= {READING, CERTIFICATE}:
        shifted = shifted | ~_renewed(found) if inputs else shifted & ~_renewed(found)
    return shifted


def _renewed(found: Versions) -> Mask:
    """Return where a factor of an entry has another version than it had."""
    stamp, renewed = found.stamp, np.zeros(len(found.rows), bool)
    here = np.flatnonzero(stamp.differs)
    pair = folded([stamp.before[here] - NOT_THERE, stamp.after[here] - NOT_THERE])
    _, first, of_entry = np.unique(pair, return_index=True, return_inverse=True)
    told = [
        _is_renewed(found.factors_of(int(stamp.before[at])), found.factors_of(int(stamp.after[at])))
        for at in here[first].tolist()
    ]
    renewed[here] = np.array(told, bool)[of_entry]
    return renewed


def _is_renewed(before: str | None, after: str | None) -> bool:
    """Whether a factor has another version, as of a new release of what comes with us."""
    if before is None or after is None:
        return False
    then, now = (dict(_versions(one)) for one in (before, after))
    return any(now.get(factor, version) != version for factor, version in then.items())


def _versions(factors: str) -> Iterator[tuple[str, str]]:
    for factor in factors.split("; "):
        name, _, version = factor.rpartition(" v")
        yield name, version


def _came_or_went(found: Versions) -> Mask:
    absent: Mask = (found.stamp.before == NOT_THERE) | (found.stamp.after == NOT_THERE)
    return absent


def _of_certificates(found: Versions) -> Mask:
    origins = found.table.column("origin").combine_chunks().take(pa.array(found.rows))
    names = [name.startswith("certificate:") for name in origins.dictionary.to_pylist()]
    certified: Mask = np.array(names, bool)[np.asarray(origins.indices)]
    return certified


def _balanced(found: Versions, group: Whole) -> Mask:
    """Return where the amounts of all entries of a group come to the same as before."""
    more = np.zeros(int(group.max(initial=0)) + 1, np.int64)
    np.add.at(more, group, found.amount.after - found.amount.before)
    balanced: Mask = (more == 0)[group]
    return balanced
