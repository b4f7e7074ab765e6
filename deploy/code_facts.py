"""What the code says about itself: settings, topics, routes, metrics. The deployment must agree."""

import ast
import dataclasses
import importlib
import importlib.util
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from deploy.chart import CHART, ROOT, load
from services.runtime.environment import (
    CommonSettings,
    SettingsError,
    read_settings,
    variables_of,
)
from services.runtime.metrics import METRICS, Kind
from services.runtime.topics import TOPICS, Topic

SERVICES: dict[str, dict[str, Any]] = load(CHART / "files/services.yaml")
# read by libraries, by the shell of a pod, or by the `helm test`
OTHERS_VARIABLES = re.compile(r"^(OTEL_\w+|PGSSL\w+|POD_NAME)$")
PLATFORM_METRICS = {
    "up": "Prometheus",
    "process_start_time_seconds": "the Python client of Prometheus",
    "process_resident_memory_bytes": "the Python client of Prometheus",
    "kubelet_volume_stats_available_bytes": "the kubelet",
    "kubelet_volume_stats_capacity_bytes": "the kubelet",
}


def module_of(service: str) -> str:
    """Return the module of a process below `services`."""
    return str(SERVICES[service].get("module", service))


def service_of(module: str) -> str:
    """Return the process that runs a module below `services`; the module itself for a job."""
    return next((service for service in SERVICES if module_of(service) == module), module)


def topics() -> dict[str, Topic]:
    """Return the topic map by name."""
    return {topic.name: topic for topic in TOPICS}


def drain_s() -> float:
    """Return how long a process may take to stop."""
    text = (ROOT / "services/runtime/service.py").read_text("utf-8")
    return float(re.search(r"^STOP_S = ([\d.]+)", text, re.MULTILINE)[1])  # type: ignore[index]


def probe_routes() -> set[str]:
    """Return the routes of the metrics port."""
    text = (ROOT / "services/runtime/http_endpoint.py").read_text("utf-8")
    return set(re.findall(r'add_get\("(/\w+)"', text))


def exported_metrics() -> set[str]:
    """Return every name that can appear at `/metrics` or that the platform brings."""
    names = set(PLATFORM_METRICS)
    for metric in METRICS.values():
        base = metric.prometheus_name
        names |= (
            {f"{base}_{part}" for part in ("bucket", "count", "sum")}
            if metric.kind is Kind.HISTOGRAM
            else {base}
        )
    return names


def metrics_used(expression: str) -> set[str]:
    """Return the metric names of a PromQL expression."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    bare = re.sub(r"\b(by|without|on|ignoring)\s*\([^)]*\)", "", bare)
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]", "", bare)
    words = re.findall(r"(?<![\w$.])[a-zA-Z_:][\w:]*\b(?!\s*\()", bare)
    return {word for word in words if word not in {"or", "and", "unless", "offset", "bool"}}


class SettingsFacts:
    """The settings classes that exist; `missing` are services without one."""

    def __init__(self) -> None:
        self.kinds: dict[str, type[CommonSettings]] = {}
        self.missing: list[str] = []
        for service in SERVICES:
            if (ROOT / "services" / module_of(service).replace(".", "/") / "settings.py").exists():
                self.kinds[service] = _settings_of(service)
            else:
                self.missing.append(service)

    def mistakes(self, service: str, variables: Mapping[str, str]) -> Iterator[str]:
        """Yield what is wrong with the environment of a service."""
        if (kind := self.kinds.get(service)) is None:
            return
        known = set(variables_of(kind))
        filled = {}
        for name, value in variables.items():
            held = name.removesuffix("_FILE")
            if name in known:  # a mounted file is not here; any file stands in for it
                filled[name] = __file__ if name.endswith("_FILE") else value
            elif held in known:
                filled[held] = "mqtt://of-a-file" if "MQTT" in held else _of_a_file(held)
            elif not OTHERS_VARIABLES.match(name):
                yield f"{name} is not a setting of {service}"
        try:
            read_settings(kind, filled)
        except SettingsError as error:
            yield from error.mistakes


def _of_a_file(name: str) -> str:
    return (
        "2019-06-03T22:00:00Z@1750000000x60"
        if name.endswith("_CLOCK")
        else "postgresql://of-a-file"
    )


def _settings_of(service: str) -> type[CommonSettings]:
    module = importlib.import_module(f"services.{module_of(service)}.settings")
    return next(
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, CommonSettings)
        and value is not CommonSettings
    )


def service_table_breaches(settings: SettingsFacts) -> Iterator[str]:
    """Yield where `files/services.yaml` and the code disagree."""
    for service, about in SERVICES.items():
        on_kafka = any(service in topic.readers + topic.writers for topic in TOPICS)
        if bool(about.get("kafka")) != on_kafka:
            yield f"{service}: kafka is {about.get('kafka', False)}, the topic map says {on_kafka}"
        migrations = list((ROOT / f"services/{service}/migrations").glob("*.sql"))
        if migrations and not about.get("database"):
            yield f"{service} has migrations but no database"
        if kind := settings.kinds.get(service):
            yield from _settings_breaches(service, about, kind)
        yield from _topic_breaches(service)


def _settings_breaches(
    service: str, about: Mapping[str, Any], kind: type[CommonSettings]
) -> Iterator[str]:
    defaults = {field.name: field.default for field in dataclasses.fields(kind)}
    for name, setting in (
        ("grpc", "grpc_port"),
        ("metrics", "metrics_port"),
        ("http", "http_port"),
    ):
        if name in about and about[name] != defaults.get(setting):
            yield f"{service}: {name} is {about[name]}, the settings say {defaults.get(setting)}"
    called = {name.removesuffix("_address") for name in defaults if name.endswith("_address")}
    if called != set(about.get("calls", ())):
        yield f"{service}: calls {about.get('calls', [])}, the settings have {sorted(called)}"


def _topic_breaches(service: str) -> Iterator[str]:
    """A service touches only topics that the map gives it."""
    module = importlib.import_module("services.runtime.topics")
    for file in (ROOT / "services" / service).rglob("*.py"):
        for name in _imported_topics(file):
            topic = getattr(module, name, None)
            if isinstance(topic, Topic) and service not in topic.readers + topic.writers:
                yield f"{file.relative_to(ROOT)} uses {topic.name}; the map does not name {service}"


def _imported_topics(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "services.runtime.topics":
            yield from (alias.name for alias in node.names)
