"""The bytes of protocol quality/1: frames and what stands inside them (Proto/WIRE.md). No state, no socket.

Functions named write_... make bytes; those named read_... take them apart and raise WireError for what may not be.
"""

from __future__ import annotations

import enum
import re
import struct
from dataclasses import dataclass

VERSION = 1
ALPN = "quality/1"
HEADER_BYTES = 10
FIRST_FRAME_BYTES = 16_384
LARGEST_FRAME_BYTES = 16_777_215
LONGEST_HELLO_BYTES = 1_024
LAST_STREAM_ID = 0x7FFF_FFFF
UNDECIDED_STREAM_ID = 0xFFFF_FFFF
NO_TIMEOUT = 0xFFFF_FFFF_FFFF_FFFF
NO_PUSHBACK = -2_147_483_648
LOWEST_CREDIT, HIGHEST_CREDIT = -2_147_483_648, 2_147_483_647


class FrameType(enum.IntEnum):
    """The types that mean something to a client. WAITING (0x0a) is for gateways, and skipped like one that is not known."""

    HELLO = 1
    CALL = 2
    DATA = 3
    HEADERS = 4
    STATUS = 5
    RESET = 6
    CREDIT = 7
    PING = 8
    GOAWAY = 9


class Flag(enum.IntFlag):
    """The bits mean different things by type; CALL, DATA and STATUS share MESSAGE_END."""

    MESSAGE_END = 1
    STREAM_END = 2
    IDEMPOTENT = 4
    ACKNOWLEDGEMENT = 1


class ConnectionCode(enum.IntEnum):
    """Why a connection ends: the code of a GOAWAY."""

    NONE = 0
    PROTOCOL = 1
    VERSION = 2
    FRAME_SIZE = 3
    FLOW_CONTROL = 4
    HELLO = 5
    EXCESSIVE_LOAD = 6
    INTERNAL = 7
    TIMEOUT = 8

    @classmethod
    def read(cls, number: int) -> "ConnectionCode":
        """A code that is not known is INTERNAL."""
        return cls(number) if number <= 8 else cls.INTERNAL


class Reset(enum.IntEnum):
    """Why a call ends without a status: the code of a RESET."""

    NONE = 0
    CANCEL = 1
    PROTOCOL = 2
    FLOW_CONTROL = 3
    INTERNAL = 4
    REFUSED = 5
    DEADLINE_EXCEEDED = 6

    @classmethod
    def read(cls, number: int) -> "Reset":
        return cls(number) if number <= 6 else cls.INTERNAL


class WireError(Exception):
    """The peer broke the protocol; the connection ends with `code`."""

    def __init__(self, code: ConnectionCode, text: str):
        super().__init__(text)
        self.code = code
        self.text = text


class MetadataError(ValueError):
    """A metadata block that breaks the rules: not the connection's end, see WIRE.md, Metadata."""


@dataclass(frozen=True)
class Frame:
    type: int
    flags: int
    stream: int
    payload: bytes

    def write(self) -> bytes:
        return struct.pack(">IBBI", len(self.payload), self.type, self.flags, self.stream) + self.payload


# What each type may carry: defined flags, shortest and longest payload (None: up to the receiver's setting 1).
_RULES = {
    FrameType.HELLO: (0x00, 10, LONGEST_HELLO_BYTES),
    FrameType.CALL: (0x07, 2, None),
    FrameType.DATA: (0x03, 0, None),
    FrameType.HEADERS: (0x00, 2, None),
    FrameType.STATUS: (0x01, 2, None),
    FrameType.RESET: (0x00, 4, 4),
    FrameType.CREDIT: (0x00, 4, 4),
    FrameType.PING: (0x01, 8, 8),
    FrameType.GOAWAY: (0x00, 10, LONGEST_HELLO_BYTES),
}


class FrameReader:
    """Cuts the bytes of a connection into frames. Skips what an older reader must skip."""

    def __init__(self, longest_payload: int = FIRST_FRAME_BYTES):
        self.longest_payload = longest_payload
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        self._buffer += data

    @property
    def holds_part_of_a_frame(self) -> bool:
        return bool(self._buffer)

    def next(self) -> Frame | None:
        """The next frame; None when more bytes are needed. An error needs only the ten bytes of a header."""
        while len(self._buffer) >= HEADER_BYTES:
            length, kind, flags, stream = struct.unpack_from(">IBBI", self._buffer)
            if length > self.longest_payload:
                raise WireError(ConnectionCode.FRAME_SIZE, f"a frame of {length} bytes")
            if kind not in _RULES:
                if kind >= 0x80:
                    raise WireError(ConnectionCode.PROTOCOL, f"a frame of the critical type {kind:#04x}")
            else:
                defined, shortest, longest = _RULES[FrameType(kind)]
                if flags & 0x0F & ~defined:
                    raise WireError(ConnectionCode.PROTOCOL, f"flags {flags:#04x} on {FrameType(kind).name}")
                if length < shortest or (longest is not None and length > longest):
                    raise WireError(ConnectionCode.FRAME_SIZE, f"{FrameType(kind).name} of {length} bytes")
            if len(self._buffer) < HEADER_BYTES + length:
                return None
            payload = bytes(self._buffer[HEADER_BYTES : HEADER_BYTES + length])
            del self._buffer[: HEADER_BYTES + length]
            if kind in _RULES:
                return Frame(kind, flags & 0x0F, stream, payload)
        return None


class _Reader:
    """Takes bytes apart from the front; running out of them is a WireError."""

    def __init__(self, data: bytes, what: str, code: ConnectionCode):
        self._data, self._at, self._what, self._code = data, 0, what, code

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._data):
            raise WireError(self._code, f"{self._what} ends too early")
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, format: str) -> int:
        return struct.unpack(">" + format, self.take(struct.calcsize(">" + format)))[0]

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._at)


# HELLO


@dataclass(frozen=True)
class Settings:
    """What the sender of a HELLO accepts; the defaults hold for what it leaves out."""

    frame_bytes: int = FIRST_FRAME_BYTES
    calls: int = 1_000
    stream_credit: int = 65_536
    connection_credit: int = 1_048_576
    message_bytes: int = 4_194_304


_SETTINGS = {1: "frame_bytes", 2: "calls", 3: "stream_credit", 4: "connection_credit", 5: "message_bytes"}
_ALLOWED = {1: (FIRST_FRAME_BYTES, LARGEST_FRAME_BYTES), 3: (1, HIGHEST_CREDIT), 4: (1, HIGHEST_CREDIT)}


def write_hello(settings: Settings) -> bytes:
    payload = struct.pack(">HHIH", VERSION, VERSION, 0, len(_SETTINGS))
    for number, name in _SETTINGS.items():
        payload += struct.pack(">HI", number, getattr(settings, name))
    return Frame(FrameType.HELLO, 0, 0, payload).write()


def read_hello(payload: bytes) -> Settings:
    reader = _Reader(payload, "HELLO", ConnectionCode.HELLO)
    lowest, highest, _features, count = (reader.number("H"), reader.number("H"), reader.number("I"), reader.number("H"))
    values = {}
    for _ in range(count):
        number, value = reader.number("H"), reader.number("I")
        low, high = _ALLOWED.get(number, (0, 0xFFFF_FFFF))
        if not low <= value <= high:
            raise WireError(ConnectionCode.HELLO, f"setting {number} is {value}, outside of {low} to {high}")
        if number in _SETTINGS:
            values[_SETTINGS[number]] = value
    if reader.rest():
        raise WireError(ConnectionCode.HELLO, "HELLO holds more than it says")
    if min(highest, VERSION) < max(lowest, VERSION):
        raise WireError(ConnectionCode.VERSION, f"versions {lowest} to {highest}; here {VERSION}")
    return Settings(**values)


# Metadata

Metadata = list[tuple[str, str | bytes]]
_KEY = re.compile(rb"[a-z0-9._-]{1,64}")
_TEXT = re.compile(rb"[\x20-\x7e]*")


def _is_binary(key: str) -> bool:
    return len(key) > 4 and key.endswith("-bin")


def write_metadata(entries: Metadata) -> bytes:
    """A value is text, or bytes where the key ends in "-bin". Raises MetadataError."""
    block = struct.pack(">H", len(entries))
    for key, value in entries:
        raw_key = key.encode()
        raw = value.encode("utf-8") if isinstance(value, str) else bytes(value)
        _check_entry(raw_key, raw)
        block += struct.pack(">B", len(raw_key)) + raw_key + struct.pack(">H", len(raw)) + raw
    _check_block(len(entries), len(block))
    return block


def read_metadata(block: bytes) -> Metadata:
    """The entries in order. Raises MetadataError for a block that breaks the rules, and for one that is cut off."""
    try:
        reader = _Reader(block, "a metadata block", ConnectionCode.PROTOCOL)
        count = reader.number("H")
        _check_block(count, len(block))
        entries: Metadata = []
        for _ in range(count):
            key = reader.take(reader.number("B"))
            value = reader.take(reader.number("H"))
            _check_entry(key, value)
            name = key.decode()
            entries.append((name, value if _is_binary(name) else value.decode()))
        if reader.rest():
            raise MetadataError("a metadata block holds more than it says")
    except WireError as error:
        raise MetadataError(error.text) from None
    return entries


def _check_block(count: int, size: int) -> None:
    if count > 128 or size > 8_192:
        raise MetadataError(f"{count} metadata entries of {size} bytes; at most 128 and 8,192")


def _check_entry(key: bytes, value: bytes) -> None:
    if not _KEY.fullmatch(key):
        raise MetadataError(f"metadata key {key!r}: 1 to 64 of a-z 0-9 . _ -")
    if not _is_binary(key.decode()) and not _TEXT.fullmatch(value):
        raise MetadataError(f"metadata {key.decode()}: printable ASCII only, unless the key ends in -bin")
    if len(value) > 8_192:
        raise MetadataError(f"metadata {key.decode()}: {len(value)} bytes")


# CALL


@dataclass(frozen=True)
class CallHead:
    path: str
    timeout_us: int | None = None
    metadata: tuple[tuple[str, str | bytes], ...] = ()
    trace: bytes = b""
    caller: str = ""


def write_call_head(head: CallHead) -> bytes:
    """The length of the head and the head; message bytes may follow."""
    path, caller = head.path.encode(), head.caller.encode()
    if not 3 <= len(path) <= 255 or len(caller) > 255 or len(head.trace) not in (0, 25):
        raise ValueError(f"{head.path}: a path of 3 to 255 bytes, a caller of at most 255, a trace of 0 or 25")
    timeout = NO_TIMEOUT if head.timeout_us is None else max(0, min(head.timeout_us, NO_TIMEOUT - 1))
    body = struct.pack(">Q", timeout)
    for part in (path, caller, head.trace):
        body += struct.pack(">B", len(part)) + part
    body += write_metadata(list(head.metadata))
    return struct.pack(">H", len(body)) + body


def read_call(payload: bytes) -> tuple[CallHead, bytes]:
    """The head and the message bytes behind it."""
    outer = _Reader(payload, "CALL", ConnectionCode.PROTOCOL)
    reader = _Reader(outer.take(outer.number("H")), "the head of CALL", ConnectionCode.PROTOCOL)
    timeout = reader.number("Q")
    path, caller, trace = (reader.take(reader.number("B")) for _ in range(3))
    metadata = tuple(read_metadata(reader.rest()))
    head = CallHead(path.decode(), None if timeout == NO_TIMEOUT else timeout, metadata, trace, caller.decode())
    return head, outer.rest()


# STATUS


@dataclass(frozen=True)
class StatusHead:
    code: int = 0
    not_started: bool = False
    # Milliseconds to wait before another attempt; negative: make none; None: nothing is said.
    pushback_ms: int | None = None
    text: str = ""
    details: bytes = b""
    metadata: tuple[tuple[str, str | bytes], ...] = ()


def write_status_head(head: StatusHead) -> bytes:
    text = head.text.encode()
    pushback = NO_PUSHBACK if head.pushback_ms is None else head.pushback_ms
    body = struct.pack(">BBiH", head.code, int(head.not_started), pushback, len(text)) + text
    body += struct.pack(">H", len(head.details)) + head.details + write_metadata(list(head.metadata))
    return struct.pack(">H", len(body)) + body


def read_status(payload: bytes) -> tuple[StatusHead, bytes]:
    """The head and the message bytes behind it."""
    outer = _Reader(payload, "STATUS", ConnectionCode.PROTOCOL)
    reader = _Reader(outer.take(outer.number("H")), "the head of STATUS", ConnectionCode.PROTOCOL)
    code, bits, pushback = reader.number("B"), reader.number("B"), reader.number("i")
    text = reader.take(reader.number("H")).decode("utf-8", "replace")
    details = reader.take(reader.number("H"))
    try:
        metadata = tuple(read_metadata(reader.rest()))
    except MetadataError:
        metadata = ()
    head = StatusHead(
        code if code <= 16 else 2, bool(bits & 1), None if pushback == NO_PUSHBACK else pushback, text, details, metadata)
    return head, outer.rest()


# RESET, CREDIT, PING, GOAWAY


def write_reset(stream: int, code: Reset) -> bytes:
    return Frame(FrameType.RESET, 0, stream, struct.pack(">I", code)).write()


def read_reset(payload: bytes) -> Reset:
    return Reset.read(struct.unpack(">I", payload)[0])


def write_credit(stream: int, increment: int) -> bytes:
    return Frame(FrameType.CREDIT, 0, stream, struct.pack(">i", increment)).write()


def read_credit(payload: bytes) -> int:
    return struct.unpack(">i", payload)[0]


def write_ping(eight: bytes, acknowledgement: bool = False) -> bytes:
    return Frame(FrameType.PING, int(acknowledgement), 0, eight).write()


@dataclass(frozen=True)
class Goaway:
    last_stream: int
    code: ConnectionCode
    text: str


def write_goaway(goaway: Goaway) -> bytes:
    text = goaway.text.encode()[:255].decode("utf-8", "ignore").encode()
    payload = struct.pack(">IIH", goaway.last_stream, goaway.code, len(text)) + text
    return Frame(FrameType.GOAWAY, 0, 0, payload).write()


def read_goaway(payload: bytes) -> Goaway:
    reader = _Reader(payload, "GOAWAY", ConnectionCode.PROTOCOL)
    last, code, length = reader.number("I"), reader.number("I"), reader.number("H")
    # A text that is cut off is read as far as it goes: what matters stands before it.
    return Goaway(last, ConnectionCode.read(code), reader.rest()[:length].decode("utf-8", "replace"))
