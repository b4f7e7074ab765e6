"""Which port every part listens on: the usual ones, chosen ones, or free ones for tests."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from services.demo.stack import StackProblem
from services.demo.stack.ports import LOOPBACK, free_port, hindrance_of

VARIABLE = "PARKFLOW_PORT_"
NAMED_AT_MOST = 3
SERVICES = (
    "ingest",
    "validation",
    "history",
    "forecasting",
    "forecasting_training",
    "dispatch",
    "carbon_accounting",
    "alerting",
    "console",
    "simulator",
)
MODULES = {"forecasting_training": "forecasting.training"}
"""Of processes that are part of another service: the module below `services`."""


@dataclass(frozen=True)
class Ports:
    """Ports on loopback. A field `kafka` is chosen with PARKFLOW_PORT_KAFKA."""

    kafka: int = 19092
    kafka_controller: int = 19093
    postgres: int = 15432
    mqtt: int = 11883
    modbus: int = 5020
    console_http: int = 8080
    ingest: int = 7101
    history: int = 7102
    forecasting: int = 7103
    dispatch: int = 7104
    carbon_accounting: int = 7105
    alerting: int = 7106
    validation: int = 7107
    ingest_metrics: int = 9101
    history_metrics: int = 9102
    forecasting_metrics: int = 9103
    dispatch_metrics: int = 9104
    carbon_accounting_metrics: int = 9105
    alerting_metrics: int = 9106
    console_metrics: int = 9107
    simulator_metrics: int = 9108
    validation_metrics: int = 9109
    forecasting_training_metrics: int = 9110

    @classmethod
    def chosen(cls, environ: Mapping[str, str]) -> "Ports":
        """Return the usual ports, replaced by PARKFLOW_PORT_* where set."""
        chosen: dict[str, int] = {}
        for field in fields(cls):
            variable = VARIABLE + field.name.upper()
            text = environ.get(variable, "")
            if text and not (text.isdigit() and 0 < int(text) < 65536):
                raise StackProblem(f"{variable} is {text!r}", "set it to a number in 1..65535")
            if text:
                chosen[field.name] = int(text)
        return cls(**chosen)

    @classmethod
    def free(cls) -> "Ports":
        """Return ports that nobody listens on now, all different."""
        found: set[int] = set()
        while len(found) < len(fields(cls)):
            found.add(free_port())
        return cls(**dict(zip((field.name for field in fields(cls)), found, strict=True)))

    def require_free(self) -> None:
        """Raise `StackProblem` when ports are taken, with who holds them and how to choose others.

        All are looked at before anything starts: minutes later it would hurt more.
        """
        taken = {
            field.name: (port, hindrance)
            for field in fields(self)
            if (hindrance := hindrance_of(port := getattr(self, field.name)))
        }
        if not taken:
            return
        lines = [f"port {port}: {why}" for port, why in list(taken.values())[:NAMED_AT_MOST]]
        if len(taken) > NAMED_AT_MOST:
            lines.append(f"and {len(taken) - NAMED_AT_MOST} more (is another demo running?)")
        told = "\n  ".join(lines)
        raise StackProblem(
            f"The demo cannot listen on\n  {told}",
            "stop what holds it, or choose another port: "
            f"{VARIABLE}{next(iter(taken)).upper()}=<port> make demo",
        )

    def grpc_of(self, service: str) -> int | None:
        """Return the gRPC port of a service; None when it serves none."""
        port: int | None = getattr(self, service, None)
        return port

    def metrics_of(self, service: str) -> int:
        """Return the metrics port of a service."""
        port: int = getattr(self, f"{service}_metrics")
        return port

    def address_of(self, service: str) -> str:
        """Return host and gRPC port of a service."""
        return f"{LOOPBACK}:{self.grpc_of(service)}"
