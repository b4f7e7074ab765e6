"""The topic map and the code say the same: who writes and who reads what."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from services.runtime import topics
from services.runtime.topics import TOPICS, Topic, as_table

SERVICES = Path(topics.__file__).parents[1]
CONSTANTS = {name: value for name, value in vars(topics).items() if isinstance(value, Topic)}


def topics_used(service: str, calls: set[str]) -> set[str]:
    """Return the topics that appear as an argument of one of `calls` in a service's code."""
    used = set()
    for file in (SERVICES / service).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _called(node) in calls:
                names = {
                    n.id
                    for argument in node.args
                    for n in ast.walk(argument)
                    if isinstance(n, ast.Name)
                }
                used |= {CONSTANTS[name].name for name in names & CONSTANTS.keys()}
    return used


def topics_named(service: str) -> set[str]:
    """Return the topics whose constants a service imports."""
    named = set()
    for file in (SERVICES / service).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == topics.__name__:
                named |= {CONSTANTS[a.name].name for a in node.names if a.name in CONSTANTS}
    return named


def _called(node: ast.Call) -> str:
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


WRITING = {"publish", "publish_all", "publish_each"}
DEAD_LETTERS_ARE_WRITTEN_BY_THE_RUNTIME = {topics.DEAD_LETTERS.name}


WRITERS = ["ingest", "validation", "forecasting", "dispatch", "carbon_accounting", "alerting"]


@pytest.mark.parametrize("service", WRITERS)
def test_a_service_writes_what_the_map_says(service: str) -> None:
    mapped = {topic.name for topic in TOPICS if service in topic.writers}

    assert topics_used(service, WRITING) == mapped - DEAD_LETTERS_ARE_WRITTEN_BY_THE_RUNTIME


@pytest.mark.parametrize("service", [*WRITERS, "history", "console", "simulator"])
def test_a_service_touches_the_topics_the_map_says_and_no_other(service: str) -> None:
    mapped = {t.name for t in TOPICS if service in t.readers}
    if service in WRITERS:
        mapped |= {t.name for t in TOPICS if service in t.writers}

    named = topics_named(service) | (DEAD_LETTERS_ARE_WRITTEN_BY_THE_RUNTIME & mapped)

    assert named == mapped


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_has_a_versioned_name_a_writer_a_reader_and_a_message_that_names_it(
    topic: Topic,
) -> None:
    proto = Path(SERVICES.parent / "protos" / topic.message.DESCRIPTOR.file.name).read_text()

    assert re.fullmatch(r"v[1-9]\d*", topic.name.rsplit(".", 1)[1])
    assert topic.writers
    assert topic.readers or topic is topics.NOWCASTS  # for integrators; the console asks by gRPC
    assert f"Topic: {topic.name}" in proto


def test_the_readme_shows_the_map_as_it_is() -> None:
    readme = (SERVICES.parent / "README.md").read_text(encoding="utf-8")

    assert as_table() in readme
