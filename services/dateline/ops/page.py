"""The page for operators: one file, which loads nothing and asks only the server that it came from."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files

from aiohttp import web

__all__ = ["page_route", "policy"]

_INLINE = re.compile(r"<(style|script)>(.*?)</\1>", re.DOTALL)


def policy(html: str) -> str:
    """The Content Security Policy under which this page's one style and one script run, and nothing that anybody may smuggle into it."""
    allowed = {name: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for name, text in _INLINE.findall(html)}
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src 'sha256-{allowed['style']}'",
            f"script-src 'sha256-{allowed['script']}'",
            "connect-src 'self'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def page_route() -> web.RouteDef:
    """`/`, read once."""
    html = (files("dateline.ops") / "page.html").read_text(encoding="utf-8")
    headers = {
        "Content-Security-Policy": policy(html),
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }

    async def show(_: web.Request) -> web.Response:
        return web.Response(text=html, content_type="text/html", headers=headers)

    return web.get("/", show)
