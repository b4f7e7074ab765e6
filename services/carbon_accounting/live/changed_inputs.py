"""Which inputs a restatement followed from, in the words that `compare` of files has for them."""

from collections.abc import Iterable

from services.carbon_accounting.book.comparing_reasons import OF_ROLE, UNEXPLAINED

SAYS = {
    "factor ": "factors",
    "the park file or the rules": "park",
    "certificate": "certificates",
    "what the stores held": "readings",
    "withdrawn, waits for its registers": "readings",
}
"""How a part of a posting's `because` begins, and which input that is."""
BECAME = " became "
"""What is said of a register that says something else."""


def roles_of(because: str, *, other_words: bool = False) -> frozenset[str]:
    """Return the inputs that changed; `other_words`: other words of registers stood before."""
    told = {_role(part) for part in because.split("; ")}
    return frozenset(filter(None, told | {"readings"} if other_words else told))


def _role(part: str) -> str | None:
    """Return the input that a part tells of; an approval's words in front of it tell of none."""
    pieces = part.split(": ")
    for begins, role in SAYS.items():
        if any(piece.startswith(begins) for piece in pieces):
            return role
    return "readings" if BECAME in part else None


def told_without_names(roles: Iterable[str]) -> str:
    """Return what changed, without the names of meters or of whoever decided."""
    return " and ".join(OF_ROLE[role] for role in OF_ROLE if role in {*roles}) or UNEXPLAINED
