"""Why an entry is not what it was: from what of it differs, and from which input files differ.

| what differs | reason |
|---|---|
| amount the same, its factor or method not | factor changed; certificate changed if it is one's |
| amount the same, its quality not | reading changed |
| amount the same, its scope, carrier or unit not | boundary changed |
| amount, and only one input changed | what that input holds |
| amount, among origins of one use, a certificate's among them | certificate changed |
| amount, among enterprises of one meter | boundary changed |
| amount, else | every input that changed, with `or` between |

A factor is a reason for an amount only where there was no entry before, or is none now.
"""

from collections.abc import Collection

import numpy as np
import pyarrow as pa

from services.carbon_accounting.book.comparing_entries import NOT_THERE, Texts, Versions
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
    told[same & (found.stamp.differs | found.emissions_ng.differs)] = FACTOR
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
