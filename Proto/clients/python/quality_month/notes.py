"""Signed notes and the checkpoints in them (C2SP's signed-note and tlog-checkpoint): WIRE.md, "Checkpoint".

Keys and signatures are Ed25519, signed-note's type 0x01; signatures of other kinds, or by others, are passed over.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from quality_month import ed25519
from quality_month.canonical import sha256
from quality_month.log import EPOCH_BYTES, HASH_BYTES, MOST_ENTRIES, LogError

MOST_NOTE_BYTES = 262_144
MOST_SIGNATURES = 100
_TYPE = b"\x01"


class NoteError(LogError):
    """These bytes are no note, no checkpoint or no verifier key."""


class Untrusted(LogError):
    """The checkpoint is of another log, or the log's key has not signed it as it is."""


def base64_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def base64_bytes(text: str) -> bytes:
    """RFC 4648, section 4, and only what writing makes: so no two texts are the same bytes. Raises NoteError."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError(f"no base 64: {error}") from error
    if base64_text(data) != text:
        raise NoteError("no base 64 as it is written")
    return data


def decimal(digits: str) -> int:
    """Without leading zeros, at most 2^63 - 1. Raises NoteError."""
    if not re.fullmatch("0|[1-9][0-9]{0,18}", digits) or int(digits) > MOST_ENTRIES:
        raise NoteError(f"{digits[:20]!r} is no number of entries")
    return int(digits)


def _is_name(name: str) -> bool:
    return bool(name) and not any(c == "+" or c < " " or c.isspace() for c in name)


@dataclass(frozen=True)
class VerifierKey:
    """A public key (32 bytes raw) with the name it signs under, which is the origin of the log."""

    name: str
    public_key: bytes

    def __post_init__(self):
        if not _is_name(self.name):
            raise NoteError(f"{self.name!r} is no name of a key")
        if len(self.public_key) != 32:
            raise NoteError(f"public key: {len(self.public_key)} bytes instead of 32")

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + _TYPE + self.public_key)[:4]

    @property
    def text(self) -> str:
        """NAME+HASH+KEY."""
        return f"{self.name}+{self.id.hex()}+{base64_text(_TYPE + self.public_key)}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        name, _, rest = text.partition("+")  # base 64 has plus signs too, a name has none
        encoded = base64_bytes(rest.partition("+")[2])
        if encoded[:1] != _TYPE:
            raise NoteError("no verifier key of Ed25519, NAME+HASH+KEY")
        key = cls(name, encoded[1:])
        if key.text != text:
            raise NoteError("the verifier key's hash is not that of its name and key")
        return key


def origin_of(log: str, epoch: bytes) -> str:
    """How a log is named: DOMAIN/SERVICE, which is `log`, and the epoch."""
    return f"{log}/{epoch.hex()}"


def epoch_of(origin: str) -> bytes:
    """The epoch that a log's name ends with. Raises NoteError for a name that is none of ours."""
    digits = origin.rpartition("/")[2]
    if origin.count("/") != 2 or not re.fullmatch(f"[0-9a-f]{{{2 * EPOCH_BYTES}}}", digits):
        raise NoteError(f"{origin!r} is no log's name, DOMAIN/SERVICE/EPOCH")
    return bytes.fromhex(digits)


@dataclass(frozen=True)
class Checkpoint:
    """The head of a log at one size. It may not be believed before `check` has returned."""

    origin: str
    size: int
    root: bytes
    _text: str
    _signatures: tuple[tuple[str, bytes, bytes], ...]  # the key's name and id, the signature

    @classmethod
    def parse(cls, note: str) -> "Checkpoint":
        """Exactly one note, and nothing behind it. The signatures are not checked."""
        try:
            length = len(note.encode())
        except UnicodeEncodeError as error:
            raise NoteError(f"a note is UTF-8: {error}") from error
        if length > MOST_NOTE_BYTES:
            raise NoteError(f"{length} bytes are no note")
        if any(c < " " and c != "\n" for c in note):
            raise NoteError("a note has no control characters but newlines")
        text, empty, signed = note.rpartition("\n\n")
        *lines, behind = signed.split("\n")
        if not empty or not lines or behind:
            raise NoteError("a note ends with an empty line and signature lines")
        if len(lines) > MOST_SIGNATURES:
            raise NoteError(f"{len(lines)} signatures")
        signatures = tuple(_signature(line) for line in lines)
        parts = text.split("\n")
        if len(parts) < 3 or not all(parts):
            raise NoteError("a checkpoint has three lines at least, origin, size and root, and no empty one")
        root = base64_bytes(parts[2])
        if len(root) != HASH_BYTES:
            raise NoteError(f"root: {len(root)} bytes instead of {HASH_BYTES}")
        return cls(parts[0], decimal(parts[1]), root, text + "\n", signatures)

    def check(self, key: VerifierKey) -> None:
        """Raises Untrusted unless this is of the key's log and signed by the key."""
        if self.origin != key.name:
            raise Untrusted(f"it is of the log {self.origin}, not of {key.name}")
        ours = [signature for name, id, signature in self._signatures if (name, id) == (key.name, key.id)]
        if not ours:
            raise Untrusted(f"the key {key.name}+{key.id.hex()} has not signed it")
        if not all(ed25519.verify(key.public_key, self._text.encode(), signature) for signature in ours):
            raise Untrusted(f"the signature is not one of {key.name}+{key.id.hex()} over this checkpoint")


def _signature(line: str) -> tuple[str, bytes, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "—" or not _is_name(name):
        raise NoteError("a signature line is '— NAME SIGNATURE'")
    signed = base64_bytes(encoded)
    if len(signed) <= 4:
        raise NoteError("a signature line holds a key's id and a signature")
    return name, signed[:4], signed[4:]
