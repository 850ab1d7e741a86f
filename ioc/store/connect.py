"""The Redis client of every process: answers as bytes, and no retries.

redis-py repeats a command whose answer was lost, ten times by default: a write that had been executed is executed
again. Here the caller decides: a fenced write is never repeated blindly, a read may be.
"""

from __future__ import annotations

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as LostConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as LateAnswerError

from ioc.core.errors import EngineError, FencedError, OffsetError, ShapeError

__all__ = ["UNREACHABLE", "Redis", "RedisError", "ResponseError", "as_ioc_error", "connect", "ready"]

ANSWER_WITHIN = 30.0  # seconds; a blocking read asks for less
LEAST_VERSION = (7, 0)  # functions came with 7.0
UNREACHABLE = (LostConnectionError, LateAnswerError, OSError)


def connect(url: str) -> Redis:
    """A client. It connects at its first command; close it with ``aclose()``."""
    client: Redis = Redis.from_url(
        url,
        decode_responses=False,
        retry=Retry(NoBackoff(), 0),
        retry_on_error=[],
        socket_timeout=ANSWER_WITHIN,
        socket_connect_timeout=5.0,
        protocol=2,
    )
    return client


async def ready(client: Redis) -> None:
    """Raises :class:`EngineError` when the server can't be reached or has no functions."""
    try:
        found = await client.info("server")
    except UNREACHABLE as error:
        raise EngineError(f"Redis can't be reached ({error}); check REDIS_URL") from error
    version = tuple(int(part) for part in str(found["redis_version"]).split(".")[:2])
    if version < LEAST_VERSION:
        raise EngineError(f"Redis {found['redis_version']} has no functions; 7.0 or newer, or Valkey, is needed")


def as_ioc_error(error: ResponseError) -> Exception:
    """What a refusal of the fenced functions means."""
    text = str(error)
    if text.startswith("FENCED"):
        return FencedError(text)
    if text.startswith("SHAPE"):
        return ShapeError(text)
    if text.startswith("OFFSET"):
        stored = text.rpartition(" ")[2]
        return OffsetError(int(stored) if stored.isdigit() else -1)
    return error
