"""Frames of `quality/1`, from Proto/WIRE.md. They say what they are told to, right or wrong: a stranger may lie."""

import itertools
import struct

HELLO, CALL, DATA, HEADERS, STATUS, RESET, CREDIT, PING, GOAWAY = range(1, 10)
# Of CALL and DATA; STATUS has the first.
MESSAGE_END, STREAM_END, IDEMPOTENT = 1, 2, 4
# Of PING.
ACKNOWLEDGEMENT = 1
# Settings of HELLO.
FRAME_BYTES, OPEN_CALLS, STREAM_CREDIT, CONNECTION_CREDIT, MESSAGE_BYTES = range(1, 6)
FRAME_LIMIT = 16_384
NO_TIMEOUT = 2**64 - 1
OK, UNAVAILABLE = 0, 14


def header(length, kind, flags=0, stream=0):
    return struct.pack(">IBBI", length, kind & 0xFF, flags & 0xFF, stream & 0xFFFFFFFF)


def frame(kind, flags=0, stream=0, payload=b""):
    return header(len(payload), kind, flags, stream) + payload


def hello(settings=None, lowest=1, highest=1, features=0):
    settings = settings or {}
    payload = struct.pack(">HHIH", lowest, highest, features, len(settings))
    return frame(HELLO, payload=payload + b"".join(struct.pack(">HI", *pair) for pair in settings.items()))


def metadata(entries=()):
    encoded = [struct.pack(">B", len(key)) + key + struct.pack(">H", len(value)) + value for key, value in entries]
    return struct.pack(">H", len(encoded)) + b"".join(encoded)


def head(path, timeout_us=NO_TIMEOUT, caller="", entries=(), trace=b""):
    """The head of a CALL."""
    texts = [text.encode() if isinstance(text, str) else text for text in (path, caller, trace)]
    counted = b"".join(bytes([len(text)]) + text for text in texts)
    return struct.pack(">Q", timeout_us) + counted + metadata(entries)


def call(stream, path, message=b"", flags=MESSAGE_END | STREAM_END, **of_the_head):
    start = head(path, **of_the_head)
    return frame(CALL, flags, stream, struct.pack(">H", len(start)) + start + message)


def credit(stream, increment):
    return frame(CREDIT, stream=stream, payload=struct.pack(">i", increment))


def reset(stream, code=1):
    return frame(RESET, stream=stream, payload=struct.pack(">I", code))


def ping(eight=b"stranger", flags=0):
    return frame(PING, flags, payload=eight)


def goaway(last=0, code=0, text=b"bye"):
    return frame(GOAWAY, payload=struct.pack(">IIH", last, code, len(text)) + text)


class FrameReader:
    """Bytes in, frames out: (type, flags, stream, payload)."""

    def __init__(self):
        self._bytes = bytearray()

    def feed(self, data):
        self._bytes += data
        frames = []
        while len(self._bytes) >= 10:
            length, kind, flags, stream = struct.unpack_from(">IBBI", self._bytes)
            if len(self._bytes) < 10 + length:
                break
            frames.append((kind, flags, stream, bytes(self._bytes[10 : 10 + length])))
            del self._bytes[: 10 + length]
        return frames


def settings_of(payload):
    """The settings of a HELLO."""
    count = struct.unpack_from(">H", payload, 8)[0]
    return dict(struct.unpack_from(">HI", payload, 10 + 6 * index) for index in range(count))


def status_of(payload):
    """Code and text of a STATUS."""
    code, _, _, length = struct.unpack_from(">BBiH", payload, 2)
    return code, payload[10 : 10 + length].decode(errors="replace")


def answer_of(payload):
    """The message behind the head of a STATUS."""
    return payload[2 + int.from_bytes(payload[:2], "big") :]


# Protobuf, as much of it as a stranger needs: numbers, and what has a length.

def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out + bytes([number]))


def message(*fields):
    """Encoded fields: pairs of a number and an integer, a text or bytes."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            value = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


def fields(encoded):
    """The last value of each field of a message that holds numbers, texts, bytes and messages only."""
    def number():
        shift = result = 0
        while True:
            byte = next(source)
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                return result
            shift += 7

    source, found = iter(encoded), {}
    for byte in source:
        if byte & 7 not in (0, 2) or byte >= 0x80:
            raise ValueError(f"no field of this kind: {byte}")
        value = number()
        found[byte >> 3] = bytes(itertools.islice(source, value)) if byte & 7 == 2 else value
    return found
