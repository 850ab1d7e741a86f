"""What a sender of events is told: one reason code, and in both languages what it means and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import Response

from ioc.api.problem import problem
from ioc.core.intake import Judged
from ioc.core.refusal import Refusal
from ioc.core.words import Words

FORBIDDEN_SOURCE = "forbidden_source"
DETAIL = "en"  # the language of a problem's ``detail``


class Telling:
    """Makes the answers. ``words`` by language."""

    def __init__(self, words: Mapping[str, Words]) -> None:
        self._words = words

    def answer(self, status: int, reason: str, headers: Mapping[str, str] | None = None, **found: object) -> Response:
        """A problem of the request as a whole; ``found`` fills its sentences."""
        means = self._each(f"webhook.{reason}.is", **found)
        return problem(
            status, means[DETAIL], headers, reason=reason, message=means, next=self._each(f"webhook.{reason}.next")
        )

    def refusal(self, refusal: Refusal, headers: Mapping[str, str]) -> Response:
        """A body that can't be taken apart into events."""
        told = self._reason(refusal.reason)
        return problem(422, told["message"][DETAIL], headers, reason=refusal.reason, found=refusal.detail, **told)

    def results(self, judged: list[Judged], headers: Mapping[str, str]) -> Response:
        """What became of each event: 202 when one went on at least, else 422 (403 when it was for its source alone)."""
        results = [self._result(each) for each in judged]
        if not judged or any(each.sent for each in judged):
            content = msgspec.json.encode({"results": results})
            return Response(content, 202, dict(headers), media_type="application/json")
        first = results[0]
        status = 403 if all(each.reason == FORBIDDEN_SOURCE for each in judged) else 422
        more = {name: first[name] for name in ("reason", "field", "found", "message", "next") if name in first}
        return problem(status, first["message"][DETAIL], headers, **more, results=results)

    def _result(self, judged: Judged) -> dict[str, Any]:
        result: dict[str, Any] = {"id": judged.id, "outcome": judged.outcome}
        if judged.reason:
            named = {"reason": judged.reason, "field": judged.field, "found": judged.detail}
            result |= {name: value for name, value in named.items() if value}
            result |= self._reason(judged.reason)
        return result

    def _reason(self, reason: str) -> dict[str, dict[str, str]]:
        if reason == FORBIDDEN_SOURCE:
            means, following = f"webhook.{reason}.is", f"webhook.{reason}.next"
        else:
            means, following = f"states.reason_meaning.{reason}", f"states.reason_next.{reason}"
        return {"message": self._each(means), "next": self._each(following)}

    def _each(self, key: str, **values: object) -> dict[str, str]:
        return {language: words(key, **values) for language, words in self._words.items()}
