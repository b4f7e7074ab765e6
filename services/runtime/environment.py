"""Settings: the environment into one frozen dataclass, all mistakes reported together (§10)."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from services.runtime.clock import ParkClock

S = TypeVar("S", bound="CommonSettings")
PREFIX = "PARKFLOW_"


class SettingsError(Exception):
    """Every mistake in the environment, one a line."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonSettings:
    """What every service needs. A field `grpc_port` is the variable `PARKFLOW_GRPC_PORT`."""

    largest_request_bytes: ClassVar[int] = 16 * 1024 * 1024
    """A gRPC request that is larger is refused before it is read."""
    park: Path
    kafka: str = "127.0.0.1:19092"
    database_url: str = ""
    clock: ParkClock = dataclasses.field(default_factory=ParkClock.wall)
    grpc_host: str = "127.0.0.1"
    grpc_port: int
    metrics_host: str = "127.0.0.1"
    metrics_port: int
    log_level: str = "info"
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_ca: Path | None = None
    kafka_user: str | None = None
    kafka_password_file: Path | None = None
    kafka_ca: Path | None = None
    kafka_mechanism: str = "SCRAM-SHA-512"


def read_settings(kind: type[S], environ: Mapping[str, str]) -> S:
    """Build `kind` from `environ`; `X_FILE` may name a file that holds the value of `X`."""
    values: dict[str, Any] = {}
    mistakes: list[str] = []
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        try:
            text = _text_of(field.name, environ)
            if text is not None:
                values[field.name] = _parse(hints[field.name], text)
            elif _is_required(field):
                mistakes.append(f"{PREFIX}{field.name.upper()} is not set and has no default")
        except (ValueError, OSError) as mistake:
            mistakes.append(f"{PREFIX}{field.name.upper()}: {mistake}")
    if mistakes:
        raise SettingsError(mistakes)
    try:
        return kind(**values)
    except ValueError as mistake:
        raise SettingsError([str(mistake)]) from None


def variables_of(kind: type[CommonSettings]) -> list[str]:
    """Return the names of the environment variables `kind` reads."""
    return [f"{PREFIX}{field.name.upper()}" for field in dataclasses.fields(kind)]


def settings_text(kind: type[CommonSettings]) -> str:
    """Return the environment variables of a kind with their defaults, one a line, for `--help`."""
    lines = (
        f"  {variable:31} {_default_text(field)}"
        for variable, field in zip(variables_of(kind), dataclasses.fields(kind), strict=True)
    )
    return "\n".join(lines)


def _default_text(field: "dataclasses.Field[Any]") -> str:
    if _is_required(field):
        return "required"
    made = field.default_factory
    default = field.default if made is dataclasses.MISSING else made()
    return "none" if default is None or default == "" else str(default)


def _text_of(name: str, environ: Mapping[str, str]) -> str | None:
    variable = f"{PREFIX}{name.upper()}"
    if variable in environ and environ[variable] != "":
        return environ[variable]
    if file := environ.get(f"{variable}_FILE"):
        return Path(file).read_text(encoding="utf-8").strip()
    return None


def _is_required(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _parse(hint: Any, text: str) -> Any:
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        hint = next(option for option in typing.get_args(hint) if option is not type(None))
    if hint is bool:
        if text.lower() not in ("true", "false", "on", "off", "1", "0"):
            raise ValueError(f"{text!r} is not one of true, false, on, off")
        return text.lower() in ("true", "on", "1")
    if hint is int:
        return int(text)
    if hint is float:
        return float(text)
    if hint is Path:
        return Path(text)
    if hint is ParkClock:
        return ParkClock.parse(text)
    return text
