"""Ingest says what is wrong with its settings before it touches anything."""

import pytest

from services.ingest.settings import Settings
from services.runtime.environment import SettingsError, read_settings
from tests.support.builders import DEMO_PARK_FILE

GIVEN = {"PARKFLOW_PARK": str(DEMO_PARK_FILE)}


def test_defaults_are_those_of_the_demo() -> None:
    settings = read_settings(Settings, GIVEN)

    assert (settings.grpc_port, settings.metrics_port) == (7101, 9101)
    assert settings.mqtt == "mqtt://127.0.0.1:11883"


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"PARKFLOW_MQTT": "127.0.0.1:11883"}, "is not like mqtt://"),
        ({"PARKFLOW_MQTT": "http://127.0.0.1"}, "is not like mqtt://"),
        ({"PARKFLOW_MQTT_PASSWORD_FILE": "/nowhere/x", "PARKFLOW_MQTT_USER": "a"}, "is no file"),
        ({"PARKFLOW_MQTT_PASSWORD_FILE": str(DEMO_PARK_FILE)}, "PARKFLOW_MQTT_USER must be too"),
        ({"PARKFLOW_MQTT": "mqtt://a:pw@127.0.0.1"}, "stands in PARKFLOW_MQTT_USER"),
        ({"PARKFLOW_MQTT_CERT": "/x"}, "PARKFLOW_MQTT_KEY belong together"),
        ({"PARKFLOW_MODBUS_PORT": "x"}, "PARKFLOW_MODBUS_PORT"),
        ({"PARKFLOW_SPOOL_POLICY": "drop_all"}, "is not one of refuse_newest, drop_oldest"),
        ({"PARKFLOW_SPOOL_MAX_BYTES": "1000"}, "a few large frames would fill it"),
        ({"PARKFLOW_SPOOL_AFTER_S": "0"}, "must be above 0"),
        ({"PARKFLOW_SPOOL_MAX_AGE_HOURS": "-1"}, "must be above 0"),
    ],
)
def test_a_wrong_setting_is_named(variables: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        read_settings(Settings, GIVEN | variables)


@pytest.mark.parametrize("url", ["mqtt://a:hidden@127.0.0.1", "http://a:hidden@127.0.0.1"])
def test_a_password_in_an_address_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(Settings, GIVEN | {"PARKFLOW_MQTT": url})

    assert "hidden" not in str(refused.value)
