"""What requests of simulations must be, and how a document's mistakes are told."""

from collections.abc import Iterator, Sequence

from google.protobuf.duration_pb2 import Duration

from parkflow.dispatch.v1 import dispatch_service_pb2 as pb
from services.dispatch.domain.park.problem import Mistake
from services.dispatch.settings import Settings
from services.runtime.refusals import FieldMistake, InvalidFields

DOCUMENT = "problem_json"
MOST_BYTES = 8 * 1024 * 1024
POINTS, FEWEST_POINTS, MOST_POINTS = 5, 2, 20
TOLD_BYTES = 4096
"""A status travels in trailers, of which gRPC's clients take 8 KiB."""
LONGEST_TEXT = 300
WHOLE = "problem"
"""The path of a document as a whole (`services.dispatch.solve.problem_file`)."""

Request = pb.SimulateRequest | pb.FrontierRequest


class BadDocument(InvalidFields):
    """The problem document cannot be used; the details name its mistakes, as many as fit."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        told = list(_told(mistakes))
        super().__init__(told)
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        first = f"{told[0].field}: {told[0].text}" if told else "none told"
        self.args = (f"{count} in the problem document; {first}",)


def mistakes_in(request: Request, settings: Settings) -> list[FieldMistake]:
    """Return what is wrong with a request before its document is read."""
    found = [*_of_size(len(request.problem_json)), *_of_limit(request, settings)]
    if isinstance(request, pb.FrontierRequest):
        found += _of_points(request.point_count)
    return found


def limit_s(request: Request, settings: Settings) -> float:
    """Return how long a request without mistakes may take, in seconds."""
    if not request.HasField("time_limit"):
        return settings.simulation_time_limit_s
    return _seconds(request.time_limit)


def _of_size(size: int) -> Iterator[FieldMistake]:
    if not size:
        yield FieldMistake(DOCUMENT, "is empty; send a problem document (docs/dispatch.md)")
    if size > MOST_BYTES:
        yield FieldMistake(
            DOCUMENT,
            f"has {size} bytes, at most {MOST_BYTES} (8 MiB) are read here; longer steps make it "
            "smaller, and `python -m services.dispatch solve` takes larger files",
        )


def _of_limit(request: Request, settings: Settings) -> Iterator[FieldMistake]:
    longest_s, usual_s = settings.simulation_longest_s, settings.simulation_time_limit_s
    if not 0.0 < (asked_s := limit_s(request, settings)) <= longest_s:
        yield FieldMistake(
            "time_limit",
            f"{asked_s:g} s is not above 0 and at most {longest_s:g} s; absent is {usual_s:g} s",
        )


def _of_points(count: int) -> Iterator[FieldMistake]:
    if count and not FEWEST_POINTS <= count <= MOST_POINTS:
        yield FieldMistake(
            "point_count",
            f"{count} is not in {FEWEST_POINTS}..{MOST_POINTS}; 0 means {POINTS}",
        )


def _told(mistakes: Sequence[Mistake]) -> Iterator[FieldMistake]:
    """Yield the mistakes at the request's fields; how many more there are where too many are."""
    room = TOLD_BYTES
    for number, mistake in enumerate(mistakes):
        field = DOCUMENT if mistake.path == WHOLE else f"{DOCUMENT}.{mistake.path}"
        one = FieldMistake(_short(field), _short(mistake.text))
        room -= len(one.field.encode()) + len(one.text.encode()) + 8
        if room < 0:
            more = len(mistakes) - number
            yield FieldMistake(
                DOCUMENT,
                f"{more} more mistakes; `python -m services.dispatch solve` tells all of them",
            )
            return
        yield one


def _short(text: str) -> str:
    """Return a text that fits and that the wire can carry."""
    sound = text.encode("utf-8", "replace").decode()
    return sound if len(sound) <= LONGEST_TEXT else f"{sound[: LONGEST_TEXT - 1]}…"


def _seconds(duration: Duration) -> float:
    return duration.seconds + duration.nanos / 1e9
