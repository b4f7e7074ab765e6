"""Who calls: the common name of the client's certificate, `local` where there is no TLS (§7.3)."""

from typing import Any

from services.runtime.refusals import Forbidden

LOCAL = "local"
"""Plain text is served on loopback only: whoever calls is on this machine."""
TRANSPORT, COMMON_NAME = "transport_security_type", "x509_common_name"
PLAIN = frozenset({b"insecure", b"local"})


def caller_of(context: Any) -> str:
    """Return the caller's name; Forbidden where a certificate does not say one name."""
    identity = context.auth_context()
    if (kinds := {*identity.get(TRANSPORT, ())}) and kinds <= PLAIN:
        return LOCAL
    names = [name.decode("utf-8", "replace").strip() for name in identity.get(COMMON_NAME, ())]
    if len(names) != 1 or not names[0]:
        cure = "use a certificate whose subject has exactly one common name (CN)"
        raise Forbidden("CALLER_UNKNOWN", f"the client certificate names nobody; {cure}")
    name: str = names[0]
    return name
