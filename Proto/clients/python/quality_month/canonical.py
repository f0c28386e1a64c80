"""The bytes that hashes and signatures cover: WIRE.md, "Journal". Equal values have equal bytes, and no others have."""

from __future__ import annotations

import hashlib
import struct


class NotCanonical(ValueError):
    """These bytes are not what writing would have made."""


def sha256(encoded: bytes) -> bytes:
    return hashlib.sha256(encoded).digest()


def text(value: str) -> bytes:
    return data(value.encode())


def data(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def name(value: str) -> bytes:
    return value.encode() + b"\x00"


class Reader:
    """Reads what was written, from the front. Raises NotCanonical."""

    def __init__(self, encoded: bytes):
        self._encoded, self._at = encoded, 0

    def name(self, expected: str) -> None:
        if self.take(len(name(expected))) != name(expected):
            raise NotCanonical(f"it does not begin with {expected!r}")

    def number(self, format: str) -> int:
        """`format` is one of struct's letters."""
        return struct.unpack(">" + format, self.take(struct.calcsize(">" + format)))[0]

    def data(self) -> bytes:
        return self.take(self.number("I"))

    def text(self) -> str:
        try:
            return self.data().decode()
        except UnicodeDecodeError as error:
            raise NotCanonical(f"a text that is none: {error}") from error

    def take(self, count: int) -> bytes:
        if len(self._encoded) - self._at < count:
            raise NotCanonical("it is cut short")
        self._at += count
        return self._encoded[self._at - count : self._at]

    def end(self) -> None:
        if self._at != len(self._encoded):
            raise NotCanonical(f"{len(self._encoded) - self._at} bytes too many")
