"""HTTP as the sources need it: only hosts that the profile names, bounded in size, time and redirects."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, Self
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec

from ioc.core.contract import Name, Strict, seconds
from ioc.core.errors import SourceError
from ioc.core.source import Fault, SourceOptions, address_faults, pause_faults, secret_faults
from streams.sources.secret import Secrets

MOST_REDIRECTS = 5
TRIES = 2  # more than one connection; a request that was sent isn't repeated within a round
CONNECT_WITHIN = 10.0
AGENT = "ioc-dashboard"
_PORTS = {"http": 80, "https": 443}
_MOVED = (301, 302, 303, 307, 308)
_BUSY = (429, 503)

Origin = tuple[str, int]  # host and port


class Auth(Strict, frozen=True, kw_only=True):
    """How a request is signed; ``secret`` names the file of the token or password."""

    scheme: Literal["bearer", "basic", "header"] = "bearer"
    secret: str
    username: str = ""
    header: str = ""


class HttpOptions(SourceOptions, frozen=True, kw_only=True):
    """``hosts`` are further hosts (``host`` or ``host:port``) that redirects and links may lead to.

    ``ca`` names the secret file with the certificate authority of the system, where it isn't a public one. ``timeout``
    is for one whole answer.
    """

    url: str = ""
    hosts: list[str] = []
    every: str = "1m"
    headers: dict[Name, str] = {}
    auth: Auth | None = None
    ca: str = ""
    timeout: str = "30s"

    def faults(self) -> Iterator[Fault]:
        yield from address_faults(self.url)
        yield from pause_faults(self.every)
        yield from pause_faults(self.timeout, "timeout")
        yield from secret_faults(self.ca, ("ca",))
        if self.auth is not None:
            yield from secret_faults(self.auth.secret, ("auth", "secret"))
            wanted = {"basic": "username", "header": "header"}.get(self.auth.scheme, "")
            if wanted and not getattr(self.auth, wanted):
                yield ("auth",), "needs", {"kind": self.auth.scheme, "name": wanted}


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One answer: status 200 with its bytes, or 304 without any."""

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes = b""


class Fetcher:
    """Asks one system. ``largest`` bytes are an answer's most."""

    def __init__(self, options: HttpOptions, secrets: Secrets, largest: int) -> None:
        self._options = options
        self._largest = largest
        self._origin = origin(options.url)
        self._secure = options.url.startswith("https:")
        self._hosts = frozenset(options.hosts)
        self._within = seconds(options.timeout)
        self._signature = _signature(options.auth, secrets)
        self._client = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(verify=_trust(options.ca, secrets), retries=TRIES, trust_env=False),
            timeout=httpx.Timeout(self._within, connect=CONNECT_WITHIN), trust_env=False, follow_redirects=False,
            # Compressed bytes would make a bound on their size worth little.
            headers={"User-Agent": AGENT, "Accept-Encoding": "identity", **options.headers},
        )  # fmt: skip

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def get(
        self, url: str, params: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Page:
        """The answer. Raises :class:`SourceError` for all that isn't 200 or 304, or is too large, slow, elsewhere."""
        try:
            async with asyncio.timeout(self._within):
                return await self._follow(url, params, headers or {})
        except TimeoutError:
            raise SourceError(f"{shown(url)} gave no whole answer in {self._within:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceError(f"{shown(url)} can't be reached ({type(error).__name__}: {error})") from error

    async def _follow(self, url: str, params: Mapping[str, Any] | None, headers: Mapping[str, str]) -> Page:
        url = str(httpx.URL(url).copy_merge_params(params)) if params else url
        for _ in range(MOST_REDIRECTS + 1):
            self._check(url)
            signed = {**headers, **(self._signature if origin(url) == self._origin else {})}
            async with self._client.stream("GET", url, headers=signed) as response:
                if response.status_code not in _MOVED:
                    return await self._read(response)
                url = urljoin(str(response.url), response.headers.get("location", ""))
        raise SourceError(f"{shown(url)}: more than {MOST_REDIRECTS} redirects")

    def _check(self, url: str) -> None:
        """Whether the profile allows the address."""
        parts = urlsplit(url)
        host, port = origin(url)
        if parts.scheme not in _PORTS or (self._secure and parts.scheme != "https"):
            raise SourceError(f"{shown(url)}: the scheme isn't allowed")
        named = f"{host}:{port}" in self._hosts or (host in self._hosts and port == _PORTS[parts.scheme])
        if (host, port) != self._origin and not named:
            raise SourceError(f"{shown(url)}: the host isn't named in 'hosts' of the source")

    async def _read(self, response: httpx.Response) -> Page:
        address, status = str(response.url), response.status_code
        if status == 304:
            return Page(url=address, status=status, headers=response.headers)
        if status != 200:
            wait = retry_after(response.headers.get("retry-after", "")) if status in _BUSY else 0.0
            raise SourceError(f"{shown(address)} answered {status} {response.reason_phrase}", wait)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise SourceError(f"{shown(address)} answered compressed, though it was asked not to")
        parts: list[bytes] = []
        size = 0
        async for part in response.aiter_raw():
            size += len(part)
            if size > self._largest:
                raise SourceError(f"{shown(address)} answered more than {self._largest} bytes")
            parts.append(part)
        return Page(url=address, status=status, headers=response.headers, content=b"".join(parts))


def origin(url: str) -> Origin:
    """Host and port of an address. Raises :class:`SourceError`."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise SourceError("the address of a link can't be read") from None


def shown(url: str) -> str:
    """The address without user, query and fragment, which may hold what isn't for a log."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:200]


def retry_after(text: str) -> float:
    """Seconds that the server asks for: a number or an HTTP date; 0 when it says nothing usable."""
    if text.strip().isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def next_link(headers: Mapping[str, str]) -> str:
    """The address of ``rel="next"`` in a Link header (RFC 8288), or empty."""
    response = httpx.Response(200, headers={"link": headers.get("link", "")})
    return response.links.get("next", {}).get("url", "") if response.headers["link"] else ""


def conditions(etag: str, modified: str) -> dict[str, str]:
    """Headers of a request that wants an answer only when something is new."""
    return {name: value for name, value in (("If-None-Match", etag), ("If-Modified-Since", modified)) if value}


def _signature(auth: Auth | None, secrets: Secrets) -> dict[str, str]:
    if auth is None:
        return {}
    secret = secrets.text(auth.secret)
    if auth.scheme == "header":
        return {auth.header: secret}
    if auth.scheme == "basic":
        return {"Authorization": "Basic " + base64.b64encode(f"{auth.username}:{secret}".encode()).decode()}
    return {"Authorization": f"Bearer {secret}"}


def _trust(ca: str, secrets: Secrets) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(secrets.path(ca)) if ca else None)
    except (OSError, ssl.SSLError) as error:
        raise SourceError(f"the certificate '{ca}' can't be read from IOC_SECRETS_DIR ({error})") from None


__all__: Sequence[str] = ("Auth", "Fetcher", "HttpOptions", "Page", "conditions", "next_link", "origin", "shown")
