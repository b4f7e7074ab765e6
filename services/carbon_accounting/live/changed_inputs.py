"""Which inputs a restatement followed from, in the words that `compare` of files has for them."""

from collections.abc import Iterable

from services.carbon_accounting.book.comparing_reasons import OF_ROLE, UNEXPLAINED

SAYS = {
    "factor ": "factors",
    "park file": "park",
    "certificate": "certificates",
    "what the stores held": "readings",
    "waits for its registers": "readings",
    " became ": "readings",
}
"""What a part of a posting's `because` says, and which input that is: the first that it says."""


def roles_of(because: str, *, other_words: bool = False) -> frozenset[str]:
    """Return the inputs that changed; `other_words`: other words of registers stood before."""
    told = {_role(part) for part in because.split("; ")}
    return frozenset(filter(None, told | {"readings"} if other_words else told))


def _role(part: str) -> str | None:
    return next((role for text, role in SAYS.items() if text in part), None)


def told_without_names(roles: Iterable[str]) -> str:
    """Return what changed, without the names of meters or of whoever decided."""
    return " and ".join(OF_ROLE[role] for role in OF_ROLE if role in {*roles}) or UNEXPLAINED
