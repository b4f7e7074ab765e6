"""A gRPC server with health, reflection, tracing, metrics and one place for errors (§7).

Plain text on loopback only; anywhere else it needs mutual TLS or refuses to start.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as aio_health
from grpc_reflection.v1alpha import reflection
from grpc_status import rpc_status

from services.runtime import metrics, spans
from services.runtime.callers import refuse_enterprises
from services.runtime.environment import CommonSettings
from services.runtime.patience import is_away
from services.runtime.refusals import NotBuilt, Refusal, Unavailable, as_status
from services.runtime.requests import check_well_formed
from services.runtime.telemetry import context_from, log_for, record, span

GRACE_S = 3.0
PING_OPTIONS = [
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
    ("grpc.http2.max_ping_strikes", 0),
]
"""Never end a connection for its pings: gRPC's clients measure their bandwidth with pings of their
own beside the keepalives we set, and a server that counts strikes cuts the watches of an honest
client (GOAWAY, too_many_pings)."""
log = log_for(__name__)


class InsecureAddress(Exception):
    """A public address without TLS."""


class GrpcServer:
    """The gRPC server of one service. Register servicers with `add` before `start`."""

    def __init__(self, settings: CommonSettings) -> None:
        self._settings = settings
        self._knowing: set[str] = set()
        self._server = grpc.aio.server(
            interceptors=[_Border(self._knowing)],
            options=[
                ("grpc.max_receive_message_length", settings.largest_request_bytes),
                ("grpc.so_reuseport", 0),
                *PING_OPTIONS,
            ],
        )
        self._names: list[str] = []
        self._health = aio_health.HealthServicer()
        self.port = 0

    def add(self, register: Callable[[Any, Any], None], servicer: Any, name: str) -> None:
        """Serve `servicer`; `register` is the generated `add_…_to_server`, `name` the full name.

        Enterprises reach only a servicer that says `knows_enterprises`, by itself or its proxy.
        """
        register(servicer, self._server)
        if getattr(servicer, "knows_enterprises", False):
            self._knowing.add(name)
        self._names.append(name)

    async def start(self) -> None:
        """Listen; not yet `SERVING` (see `set_serving`)."""
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = [*self._names, "grpc.health.v1.Health", reflection.SERVICE_NAME]
        reflection.enable_server_reflection(names, self._server)
        address = f"{self._settings.grpc_host}:{self._settings.grpc_port}"
        self.port = self._listen(address)
        await self.set_serving(False)
        await self._server.start()
        log.info("grpc_listening", address=address, services=self._names)

    def _listen(self, address: str) -> int:
        try:
            if self._settings.tls_cert is None:
                _require_loopback(self._settings.grpc_host)
                return int(self._server.add_insecure_port(address))
            return int(self._server.add_secure_port(address, _server_credentials(self._settings)))
        except RuntimeError as error:
            raise OSError(
                f"cannot listen on {address}: {error}; set PARKFLOW_GRPC_PORT to a free port"
            ) from None

    async def set_serving(self, serving: bool) -> None:
        """Set the health of the process and of each service."""
        states = health_pb2.HealthCheckResponse
        state = states.SERVING if serving else states.NOT_SERVING
        for name in ["", *self._names]:
            await self._health.set(name, state)

    async def stop(self) -> None:
        """Say NOT_SERVING, let running calls end, stop."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(GRACE_S)


def _require_loopback(host: str) -> None:
    if not _is_loopback(host):
        raise InsecureAddress(
            f"gRPC on {host} needs mutual TLS: set PARKFLOW_TLS_CERT, PARKFLOW_TLS_KEY and "
            "PARKFLOW_TLS_CA, or listen on 127.0.0.1"
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:  # a name may lead anywhere
        return False


def _server_credentials(settings: CommonSettings) -> grpc.ServerCredentials:
    if settings.tls_key is None or settings.tls_cert is None or settings.tls_ca is None:
        raise InsecureAddress("TLS needs PARKFLOW_TLS_CERT, PARKFLOW_TLS_KEY and PARKFLOW_TLS_CA")
    return grpc.ssl_server_credentials(
        [
            (
                _pem("PARKFLOW_TLS_KEY", settings.tls_key),
                _pem("PARKFLOW_TLS_CERT", settings.tls_cert),
            )
        ],
        root_certificates=_pem("PARKFLOW_TLS_CA", settings.tls_ca),
        require_client_auth=True,
    )


def _pem(variable: str, file: Path) -> bytes:
    content = file.read_bytes()
    if b"-----BEGIN " not in content:
        raise InsecureAddress(f"{variable} names {file}, which is no PEM file")
    return content


class _Border(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    """Traces and measures every call and turns refusals into status codes.

    `knowing`: the services that enterprises may call.
    """

    def __init__(self, knowing: Collection[str]) -> None:
        self._knowing = knowing

    async def intercept_service(
        self,
        continuation: Callable[[Any], Awaitable[Any]],
        details: Any,
    ) -> Any:
        """Wrap the handler of one call."""
        handler = await continuation(details)
        if handler is None or details.method.startswith("/grpc."):
            return handler
        call = _Call(details, handler.request_deserializer, self._knowing)
        if handler.unary_unary:
            behaviour, make = call.one(handler.unary_unary), grpc.unary_unary_rpc_method_handler
        elif handler.stream_unary:
            behaviour, make = call.one(handler.stream_unary), grpc.stream_unary_rpc_method_handler
        elif handler.unary_stream:
            behaviour, make = call.many(handler.unary_stream), grpc.unary_stream_rpc_method_handler
        else:
            behaviour, make = (
                call.many(handler.stream_stream),
                grpc.stream_stream_rpc_method_handler,
            )
        return make(behaviour, None, handler.response_serializer)


class _Call:
    """One call: its requests, its span, its duration, its end."""

    def __init__(
        self, details: Any, decode: Callable[[bytes], Any], knowing: Collection[str]
    ) -> None:
        self._decode = decode
        self._method = details.method.lstrip("/")
        self._service = self._method.partition("/")[0]
        self._knows_enterprises = self._service in knowing
        self._parent = context_from(dict(details.invocation_metadata or ()))

    def one(self, behaviour: Any) -> Any:
        """Wrap a handler with one answer."""

        async def wrapped(request: Any, context: Any) -> Any:
            began = time.monotonic()
            with span(spans.CALL, parent=self._parent, method=self._method):
                try:
                    self._check_caller(context)
                    return await behaviour(self._asked(request), context)
                except Exception as error:
                    await self._end_badly(context, error)
                finally:
                    self._measure(began, context)

        return wrapped

    def many(self, behaviour: Any) -> Any:
        """Wrap a handler with a stream of answers."""

        async def wrapped(request: Any, context: Any) -> AsyncIterator[Any]:
            began = time.monotonic()
            with span(spans.CALL, parent=self._parent, method=self._method):
                pass  # a watch lives for days: its span marks the beginning only
            try:
                self._check_caller(context)
                async for answer in behaviour(self._asked(request), context):
                    yield answer
            except Exception as error:
                await self._end_badly(context, error)
            finally:
                self._measure(began, context)

        return wrapped

    def _check_caller(self, context: Any) -> None:
        if not self._knows_enterprises:
            refuse_enterprises(context, self._service)

    def _asked(self, raw: Any) -> Any:
        """Return the request, or each of a stream of them; what cannot be used is refused here."""
        if not isinstance(raw, bytes):
            return self._each(raw)
        request = self._decode(raw)
        check_well_formed(request)
        return request

    async def _each(self, raw: AsyncIterator[bytes]) -> AsyncIterator[Any]:
        async for one in raw:  # their fields are checked, numbered, by the servicer
            yield self._decode(one)

    def _measure(self, began: float, context: Any) -> None:
        code = context.code()
        name = getattr(code, "name", None) or (grpc.StatusCode.OK.name if not code else str(code))
        record(metrics.GRPC_TIME, time.monotonic() - began, method=self._method, code=name)

    async def _end_badly(self, context: Any, error: Exception) -> None:
        if isinstance(error, grpc.aio.AbortError):
            raise error
        if not isinstance(error, Refusal) and is_away(error):
            log.warning("peer_away", method=self._method, error=str(error)[:300])
            error = Unavailable("something this call needs is away; try again")
        if isinstance(error, NotImplementedError):  # the generated servicer's answer
            error = NotBuilt(f"{self._method} is not built yet")
        if isinstance(error, Refusal):
            status = rpc_status.to_status(as_status(error))
            await context.abort_with_status(status)
        if isinstance(error, DecodeError):
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the request cannot be decoded")
        log.error("bug", method=self._method, exc_info=error)
        await context.abort(grpc.StatusCode.INTERNAL, "a fault of ours; it is in the log")
