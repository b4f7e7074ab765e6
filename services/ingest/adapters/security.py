"""What settings of several protocols say of secrets and of whom one may speak to in the open."""

import ipaddress
from pathlib import Path

from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import Misread, plain_text, yes_or_no


def absolute_path(text: str) -> Path:
    """Return the path of a file that ingest reads when it opens the source."""
    path = Path(plain_text(text))
    if not path.is_absolute():
        raise Misread("is not an absolute path", "write where ingest finds it, from / on")
    return path


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or address alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_open(at: Section, host: str) -> None:
    """Report a host elsewhere that nobody said may be spoken to in the open."""
    insecure = at.may("allow_insecure", yes_or_no, False)
    if insecure is False and host is not WRONG and not is_loopback(host):
        at.wrong(
            "host",
            f"{host} is not this machine, and the link is not encrypted",
            "name a tunnel's end here, or add allow_insecure: true if that network is trusted",
        )
