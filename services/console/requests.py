"""What the HTTP handlers share: who asks, what they sent, and JSON back."""

import json
from typing import Any

from aiohttp import web

from services.console.actions import BadOrder
from services.console.feeds import as_text
from services.console.messages import Json
from services.console.users import User
from services.energy.sayings.chinese import in_chinese

SECURITY = {
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
USER: web.RequestKey[User] = web.RequestKey("user", User)


async def body_of(request: web.Request) -> Json:
    """Return the JSON object that was sent; `BadOrder` when it is none."""
    try:
        body = await request.json()
    except json.JSONDecodeError as mistake:
        raise BadOrder(f"the body is not JSON: {mistake}") from None
    if not isinstance(body, dict):
        raise BadOrder("the body must be a JSON object")
    return body


def refusal_response(text: str, status: int) -> web.Response:
    """Return a refusal with its words, in Chinese too where these are known."""
    chinese = in_chinese(text)
    more = {} if chinese == text else {"error_zh": chinese}
    return web.json_response({"error": text, **more}, status=status)


def json_response(body: Any) -> web.Response:
    """Return an answer of compact JSON."""
    return web.Response(text=as_text(body), content_type="application/json")
