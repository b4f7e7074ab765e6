"""Alerting says at start what is wrong with its environment."""

import pytest

from services.alerting.settings import Settings
from services.runtime.environment import SettingsError, read_settings

ENVIRON = {"PARKFLOW_PARK": "parks/demo.yaml", "PARKFLOW_DATABASE_URL": "postgresql:///x"}


def test_every_peer_is_watched_unless_told_otherwise() -> None:
    settings = read_settings(Settings, ENVIRON)

    assert "dispatch" in settings.watched_services
    assert settings.address_of("dispatch") == "127.0.0.1:7104"


def test_nobody_is_watched_when_told_so() -> None:
    assert read_settings(Settings, ENVIRON | {"PARKFLOW_WATCHED": "none"}).watched_services == ()


def test_an_unknown_peer_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="choose of ingest, validation, history"):
        read_settings(Settings, ENVIRON | {"PARKFLOW_WATCHED": "dispach"})


def test_the_database_is_required() -> None:
    with pytest.raises(SettingsError, match="PARKFLOW_DATABASE_URL"):
        read_settings(Settings, {"PARKFLOW_PARK": "parks/demo.yaml"})
