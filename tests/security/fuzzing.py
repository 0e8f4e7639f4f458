"""Requests with broken bytes where CORS looks, and what every reply to them must keep to."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Iterator
from typing import Any, Callable, NamedTuple

GOOD = b"https://good.example"
OTHER = b"http://other.example:8080"

#: No reply within so many seconds counts as none.
_PATIENCE = 10
_AT_A_TIME = 8

_METHODS = [b"OPTIONS"] * 6 + [b"GET", b"GET", b"POST", b"PUT", b"HEAD", b"DELETE", b"TRACE"]
_TARGETS = [
    *(b"/function", b"/view", b"/things/1", b"/own", b"/part/function", b"/none"),
    *(b"/things/%2e%2e", b"//function", b"/function?a=b#c", b"*", b"http://127.0.0.1/function"),
]
_ORIGINS = [
    *(GOOD, GOOD, GOOD, OTHER, b"https://a.sub.example", b"https://a.b.sub.example", b"null", b"*"),
    *(b"https://pr-7.example", b"https://sub.example", b"https://evil.example", b""),
    # What substring, prefix, suffix and careless expressions take for one that is listed.
    *(b"https://evilgood.example", b"https://good.example.evil.example", b"https://goodXexample"),
    *(b"https://good.example:444", b"https://good.example/", b"https://a@good.example"),
    *(b"https://pr-7.example.evil.example", b"https://pr-7Xexample", b"https://evilsub.example"),
    *(b"HTTPS://GOOD.EXAMPLE", b"https://Good.example"),
    *(b"https://good.example, https://evil.example", b"https://good.example https://evil.example"),
]
_REQUEST_METHODS = [b"GET", b"PUT", b"put", b"DELETE", b"TRACE", b"request", b"X A", b""]
_REQUEST_HEADERS = [b"x-a", b"X-A, X-B", b"authorization,content-type", b",,x-a ,\t", b"*", b""]
_PIECES = [
    *(b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\0", b" ", b"\t", b",", b":", b"/", b"@", b"%0d%0a"),
    *(b"\x7f", b"\x80", b"\xff", b"\xc3\xa9", b"\xe2\x80\xa8", b"\xed\xa0\x80", b"\x1b[31m"),
    *(b".evil.example", b"https://", b"null", b"*", b"HTTP/1.0", b"HTTP/9.9", b"[::1]", b":99999"),
    *(b"\r\nX-Injected: 1", b"\r\n Folded", b"," * 2000, b"x" * 300, b"a-" * 4500),
]

_NAME = re.compile(rb"[^: ]*:? ?")


def requests(seed: int, count: int) -> Iterator[bytes]:
    """Yield the same ``count`` requests for the same ``seed``; three of four are broken."""
    chance = random.Random(seed)
    for _ in range(count):
        lines = [
            b"%s %s HTTP/1.1" % (chance.choice(_METHODS), chance.choice(_TARGETS)),
            b"Origin: " + chance.choice(_ORIGINS),
            b"Access-Control-Request-Method: " + chance.choice(_REQUEST_METHODS),
            b"Access-Control-Request-Headers: " + chance.choice(_REQUEST_HEADERS),
        ]
        for _ in range(chance.choice([0, 1, 1, 2])):
            place = chance.randrange(len(lines))
            lines[place] = _broken(chance, lines[place])
        if chance.random() < 0.2:
            lines.append(chance.choice(lines[1:]))
        if chance.random() < 0.2:
            del lines[chance.randrange(1, len(lines))]
        # The last line is whole, so that there is an end to each request.
        yield b"\r\n".join([*lines, b"Host: 127.0.0.1", b"", b""])


def _broken(chance: random.Random, line: bytes) -> bytes:
    """Change a few bytes, more often behind the first colon or space than before it."""
    start = 0
    if chance.random() < 0.8:
        start = len(_NAME.match(line)[0])  # type: ignore[index]
    for _ in range(chance.choice([1, 1, 2, 5])):
        at = chance.randint(start, len(line))
        change = chance.randrange(5)
        if change == 0:
            line = line[:at] + bytes([chance.randrange(256)]) + line[at + 1 :]
        elif change == 1:
            line = line[:at] + chance.choice(_PIECES) + line[at:]
        elif change == 2:
            line = line[:at] + line[at + chance.randint(1, 4) :]
        elif change == 3:
            line = line[:at] + line[start:at] + line[at:]
        else:
            line = line[:at] + line[at:].swapcase()
    return line


# The law of replies, apart from the package


class Law(NamedTuple):
    """What the policy of a server can grant at all."""

    #: Tells whether an Access-Control-Allow-Origin is one of the policy's.
    grants: Callable[[bytes], bool]
    #: Tells the same of one that goes with credentials.
    trusts: Callable[[bytes], bool]


_OF_PATTERNS = re.compile(rb"https://(?:(?:[a-z0-9_-]+\.)+sub|pr-[0-9]+)\.example")
#: Domains are in lower case; hosts of other schemes, as extensions have them, are opaque, and may
#: be percent-encoded (URL §3.5).
_ANY_ORIGIN = re.compile(
    rb"(?:(?:https?|wss?|ftp)://(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])"
    rb"|(?!(?:https?|wss?|ftp|about|blob|data|javascript):)[a-z][a-z0-9+.-]*://"
    rb"(?:[^\0- #/:<>?@\[\\\]^|*,\x7f-\xff]*|\[[0-9a-f:.]+\]))"
    rb"(?::[0-9]{1,5})?"
)

LISTED = Law(
    grants=lambda origin: origin in (GOOD, OTHER) or _OF_PATTERNS.fullmatch(origin) is not None,
    trusts=lambda origin: origin == GOOD,
)
OPEN = Law(grants=lambda origin: origin == b"*", trusts=lambda origin: False)
TRUSTING = Law(
    grants=lambda origin: origin == b"*" or _ANY_ORIGIN.fullmatch(origin) is not None,
    trusts=lambda origin: _ANY_ORIGIN.fullmatch(origin) is not None,
)

# aiohttp takes HTTP/0.9 for a version like the others, and responds in it.
_HEAD = re.compile(rb"HTTP/[0-9]\.[0-9] (\d{3}) [ -~]*\r\n((?:[!-9;-~]+: [\t -~]*\r\n)*)\r\n")
_TOKENS = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:, ?[!#$%&'*+.^_`|~0-9A-Za-z-]+)*")
_ALLOW_ORIGIN = b"access-control-allow-origin"
_ALLOW_CREDENTIALS = b"access-control-allow-credentials"
_LISTS = {
    *(b"access-control-allow-headers", b"access-control-allow-methods"),
    *(b"access-control-expose-headers", b"vary", b"allow"),
}
#: Headers that a reply may have: a name that is none of these comes out of the request.
_NAMES = {
    *(_ALLOW_ORIGIN, _ALLOW_CREDENTIALS, b"access-control-max-age", *_LISTS),
    *(b"content-length", b"content-type", b"x-content-type-options", b"connection"),
    *(b"date", b"server", b"cors-refused"),
}


def complaints(law: Law, sent: bytes, received: bytes) -> Iterator[str]:
    """Yield what is wrong in everything that a server replied to the bytes of one request."""
    at = 0
    while at < len(received) or at == 0:
        head = _HEAD.match(received, at)
        if head is None:
            yield "no reply" if at == 0 and not received else f"no head of a reply at {at}"
            return
        headers: dict[bytes, list[bytes]] = {}
        for line in head[2].split(b"\r\n")[:-1]:
            name, _, value = line.partition(b": ")
            headers.setdefault(name.lower(), []).append(value)
        yield from _of_head(law, sent, int(head[1]), headers)
        at = head.end()
        # Replies to HEAD have the length, and no body.
        if not _HEAD.match(received, at):
            at += int(headers.get(b"content-length", [b"0"])[0])


def _of_head(
    law: Law, sent: bytes, status: int, headers: dict[bytes, list[bytes]]
) -> Iterator[str]:
    if status >= 500:
        yield f"status {status}"
    for name, values in headers.items():
        if name not in _NAMES:
            yield f"header {name!r}"
        if len(values) > 1:
            yield f"{name!r} twice"
        if name in _LISTS and not _TOKENS.fullmatch(values[0]):
            yield f"{name!r} is no list of tokens: {values[0]!r}"
    origin = headers.get(_ALLOW_ORIGIN, [None])[0]
    cors = [name for name in headers if name.startswith(b"access-control-")]
    if origin is None:
        if cors:
            yield f"{cors} without an origin"
        return
    if not law.grants(origin):
        yield f"granted to {origin!r}"
    if origin != b"*" and origin not in _sent_origins(sent):
        yield f"granted to {origin!r}, which is not that of the request"
    credentials = headers.get(_ALLOW_CREDENTIALS)
    if credentials is not None and not (credentials == [b"true"] and law.trusts(origin)):
        yield f"credentials {credentials} for {origin!r}"


def _sent_origins(sent: bytes) -> list[bytes]:
    lines = (line.partition(b":") for line in re.split(rb"[\r\n]+", sent))
    return [value.strip(b" \t") for name, _, value in lines if name.strip().lower() == b"origin"]


# Sending


async def bombard(server: Any, law: Law, seed: int, count: int, without: Any = None) -> list[str]:
    """Send ``count`` requests, each on its own connection; return the first complaints.

    ``without``: a server of the same application without CORS. What it does no better is none.
    """
    found: list[str] = []
    queue = iter(requests(seed, count))

    async def send_all() -> None:
        for sent in queue:
            received = await _converse(server, sent)
            wrong = set(complaints(law, sent, received))
            if wrong and without is not None:
                wrong.difference_update(complaints(law, sent, await _converse(without, sent)))
            for complaint in wrong:
                found.append(f"{complaint}\n  sent {sent!r}\n  got {received[:1000]!r}")
            if len(found) > 10:
                return

    await asyncio.gather(*(send_all() for _ in range(_AT_A_TIME)))
    return found


async def _converse(server: Any, sent: bytes) -> bytes:
    """Return everything that comes until the server closes; it may, after the first reply."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    received = b""
    try:
        writer.write(sent)
        received = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _PATIENCE)
        if writer.can_write_eof():
            writer.write_eof()
        received += await asyncio.wait_for(reader.read(), _PATIENCE)
    except asyncio.IncompleteReadError as error:
        received += error.partial
    except (OSError, asyncio.TimeoutError):
        # What came until then is judged.
        pass
    finally:
        writer.close()
    return received
