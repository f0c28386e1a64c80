"""Status codes and the error that a failed call raises."""

from __future__ import annotations

import enum

from quality_month import wire


class Code(enum.IntEnum):
    """gRPC's seventeen, with gRPC's meanings (WIRE.md, Status codes)."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


class CallError(Exception):
    """A call that did not end with OK.

    `not_started` is true when it is certain that nothing was carried out. When it is false the call may have been
    carried out, whatever the code. `details` are the encoded details of the status; `detail` reads them.
    """

    def __init__(
        self, code: Code, text: str, not_started: bool = False, pushback_ms: int | None = None, details: bytes = b"",
        trailing: tuple[tuple[str, str | bytes], ...] = (),
    ):
        super().__init__(f"{code.name}: {text}")
        self.code = code
        self.text = text
        self.not_started = not_started
        self.pushback_ms = pushback_ms
        self.details = details
        self.trailing = trailing

    @property
    def detail(self):
        """The ErrorDetail that the suite's own services send: thing, place, remedy, findings. None when there is none."""
        from google.protobuf.message import DecodeError

        from quality_month.messages import type_pb2

        if not self.details:
            return None
        try:
            return type_pb2.ErrorDetail.FromString(self.details)
        except DecodeError:
            return None


class NotConnected(CallError):
    """No connection could be opened, so nothing was sent. Tried again after a pause, until the deadline."""

    def __init__(self, text: str):
        super().__init__(Code.UNAVAILABLE, text, not_started=True)


RESET_CODES = {
    wire.Reset.NONE: Code.CANCELLED,
    wire.Reset.CANCEL: Code.CANCELLED,
    wire.Reset.PROTOCOL: Code.INTERNAL,
    wire.Reset.FLOW_CONTROL: Code.INTERNAL,
    wire.Reset.INTERNAL: Code.INTERNAL,
    wire.Reset.REFUSED: Code.UNAVAILABLE,
    wire.Reset.DEADLINE_EXCEEDED: Code.DEADLINE_EXCEEDED,
}
