"""How one connection may behave: no ambiguous requests, no endless sending or reading, not too many at
once."""

from __future__ import annotations

import re
from asyncio import TimerHandle, Transport
from typing import Any

from httptools.parser.errors import HttpParserInvalidURLError
from sanic.compat import Header
from sanic.exceptions import InvalidUsage
from sanic.http import Stage
from sanic.request import Request
from sanic.server import HttpProtocol

# One process answers this many visitors many times over; a file handle each.
MAX_CONNECTIONS = 500
# A browser opens 6. Counted only without a proxy of ours in front: behind one all share its address.
MAX_OF_ONE_ADDRESS = 200
# A reader who takes nothing for so long is cut off, in seconds.
READER_TIMEOUT_S = 10.0
# The answer that a request took too long may take so long itself, in seconds.
LAST_WORD_S = 1.0
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
LENGTH = re.compile(r"[0-9]{1,12}")
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class StrictRequest(Request):
    """Sanic's request, refused where a server in front of it could see another one."""

    def __init__(
        self,
        url_bytes: bytes,
        headers: Header,
        version: str,
        method: str,
        transport: Any,
        app: Any,
        head: bytes = b"",
    ) -> None:
        """Check the framing.

        Raises:
            InvalidUsage: lengths that do not agree, a name or value invalid in HTTP, a broken address.
        """
        try:
            super().__init__(url_bytes, headers, version, method, transport, app, head)
        except HttpParserInvalidURLError as error:
            if head:
                raise InvalidUsage("Bad Request") from error
            # Sanic makes an empty request to answer the broken one with
            super().__init__(b"*", headers, version, method, transport, app, head)
        lengths, encodings = headers.getall("content-length", []), headers.getall("transfer-encoding", [])
        good = (
            len(lengths) + len(encodings) <= 1
            and all(LENGTH.fullmatch(length) for length in lengths)
            and all(encoding == "chunked" for encoding in encodings)
            and all(NAME.fullmatch(name) and not CONTROL.search(value) for name, value in headers.items())
        )
        if not good:
            raise InvalidUsage("Bad Request")


class BoundedProtocol(HttpProtocol):
    """Sanic's connection with an end to it.

    Sanic restarts a request's clock at each byte, so that a byte every few seconds would hold it for ever;
    here it runs from the first byte. ``app.ctx.full`` is the answer, as bytes, when there are too many
    connections.
    """

    __slots__ = ("_address", "_stuck")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._address = ""
        self._stuck: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:
        """Take the connection, or answer that there are too many and close it."""
        peer = transport.get_extra_info("peername")
        self._address = peer[0] if isinstance(peer, tuple) else ""
        if len(self.connections) >= MAX_CONNECTIONS or (
            not self.app.config.PROXIES_COUNT and self._of_this_address() >= MAX_OF_ONE_ADDRESS
        ):
            transport.write(self.app.ctx.full)
            transport.close()
            return
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes; those after the first lengthen nothing."""
        if self.transport is None:  # refused
            return
        http = getattr(self, "_http", None)  # Sanic sets it a moment after the connection is made
        # after an early answer Sanic goes on reading the body that it did not want
        began, under_way = (
            self._time,
            http is not None and (http.stage is not Stage.IDLE or bool(getattr(http, "request_body", None))),
        )
        super().data_received(data)
        if under_way:
            self._time = began

    def check_timeouts(self) -> None:
        """Sanic's own timeout check.

        After answering a late request it would wait for the rest of the body again.
        """
        super().check_timeouts()
        http = getattr(self, "_http", None)
        if http is not None and getattr(http, "exception", None) is not None:
            self.loop.call_later(LAST_WORD_S, self.abort)

    def pause_writing(self) -> None:
        """The reader has stopped reading: wait, but not for ever."""
        super().pause_writing()
        self._stuck = self.loop.call_later(READER_TIMEOUT_S, self.abort)

    def resume_writing(self) -> None:
        """The reader goes on."""
        super().resume_writing()
        if self._stuck is not None:
            self._stuck.cancel()

    def _of_this_address(self) -> int:
        return sum(connection._address == self._address for connection in self.connections)
