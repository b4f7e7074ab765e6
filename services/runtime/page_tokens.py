"""Tokens of pages: after which row the next page begins, and of which question.

A token is opaque to whoever holds it. It is refused when it is not one of ours, and when it comes
with another question than the one it was given for: rows would be left out or told twice.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from services.runtime.refusals import invalid_field

T = TypeVar("T")

LONGEST = 2_000


def token_of(place: Sequence[str | int], question: str) -> str:
    """Return the token for "after this place" of a question, both as text and whole numbers."""
    content = json.dumps([*place, _digest(question)])
    return base64.urlsafe_b64encode(content.encode()).decode()


def place_of(token: str, question: str, read: Callable[..., T], kept: str) -> T:
    """Return what `read` makes of a token's place; InvalidFields otherwise.

    `kept` tells which fields have to stay as they were from page to page.
    """
    try:
        if len(token) > LONGEST:
            raise ValueError(f"{len(token)} characters are no token")
        *place, digest = json.loads(base64.urlsafe_b64decode(token))
        found = read(*place)
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError):
        text = "not a token of this service; send the next_page_token you were given"
        raise invalid_field("page_token", text) from None
    if digest != _digest(question):
        raise invalid_field("page_token", f"belongs to another question; keep {kept}")
    return found


def _digest(question: str) -> str:
    return hashlib.sha256(question.encode()).hexdigest()[:12]
