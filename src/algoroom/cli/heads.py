"""A bound on the head of a request: its first line and headers."""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

# Twice what common proxies let through, and what h11 takes.
MOST_HEAD_BYTES = 65_536
REFUSAL = b"The request's headers are too large."


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which would itself collect a head that never ends.

    A connection is refused with 431 once a head is not complete after `MOST_HEAD_BYTES`.
    """

    _head_bytes: int | None = None
    """How much of an incomplete head has come; None between heads."""

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_bytes = None
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head_bytes is not None and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self._refuse()

    def _refuse(self) -> None:
        self.transport.write(
            STATUS_LINE[431]
            + b"content-type: text/plain; charset=utf-8\r\n"
            + b"content-length: %d\r\n" % len(REFUSAL)
            + b"connection: close\r\n\r\n"
            + REFUSAL
        )
        self.transport.close()
