"""MQTT: JSON payloads below a topic prefix (docs/names-and-ports.md).

{id: mqtt-site, protocol: mqtt, topic_prefix: demo-park}
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from services.energy.site import Source
from services.runtime.field_protocols import Expected, FieldProtocol
from services.runtime.park_file_sections import Section
from services.runtime.park_file_values import plain_text

if TYPE_CHECKING:
    from services.ingest.adapters.adapter import Adapter, Tools


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """Devices publish on `<topic_prefix>/<device>/telemetry`; the broker is ingest's setting."""

    topic_prefix: str


def _read(at: Section, _: Expected) -> MqttSettings:
    return at.build_open(MqttSettings, topic_prefix=at.need("topic_prefix", plain_text))


def _open(source: Source, tools: "Tools") -> "Adapter":
    from services.ingest.adapters.mqtt.adapter import MqttAdapter

    return MqttAdapter(source.id, cast(MqttSettings, source.settings), tools)


PROTOCOL = FieldProtocol("mqtt", _read, _open)
