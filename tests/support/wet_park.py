"""The demo's park with meters of water, slag and waste heat of the steel works."""

from pathlib import Path

from tests.support.builders import DEMO_PARK_FILE

METERS = """
  - {id: tap, kind: meter, peak_m3_per_h: 60, source: mqtt-site, tenant: steel, name: {en: Tap, zh: 取水}, ttl: 5min}
  - {id: drain, kind: meter, peak_m3_per_h: 60, source: mqtt-site, tenant: steel, name: {en: Drain, zh: 排水}, ttl: 5min}
  - {id: slag, kind: meter, peak_kg_per_h: 900, source: mqtt-site, tenant: steel, name: {en: Slag, zh: 炉渣}, ttl: 5min}
  - {id: flue, kind: meter, peak_kw: 400, source: mqtt-site, tenant: steel, name: {en: Flue, zh: 烟气余热}, ttl: 5min}
"""  # noqa: E501
STREAMS = """\
  streams:
    - {id: tap.volume_dm3, activity: resource, substance: water.intake, unit: m3, enterprise: steel}
    - {id: drain.volume_dm3, activity: resource, substance: water.discharged, unit: m3, enterprise: steel}
    - {id: slag.mass_g, activity: resource, substance: waste.generated, unit: t, enterprise: steel}
    - {id: flue.thermal_energy_wh, activity: resource, substance: heat.available, unit: kWh, enterprise: steel}
"""  # noqa: E501
"""More of `accounting`, which is the last section of the demo's file."""
TAP, DRAIN, SLAG = "tap.volume_dm3", "drain.volume_dm3", "slag.mass_g"
FLUE = "flue.thermal_energy_wh"
IN_DEVICES = {"\nsources:": f"{METERS}sources:"}
"""What takes the place of what in the demo's park file."""


def a_wet_park_file(folder: Path) -> Path:
    """The park file, written."""
    text = DEMO_PARK_FILE.read_text(encoding="utf-8")
    for before, after in IN_DEVICES.items():
        text = text.replace(before, after, 1)
    file = folder / "wet.yaml"
    file.write_text(text + STREAMS, encoding="utf-8")
    return file
