"""Who may come in: charge points of the park file, with their password where one is asked for.

Passwords are those of HTTP Basic (OCPP security profiles 1 and 2). The answer says what is wrong,
so that an installer need not guess.
"""

import base64
import binascii
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

SUBPROTOCOLS = ("ocpp2.0.1", "ocpp1.6")


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """Why a charge point may not come in, with the HTTP status that says so."""

    status: int
    why: str


@dataclass(frozen=True, slots=True)
class Door:
    """`passwords` by identity; None: nobody is asked for one."""

    identities: frozenset[str]
    passwords: Mapping[str, str] | None

    def admit(self, path: str, authorization: str | None) -> str | TurnedAway:
        """Return the identity of who calls `path`, or why they are turned away."""
        name = unquote(urlsplit(path).path).rstrip("/").rpartition("/")[2]
        if name not in self.identities:
            return TurnedAway(404, f"the park file has no charge point {name[:80]!r} here")
        if self.passwords is None:
            return name
        user, password = _basic(authorization)
        known = self.passwords.get(name)
        if known is None or user != name or not _same(known, password):
            return TurnedAway(401, f"charge point {name!r} must log in with its password")
        return name


def door_of(identities: Collection[str], password_file: Path | None) -> Door:
    """Return the door of a central system; ValueError names who has no password."""
    passwords = None if password_file is None else passwords_of(password_file)
    if passwords is not None and (without := sorted(set(identities) - set(passwords))):
        raise ValueError(f"{password_file} has no password for {', '.join(without)}")
    return Door(frozenset(identities), passwords)


def passwords_of(file: Path) -> dict[str, str]:
    """Return the password of each identity; ValueError names the line that is none."""
    passwords: dict[str, str] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        name, colon, password = line.strip().partition(":")
        if not line.strip():
            continue
        if not (name and colon and password):
            raise ValueError(f"{file}, line {number}: write <identity>:<password>")
        passwords[name] = password
    return passwords


def _same(known: str, said: str) -> bool:
    """Whether two passwords are the same, in a time that does not say how much of them."""
    return hmac.compare_digest(known.encode(), said.encode())


def _basic(authorization: str | None) -> tuple[str, str]:
    """Return user and password of a Basic authorization; empty when it is none."""
    scheme, _, encoded = (authorization or "").partition(" ")
    try:
        content = base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "", ""
    user, _, password = content.partition(":")
    return (user, password) if scheme.lower() == "basic" else ("", "")
