"""Who may look and who may steer. On loopback without a user list everyone here may do both."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

ROLES = ("viewer", "operator")


@dataclass(frozen=True, slots=True)
class User:
    """A person at the console."""

    name: str
    may_steer: bool


LOCAL = User("local", may_steer=True)


class Users:
    """The user list: `name:role:sha256-of-password` a line; None means the loopback demo."""

    def __init__(self, file: Path | None) -> None:
        self._known = None if file is None else _read(file)

    def of(self, authorization: str | None) -> User | None:
        """Return who sent an HTTP Basic `Authorization` header, or None."""
        if self._known is None:
            return LOCAL
        name, password = _basic(authorization or "")
        role, digest = self._known.get(name, ("", ""))
        given = hashlib.sha256(password.encode()).hexdigest()
        if not hmac.compare_digest(given, digest):
            return None
        return User(name, may_steer=role == "operator")


def _read(file: Path) -> dict[str, tuple[str, str]]:
    known = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            name, _, rest = line.strip().partition(":")
            role, _, digest = rest.partition(":")
            if not name or role not in ROLES or len(digest) != 64:
                raise ValueError(
                    f"{file} line {number}: must be name:role:sha256-of-password with role "
                    f"{' or '.join(ROLES)}"
                )
            known[name] = (role, digest.lower())
    return known


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, password
