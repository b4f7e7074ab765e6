"""The planner's hook: a framed problem that respects what is required of it."""

from collections.abc import Sequence
from dataclasses import replace

from services.dispatch.domain.framed import Framed
from services.dispatch.domain.wishes.applied import applied
from services.dispatch.domain.wishes.wish import Wish


def respecting(framed: Framed, wishes: Sequence[Wish]) -> Framed:
    """Return the problem with all wishes laid into it, and what cannot be kept as caveats."""
    begins = framed.park.horizon.start or framed.start
    park, caveats = applied(framed.park, wishes, begins)
    return replace(framed, park=park, caveats=(*framed.caveats, *caveats))
