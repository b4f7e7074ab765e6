"""Who sees what of the books: an operator all of them, an enterprise its own and nothing else.

A caller whose name is `enterprise/<tenant id>` is that enterprise (`enterprise/park`: what belongs
to nobody in particular); any other name is an operator's. Calls are closed to enterprises unless
their method is marked `for_enterprises`: whoever writes one has to think of what it shows.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from parkflow.carbon.v1.carbon_service_pb2 import DESCRIPTOR
from services.carbon_accounting.domain.inventory.site import PARK, Meter, Site, Stream
from services.runtime.callers import ENTERPRISE, caller_of, is_enterprise
from services.runtime.refusals import FieldMistake, Forbidden

NOT_YOURS, OPERATORS_ONLY, NO_ENTERPRISE = "NOT_YOURS", "OPERATORS_ONLY", "NO_SUCH_ENTERPRISE"
STREAMS = frozenset(
    call.name
    for call in DESCRIPTOR.services_by_name["CarbonService"].methods
    if call.server_streaming
)
_MARK = "is_for_enterprises"
Method = TypeVar("Method", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Viewer:
    """A caller: `enterprise` is whose books it sees, None for an operator, who sees all."""

    name: str
    enterprise: str | None = None

    def may_see(self, enterprise: str) -> bool:
        """Whether something of this enterprise may be shown."""
        return self.enterprise in (None, enterprise)


def viewer_of(context: Any, site: Site) -> Viewer:
    """Return who calls; Forbidden for the name of an enterprise that the park does not have."""
    name = caller_of(context)
    if not is_enterprise(name):
        return Viewer(name)
    asked = name[len(ENTERPRISE) :]
    if not name.startswith(ENTERPRISE) or asked not in enterprises_of(site):
        text = f"the certificate is of {name!r}, which is no enterprise of park {site.id}"
        raise Forbidden(NO_ENTERPRISE, f"{text}; ask the park for a certificate", caller=name)
    return Viewer(name, asked)


def decided_by(request: Any, context: Any) -> str:
    """Return who decides, as it is kept: the user, and the name of the certificate."""
    return f"{request.user.strip()} ({caller_of(context)})"


def enterprises_of(site: Site) -> frozenset[str]:
    """Return whose books there are: the tenants', and the park's for what is nobody's."""
    return frozenset({PARK, *(tenant.id for tenant in site.enterprises)})


def enterprise_asked(
    asked: str, viewer: Viewer, site: Site, mistakes: list[FieldMistake]
) -> str | None:
    """Return whose books are meant, None for all: an enterprise means its own.

    Forbidden when an enterprise asks for another one's; a mistake when the park has none of this
    id, which only operators are told.
    """
    if viewer.enterprise is not None:
        if asked and not viewer.may_see(asked):
            text = f"{viewer.name} sees its own books only; leave the field enterprise empty"
            raise Forbidden(NOT_YOURS, text, caller=viewer.name)
        return viewer.enterprise
    if asked and asked not in (known := enterprises_of(site)):
        text = f"{asked!r} is no enterprise; use one of {', '.join(sorted(known))}, or none for all"
        mistakes.append(FieldMistake("enterprise", text))
    return asked or None


def own_sources(viewer: Viewer, site: Site) -> frozenset[str] | None:
    """Return the supplies of electricity whose ids a viewer may know; None: all."""
    if viewer.enterprise is None:
        return None
    return frozenset(m.id for m in site.meters if m.owner.enterprise == viewer.enterprise)


def own_meters(viewer: Viewer, site: Site) -> frozenset[str]:
    """Return the meters and streams that are a viewer's alone, by no key shared with others."""
    counting: tuple[Meter | Stream, ...] = (*site.meters, *site.streams)
    mine = (one for one in counting if one.owner.key is None)
    return frozenset(one.id for one in mine if one.owner.enterprise == viewer.enterprise)


def for_enterprises(method: Method) -> Method:
    """Mark a call that shows an enterprise its own and nothing else."""
    setattr(method, _MARK, True)
    return method


class Guarded:
    """A servicer of which enterprises reach the calls only that are marked for them."""

    knows_enterprises = True

    def __init__(self, servicer: Any, site: Site) -> None:
        self._servicer, self._site = servicer, site

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._servicer, name)
        if getattr(method, _MARK, False):
            return method
        if name in STREAMS:
            return self._many(method, name)
        return self._one(method, name)

    def _one(self, method: Any, name: str) -> Any:
        @wraps(method)
        async def guarded(request: Any, context: Any) -> Any:
            self._check(context, name)
            return await method(request, context)

        return guarded

    def _many(self, method: Any, name: str) -> Any:
        @wraps(method)
        async def guarded(request: Any, context: Any) -> AsyncIterator[Any]:
            self._check(context, name)
            async for answer in method(request, context):
                yield answer

        return guarded

    def _check(self, context: Any, name: str) -> None:
        viewer = viewer_of(context, self._site)
        if viewer.enterprise is not None:
            text = f"{name} shows the whole park: it is for operators, {viewer.name} is none"
            raise Forbidden(OPERATORS_ONLY, text, caller=viewer.name)
