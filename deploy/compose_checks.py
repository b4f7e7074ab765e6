"""The structure of docker-compose.yml, checked without Docker."""

import re
from collections.abc import Iterator
from typing import Any

from deploy.chart import ROOT, load
from deploy.code_facts import SERVICES, SettingsFacts
from deploy.manifest_checks import PASSWORD_IN_URL

CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
COMPOSE = ROOT / "deploy/compose"
WITHOUT_SHELL = {"collector"}  # nothing in its image could ask


def _hyphened(service: str) -> str:
    return service.replace("_", "-")


def breaches(settings: SettingsFacts) -> Iterator[str]:
    """Yield everything that is wrong."""
    system = load(ROOT / "docker-compose.yml")
    services: dict[str, Any] = system["services"]
    jobs = {
        wanted
        for about in services.values()
        for wanted, how in about.get("depends_on", {}).items()
        if how["condition"] == "service_completed_successfully"
    }
    for name, about in services.items():
        yield from _service_breaches(name, about, system, is_job=name in jobs)
    for service, about in SERVICES.items():
        yield from _parkflow_breaches(service, about, services, settings)
    yield from _migration_breaches(services["migrate"]["command"][0])
    yield from _prometheus_breaches()


def _service_breaches(
    name: str, about: dict[str, Any], system: dict[str, Any], *, is_job: bool
) -> Iterator[str]:
    if not re.search(r":v?\d[\w.-]*$", about["image"]):
        yield f"{name}: image {about['image']} is not pinned to a version"
    for port in about.get("ports", ()):
        if not str(port).startswith("127.0.0.1:"):
            yield f"{name}: port {port} is published beyond this machine"
    if not is_job and "healthcheck" not in about and name not in WITHOUT_SHELL:
        yield f"{name} has no health check"
    for wanted, how in about.get("depends_on", {}).items():
        if wanted not in system["services"]:
            yield f"{name} waits for {wanted}, which does not exist"
        elif how["condition"] not in CONDITIONS:
            yield f"{name} waits for {wanted} to be {how['condition']}"
        elif (
            how["condition"] == "service_healthy"
            and "healthcheck" not in system["services"][wanted]
        ):
            yield f"{name} waits for the health of {wanted}, which has no check"
    for secret in about.get("secrets", ()):
        source = secret["source"] if isinstance(secret, dict) else secret
        if source not in system["secrets"]:
            yield f"{name}: secret {source} is not declared"
    for volume in about.get("volumes", ()):
        source = volume.split(":")[0]
        if source.startswith(".") and not (ROOT / source).exists():
            yield f"{name} mounts {source}, which does not exist"
        elif not source.startswith(".") and source not in system["volumes"]:
            yield f"{name}: volume {source} is not declared"
    for variable, value in about.get("environment", {}).items():
        if PASSWORD_IN_URL.search(str(value)) or (re.search(r"PASSWORD$", variable) and value):
            yield f"{name}: {variable} holds a password in plain text"
    if "network_mode" in about and "networks" in about:
        yield f"{name} has both network_mode and networks"


def _parkflow_breaches(
    service: str, about: dict[str, Any], services: dict[str, Any], settings: SettingsFacts
) -> Iterator[str]:
    name = _hyphened(service)
    if name not in services:
        yield f"{name} is missing"
        return
    variables = services[name]["environment"]
    for port, variable in (("grpc", "PARKFLOW_GRPC_PORT"), ("metrics", "PARKFLOW_METRICS_PORT")):
        if port in about and variables.get(variable) != str(about[port]):
            yield f"{name}: {variable} is {variables.get(variable)}, not {about[port]}"
    for variable, value in variables.items():
        if variable.endswith("_ADDRESS"):
            peer = variable.removeprefix("PARKFLOW_").removesuffix("_ADDRESS").lower()
            if value != f"{_hyphened(peer)}:{SERVICES[peer]['grpc']}":
                yield f"{name}: {variable} is {value}"
    # one environment for all: a service may be told addresses it does not need
    addresses = {v for v in variables if v.endswith("_ADDRESS")}
    shared = addresses | {"PARKFLOW_KAFKA", "OTEL_EXPORTER_OTLP_ENDPOINT"}
    for mistake in settings.mistakes(service, variables):
        if not any(mistake.startswith(f"{one} is not a setting") for one in shared):
            yield f"{name}: {mistake}"
    script = (COMPOSE / "certificates.sh").read_text("utf-8")
    if name not in re.search(r'^services="([^"]*)"', script, re.MULTILINE)[1].split():  # type: ignore[index]
        yield f"certificates.sh makes no certificate for {name}"


def _migration_breaches(command: str) -> Iterator[str]:
    migrated = set(re.search(r"for service in ([^;]*);", command)[1].split())  # type: ignore[index]
    wanted = {
        service
        for service, about in SERVICES.items()
        if about.get("database") and "module" not in about
    }
    if migrated != wanted:
        yield f"the migrate job runs for {sorted(migrated)}, not {sorted(wanted)}"


def _prometheus_breaches() -> Iterator[str]:
    jobs = load(COMPOSE / "prometheus.yaml")["scrape_configs"]
    scraped = {
        target["targets"][0]: target["labels"]["service"] for target in jobs[0]["static_configs"]
    }
    wanted = {
        f"{_hyphened(service)}:{about['metrics']}": _hyphened(service)
        for service, about in SERVICES.items()
    }
    if scraped != wanted:
        yield f"Prometheus scrapes {sorted(scraped)}, not {sorted(wanted)}"
