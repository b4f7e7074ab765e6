"""Ports on loopback: a free one, or a plain sentence about who holds the wanted one."""

from __future__ import annotations

import random
import socket

import psutil

from services.demo.stack.errors import StackProblem

LOOPBACK = "127.0.0.1"
NOT_LENT = (10_000, 32_768)


def free_port() -> int:
    """Return a port of loopback that nobody listens on now.

    It lies below the range from which systems lend ports to outgoing connections: until it is
    used, minutes later, no connection of anybody takes it.
    """
    while True:
        port = random.randrange(*NOT_LENT)  # noqa: S311  (no secret)
        if hindrance_of(port) is None:
            return port


def require_free(port: int, *, service: str, variable: str) -> None:
    """Raise `StackProblem` when `port` is taken; `variable` is how a user chooses another."""
    if hindrance := hindrance_of(port):
        raise StackProblem(
            f"Port {port}, wanted for {service}, cannot be used: {hindrance}.",
            f"stop it, or choose another port with {variable}=<port>.",
        )


def hindrance_of(port: int) -> str | None:
    """Return why `port` cannot be listened on; None when it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            return holder_of(port) or str(error.strerror)
    return None


def holder_of(port: int) -> str | None:
    """Return pid and command of the process that listens on `port`, where it can be seen."""
    try:
        listeners = [
            link
            for link in psutil.net_connections("tcp")
            if link.status == psutil.CONN_LISTEN and tuple(link.laddr)[1:2] == (port,)
        ]
        pids = [link.pid for link in listeners if link.pid is not None]
        if pids:
            command = " ".join(psutil.Process(pids[0]).cmdline())
            return f"it is held by process {pids[0]} ({command[:120]})"
    except psutil.Error:
        return None
    return "it is held by a process of another user" if listeners else None
