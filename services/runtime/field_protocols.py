"""The field protocols a park file may name, each declared where it is spoken.

A protocol is one module, or one package, in a folder `services/<service>/adapters`; its `PROTOCOL`
says how its settings are read from the park file and how a source of it is opened. Nothing lists
the protocols: a new one is found by standing there. Declaring must not load the protocol's library
(every service reads the park file; only the one that opens a source pays for it): import it in
`open`, or keep it in another module of the package.
"""

import importlib.util
import pkgutil
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import services
from services.energy.site import Source
from services.runtime.park_file_sections import Section
from services.runtime.park_file_values import Misread, nearest


@dataclass(frozen=True, slots=True)
class Expected:
    """What the rest of the park file says that a source reports; None where it cannot be told."""

    device_ids: tuple[str, ...] | None
    point_ids: tuple[str, ...] | None

    def device(self, text: str) -> str:
        """Return the id of a device of this source; any other is a mistake."""
        return _known(text, self.device_ids, "is no device of this source")

    def point(self, text: str) -> str:
        """Return the id of a point of this source's devices; any other is a mistake."""
        return _known(text, self.point_ids, "is no point of this source's devices")


@dataclass(frozen=True, slots=True)
class Claim:
    """What only one source may have, such as a unit; `key` is where the park file says it."""

    key: str
    what: str
    cure: str
    identity: Hashable


def _claims_nothing(_: Any) -> Claim | None:
    return None


@dataclass(frozen=True, slots=True)
class FieldProtocol:
    """One protocol.

    `read` takes the keys it knows from the source's section and returns the settings, or WRONG;
    every mistake is recorded at its key (`Section.need`, `may`, `wrong`). It does not close the
    section. `open` takes the source and the speaking service's tools and returns the adapter.
    """

    name: str
    read: Callable[[Section, Expected], Any]
    open: Callable[[Source, Any], Any]
    claim: Callable[[Any], Claim | None] = _claims_nothing


@cache
def field_protocols() -> Mapping[str, FieldProtocol]:
    """Return every declared protocol by its word; ValueError when two modules take the same."""
    found: dict[str, FieldProtocol] = {}
    for module in _modules():
        protocol = getattr(module, "PROTOCOL", None)
        if not isinstance(protocol, FieldProtocol):
            continue
        if protocol.name in found:
            raise ValueError(f"{module.__name__} declares {protocol.name!r}, which another does")
        found[protocol.name] = protocol
    return found


def _modules() -> Iterator[ModuleType]:
    for service in pkgutil.iter_modules(services.__path__):
        folder = f"{services.__name__}.{service.name}.adapters"
        if not service.ispkg or importlib.util.find_spec(folder) is None:
            continue
        for module in pkgutil.iter_modules(importlib.import_module(folder).__path__):
            yield importlib.import_module(f"{folder}.{module.name}")


def _known(text: str, known: tuple[str, ...] | None, what: str) -> str:
    if known is not None and text not in known:
        raise Misread(what, nearest(text, known))
    return text
