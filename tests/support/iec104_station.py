"""A station on a real c104 server, as a process of its own: it obeys lines on its standard input.

show ADDRESS VALUE [SECONDS]     let an object have a value, stamped if its type has a tag
quality ADDRESS BITS             the same with quality bits
stop / start                     close and open the server
"""

import sys
from datetime import UTC, datetime

import c104

SHORT, TAGGED, COUNTER, HELD, TAGGED_SINGLE = 11, 12, 13, 14, 15
DIRECT, SELECTED, REFUSING, SILENT, SHOWN_ELSEWHERE = 101, 102, 103, 104, 105
KINDS = {
    SHORT: c104.Type.M_ME_NC_1,
    TAGGED: c104.Type.M_ME_TF_1,
    COUNTER: c104.Type.M_IT_NA_1,
    HELD: c104.Type.M_ME_NC_1,
    TAGGED_SINGLE: c104.Type.M_SP_TB_1,
}
taken: list[float] = []


def take(
    point: c104.Point, previous_info: c104.Information, message: c104.IncomingMessage
) -> c104.ResponseState:
    """Take a set-point and show it at `HELD`."""
    print(f"took {point.io_address} {point.value:g}", flush=True)
    held = point.station.get_point(HELD)
    held.value = point.value if point.io_address != SHOWN_ELSEWHERE else 1.0
    held.transmit(c104.Cot.SPONTANEOUS)
    return c104.ResponseState.SUCCESS


def refuse(
    point: c104.Point, previous_info: c104.Information, message: c104.IncomingMessage
) -> c104.ResponseState:
    """Refuse whatever is ordered."""
    return c104.ResponseState.FAILURE


def ignore(
    point: c104.Point, previous_info: c104.Information, message: c104.IncomingMessage
) -> c104.ResponseState:
    """Say nothing."""
    return c104.ResponseState.NONE


def main() -> None:
    """Serve until the input ends."""
    server = c104.Server("127.0.0.1", int(sys.argv[1]), tick_rate_ms=50)
    station = server.add_station(1)
    points = {address: station.add_point(address, kind) for address, kind in KINDS.items()}
    for address, answer in (
        (DIRECT, take),
        (SELECTED, take),
        (REFUSING, refuse),
        (SILENT, ignore),
        (SHOWN_ELSEWHERE, take),
    ):
        mode = c104.CommandMode.SELECT_AND_EXECUTE if address == SELECTED else None
        more = {"command_mode": mode} if mode else {}
        station.add_point(address, c104.Type.C_SE_NC_1, **more).on_receive(callable=answer)
    server.start()
    print("ready", flush=True)
    for line in sys.stdin:
        obey(server, points, line.split())
        print("done", flush=True)
    server.stop()


def obey(server: c104.Server, points: dict[int, c104.Point], words: list[str]) -> None:
    """Do what a line says."""
    match words:
        case ["stop"]:
            server.stop()
        case ["start"]:
            server.start()
        case ["show", address, value, *rest]:
            show(points[int(address)], float(value), rest, c104.Quality())
        case ["quality", address, value, bits, *rest]:
            flagged = c104.Quality()
            for bit in bits.split("|"):
                flagged |= getattr(c104.Quality, bit)
            show(points[int(address)], float(value), rest, flagged)


def show(point: c104.Point, value: float, rest: list[str], quality: c104.Quality) -> None:
    """Give a point a value and report it by itself."""
    stamp = datetime.fromtimestamp(float(rest[0]), UTC) if rest else None
    if point.type == c104.Type.M_SP_TB_1:
        point.info = c104.SingleInfo(bool(value), quality=quality, recorded_at=stamp)
    elif point.type == c104.Type.M_IT_NA_1:
        point.info = c104.BinaryCounterInfo(int(value), quality=c104.BinaryCounterQuality())
    else:
        point.info = c104.ShortInfo(value, quality=quality, recorded_at=stamp)
    point.transmit(c104.Cot.SPONTANEOUS)


if __name__ == "__main__":
    main()
