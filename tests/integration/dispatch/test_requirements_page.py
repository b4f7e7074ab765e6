"""The page about dispatch shows calls about requirements that really work."""

from __future__ import annotations

import re
from collections.abc import Iterator

from google.protobuf import json_format

from parkflow.dispatch.v1 import dispatch_service_pb2 as pb
from services.dispatch.requirement_requests import KINDS
from services.runtime.database import migrate
from tests.support.builders import REPOSITORY
from tests.support.patience import CALL_S
from tests.support.requirements import a_dispatch

PAGE = (REPOSITORY / "docs/dispatch.md").read_text(encoding="utf-8")
CALL = re.compile(
    r"^grpcurl -plaintext -d '(?P<document>\{.*\})' 127\.0\.0\.1:7104"
    r" parkflow\.dispatch\.v1\.DispatchService/(?P<method>\w+Requirements?)$",
    re.MULTILINE,
)


def calls() -> Iterator[tuple[str, str]]:
    """Yield the method and document of each call that the page shows."""
    for found in CALL.finditer(PAGE):
        yield found["method"], found["document"]


def test_the_page_shows_every_kind() -> None:
    shown = " ".join(document for _, document in calls())

    assert [kind for kind in KINDS if f'"{kind}"' not in shown] == []


async def test_every_call_that_the_page_shows_is_answered(fresh_database: str) -> None:
    await migrate("dispatch", fresh_database)
    methods = []

    async with a_dispatch(fresh_database) as dispatch:
        for method, document in calls():
            request = json_format.Parse(document, getattr(pb, f"{method}Request")())
            await getattr(dispatch.stub, method)(request, timeout=CALL_S)
            methods.append(method)

        assert methods.count("SetRequirement") == len(dispatch.in_force) == len(KINDS)
        assert "ListRequirements" in methods
