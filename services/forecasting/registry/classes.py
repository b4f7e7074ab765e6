"""What may stand in an encoded body: every frozen dataclass of the outlook core, and its rules.

Found by looking through the core's modules, so that a new kind of model can be kept without
another list to think of. They are pure: building one does nothing but hold what it is given.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from services.forecasting.domain import outlook
from services.forecasting.domain.outlook import plain


def _modules() -> Iterator[ModuleType]:
    for found in iter_modules(outlook.__path__):
        yield import_module(f"{outlook.__name__}.{found.name}")


def _frozen_dataclasses(module: ModuleType) -> Iterator[type]:
    for kind in vars(module).values():
        if isinstance(kind, type) and kind.__module__ == module.__name__ and _is_frozen(kind):
            yield kind


def _is_frozen(kind: type) -> bool:
    parameters = getattr(kind, "__dataclass_params__", None)
    return parameters is not None and parameters.frozen


def by_name(kinds: Iterable[type]) -> dict[str, type]:
    """Return classes by name; ValueError where two have one: a body would not say which."""
    found: dict[str, type] = {}
    for kind in kinds:
        other = found.setdefault(kind.__name__, kind)
        if other is not kind:
            raise ValueError(
                f"{kind.__module__} and {other.__module__} both have a {kind.__name__}; bodies "
                "tell classes by their names: rename one"
            )
    return found


CLASSES = by_name(kind for module in _modules() for kind in _frozen_dataclasses(module))
FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: rule
    for name, rule in vars(plain).items()
    if inspect.isfunction(rule) and rule.__module__ == plain.__name__
}
