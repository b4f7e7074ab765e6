"""Who calls: the common name of the client's certificate, `local` where there is no TLS (§7.3)."""

from collections.abc import Sequence
from typing import Any

from services.runtime.refusals import Forbidden

LOCAL = "local"
"""Plain text is served on loopback only: whoever calls is on this machine."""
ENTERPRISE = "enterprise/"
"""What the common name of an enterprise begins with; its tenant id follows."""
TRANSPORT, COMMON_NAME = "transport_security_type", "x509_common_name"
PLAIN = frozenset({b"insecure", b"local"})


def caller_of(context: Any) -> str:
    """Return the caller's name; Forbidden where a certificate does not say one name."""
    if (kinds := {*context.auth_context().get(TRANSPORT, ())}) and kinds <= PLAIN:
        return LOCAL
    names = _names(context)
    if len(names) != 1 or not names[0]:
        cure = "use a certificate whose subject has exactly one common name (CN)"
        raise Forbidden("CALLER_UNKNOWN", f"the client certificate names nobody; {cure}")
    return names[0]


def refuse_enterprises(context: Any, service: str) -> None:
    """Refuse a caller that is an enterprise: most services show and control the whole park."""
    for name in _names(context):
        if is_enterprise(name):
            text = f"{service} is not for enterprises; {name} may call CarbonService"
            raise Forbidden("OPERATORS_ONLY", text, caller=name)


def is_enterprise(name: str) -> bool:
    """Whether a name is, or looks like, that of an enterprise."""
    return name.casefold().startswith(ENTERPRISE)


def _names(context: Any) -> Sequence[str]:
    found = context.auth_context().get(COMMON_NAME, ())
    return [name.decode("utf-8", "replace").strip() for name in found]
