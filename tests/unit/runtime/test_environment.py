"""Settings: read once, every mistake told at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from services.runtime.environment import CommonSettings, SettingsError, read_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Some(CommonSettings):
    grpc_port: int = 7
    metrics_port: int = 8
    margin: float = 0.5
    secret: str | None = None
    enabled: bool = True


def test_what_is_not_set_has_its_default() -> None:
    settings = read_settings(Some, {"PARKFLOW_PARK": "p.yaml"})

    assert (settings.park, settings.grpc_port, settings.enabled) == (Path("p.yaml"), 7, True)


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(
            Some,
            {
                "PARKFLOW_GRPC_PORT": "many",
                "PARKFLOW_ENABLED": "perhaps",
                "PARKFLOW_CLOCK": "noon",
            },
        )

    told = "\n".join(caught.value.mistakes)
    for variable in ("PARK", "GRPC_PORT", "ENABLED", "CLOCK"):
        assert f"PARKFLOW_{variable}" in told


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hush\n")

    settings = read_settings(Some, {"PARKFLOW_PARK": "p.yaml", "PARKFLOW_SECRET_FILE": str(file)})

    assert settings.secret == "hush"


def test_a_missing_secret_file_is_a_mistake_not_a_crash() -> None:
    with pytest.raises(SettingsError, match="PARKFLOW_SECRET"):
        read_settings(Some, {"PARKFLOW_PARK": "p", "PARKFLOW_SECRET_FILE": "/not/there"})
