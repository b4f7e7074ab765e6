"""What settings of several protocols say of secrets and of whom one may speak to in the open."""

import ipaddress
from pathlib import Path

from services.runtime.park_file_values import Misread, plain_text


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
