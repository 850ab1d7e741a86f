"""Errors of the API as problem details (RFC 9457), and the answer to addresses that it doesn't have."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import APIRouter, Response

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """``application/problem+json`` with ``type``, ``title``, ``status``, ``detail``, and ``more`` members."""
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return Response(msgspec.json.encode(content), status, headers, media_type="application/problem+json")


def router() -> APIRouter:
    """Everything below ``/api`` that no route before it took: never the page of a browser."""
    routes = APIRouter()

    @routes.api_route("/api", methods=METHODS)
    @routes.api_route("/api/{rest:path}", methods=METHODS)
    async def nothing(rest: str = "") -> Response:
        return problem(404, f"no such address: /api/{rest}")

    return routes
