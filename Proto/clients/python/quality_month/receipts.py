"""Receipts (回执), verified without any connection: WIRE.md, "Receipts". Also the digest of a report."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable

from google.protobuf.message import DecodeError

from quality_month import canonical, notes
from quality_month.canonical import NotCanonical, Reader, sha256
from quality_month.log import EPOCH_BYTES, HASH_BYTES, MOST_PATH_HASHES, Entry, LogError, root_from_path
from quality_month.messages import submission_pb2, type_pb2
from quality_month.notes import Checkpoint, VerifierKey

ACCEPTED = "report.accepted"
TLOG_PROOF = "c2sp.org/tlog-proof@v1"


class ReceiptError(Exception):
    """The receipt does not prove what it says; the text says at which step."""


def statement(receipt: type_pb2.Receipt) -> bytes:
    return (
        canonical.name("quality report accepted 1") + canonical.text(receipt.campaign) + canonical.text(receipt.form)
        + struct.pack(">I", receipt.form_version) + canonical.text(receipt.reporting_unit)
        + struct.pack(">Q", receipt.report_version) + receipt.digest
        + struct.pack(">BB", receipt.timeliness, receipt.corrected_late))


def entry(receipt: type_pb2.Receipt) -> Entry:
    """The entry of the log that the receipt says is there."""
    return Entry(receipt.sealed_unix_us, ACCEPTED, statement(receipt), receipt.body_digest)


def key_id(public_key: bytes) -> bytes:
    """What GetReceiptKey says beside the key."""
    return sha256(public_key)[:8]


def decode(encoded: bytes) -> type_pb2.Receipt:
    """Raises ReceiptError unless these bytes are the one encoding of a receipt that counts."""
    try:
        receipt = type_pb2.Receipt.FromString(encoded)
    except DecodeError as error:
        raise ReceiptError(f"not a receipt: {error}") from error
    # Written again without what is unknown, the fields come in order, once, short, and without defaults.
    receipt.DiscardUnknownFields()
    if receipt.SerializeToString(deterministic=True) != encoded:
        raise ReceiptError("not encoded as a receipt must be")
    return receipt


def verify(encoded: bytes, key: bytes | str) -> type_pb2.Receipt:
    """The receipt, when `key` proves it: a public key (32 bytes raw), or a verifier key (NAME+HASH+KEY), which says too
    which log the receipt must be of. Raises ReceiptError."""
    receipt = decode(encoded)
    for what, value, length in (
        ("epoch", receipt.position.epoch, EPOCH_BYTES), ("digest", receipt.digest, HASH_BYTES),
        ("body digest", receipt.body_digest, HASH_BYTES), *(("path", one, HASH_BYTES) for one in receipt.path),
    ):
        if len(value) != length:
            raise ReceiptError(f"{what}: {len(value)} bytes instead of {length}")
    if receipt.timeliness not in (1, 2, 3):
        raise ReceiptError(f"timeliness {receipt.timeliness}")
    try:
        checkpoint = Checkpoint.parse(receipt.checkpoint)
        if notes.epoch_of(checkpoint.origin) != receipt.position.epoch:
            raise ReceiptError(f"its epoch is not that of the log {checkpoint.origin}")
        checkpoint.check(VerifierKey.parse(key) if isinstance(key, str) else VerifierKey(checkpoint.origin, key))
        root = root_from_path(entry(receipt).leaf_hash(), receipt.position.index, checkpoint.size, receipt.path)
    except LogError as error:
        raise ReceiptError(str(error)) from error
    if root != checkpoint.root:
        raise ReceiptError("what it says is not under the checkpoint's root")
    return receipt


# Receipts as texts that other programs check too: C2SP's tlog-proof, whose extra data are the entry


def to_tlog_proof(receipt: type_pb2.Receipt) -> str:
    lines = [TLOG_PROOF, f"extra {notes.base64_text(entry(receipt).encoded())}", f"index {receipt.position.index}"]
    return "\n".join([*lines, *map(notes.base64_text, receipt.path), "", receipt.checkpoint])


def verify_tlog_proof(text: str, key: bytes | str) -> type_pb2.Receipt:
    """The receipt that the text is, when `key` proves it, as for `verify`. Raises ReceiptError."""
    return verify(from_tlog_proof(text), key)


def from_tlog_proof(text: str) -> bytes:
    """The receipt's one encoding, unverified. Raises ReceiptError for any text but those that `to_tlog_proof` writes."""
    try:
        receipt = _read_tlog_proof(text)
    except (LogError, NotCanonical) as error:
        raise ReceiptError(f"not a tlog-proof of a receipt: {error}") from error
    return receipt.SerializeToString(deterministic=True)


def _read_tlog_proof(text: str) -> type_pb2.Receipt:
    head, empty, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not empty or lines[0] != TLOG_PROOF or [line.partition(" ")[0] for line in lines[1:3]] != ["extra", "index"]:
        raise ReceiptError(f"not a tlog-proof of a receipt, which begins with {TLOG_PROOF} and lines 'extra' and 'index'")
    if len(lines) - 3 > MOST_PATH_HASHES:
        raise ReceiptError(f"a path of {len(lines) - 3} hashes")
    said = Entry.decode(notes.base64_bytes(lines[1].removeprefix("extra ")))
    if said.kind != ACCEPTED:
        raise ReceiptError(f"it proves a {said.kind}, and a receipt is one of a {ACCEPTED}")
    receipt = _stated(said.statement)
    receipt.sealed_unix_us, receipt.body_digest, receipt.checkpoint = said.sealed_unix_us, said.body_digest, checkpoint
    receipt.position.epoch = notes.epoch_of(Checkpoint.parse(checkpoint).origin)
    receipt.position.index = notes.decimal(lines[2].removeprefix("index "))
    receipt.path.extend(notes.base64_bytes(line) for line in lines[3:])
    return receipt


def _stated(statement: bytes) -> type_pb2.Receipt:
    reader = Reader(statement)
    reader.name("quality report accepted 1")
    receipt = type_pb2.Receipt(
        campaign=reader.text(), form=reader.text(), form_version=reader.number("I"), reporting_unit=reader.text(),
        report_version=reader.number("Q"), digest=reader.take(HASH_BYTES), timeliness=reader.number("B"))
    corrected_late = reader.number("B")
    reader.end()
    if receipt.timeliness not in (1, 2, 3) or corrected_late > 1:
        raise NotCanonical("timeliness or lateness that there is not")
    receipt.corrected_late = bool(corrected_late)
    return receipt


# Receipts in files: JSON with bytes as hexadecimal digits, the same that `qmctl` writes and verifies

_OF_POSITION = ("epoch", "index")


def to_json(receipt: type_pb2.Receipt) -> str:
    def value(it):
        return it.hex() if isinstance(it, bytes) else it

    flat = {name: value(getattr(receipt.position, name)) for name in _OF_POSITION}
    for field in receipt.DESCRIPTOR.fields:
        if field.name == "path":
            flat["path"] = [one.hex() for one in receipt.path]
        elif field.name != "position":
            flat[field.name] = value(getattr(receipt, field.name))
    return json.dumps(flat, ensure_ascii=False, indent=2) + "\n"


def from_json(text: str) -> bytes:
    """The receipt's one encoding. Raises ReceiptError for what is no receipt."""
    try:
        flat = json.loads(text)
        receipt = type_pb2.Receipt(path=[bytes.fromhex(one) for one in flat.pop("path")])
        for name in _OF_POSITION:
            _set(receipt.position, name, flat.pop(name))
        for name, value in flat.items():
            _set(receipt, name, value)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise ReceiptError(f"not a receipt: {error}") from error
    return receipt.SerializeToString(deterministic=True)


def _set(message, name: str, value) -> None:
    if name not in message.DESCRIPTOR.fields_by_name:
        raise ValueError(f"{name!r} is no part of a receipt")
    setattr(message, name, bytes.fromhex(value) if isinstance(getattr(message, name), bytes) else value)


# Digest of a report


def report_bytes(report: submission_pb2.Report) -> bytes:
    """What the digest of a report is over. Decimals are reduced here; everything else is written as it stands.

    A form with personal fields is journaled with commitments in their place, whose salt only the service has: for such a
    form the digest in the receipt cannot be computed here.
    """
    rows = sorted(report.rows, key=lambda row: (row.table.encode(), row.key.encode()))
    out = (
        canonical.name("quality report 1") + canonical.text(report.campaign) + canonical.text(report.form)
        + struct.pack(">I", report.form_version) + canonical.text(report.reporting_unit) + _cells(report.cells)
        + struct.pack(">I", len(rows)))
    for row in rows:
        out += canonical.text(row.table) + canonical.text(row.key) + _cells(row.cells)
    return out


def digest(report: submission_pb2.Report) -> bytes:
    return sha256(report_bytes(report))


def _cells(cells: Iterable[type_pb2.Cell]) -> bytes:
    written = [(cell.field.encode(), _cell(cell)) for cell in cells]
    kept = [one for _, one in sorted(written, key=lambda pair: pair[0]) if one]
    return struct.pack(">I", len(kept)) + b"".join(kept)


def _cell(cell: type_pb2.Cell) -> bytes:
    kind = cell.WhichOneof("kind")
    if kind == "text" and not cell.text.strip():
        kind = None
    if kind is None:
        if not cell.explanation:
            return b""
        value = b"\x00"
    elif kind == "integer":
        value = b"\x01" + struct.pack(">q", cell.integer)
    elif kind == "decimal":
        unscaled, scale = cell.decimal.unscaled_value, cell.decimal.scale
        while scale > 0 and unscaled % 10 == 0:
            unscaled, scale = unscaled // 10, scale - 1
        value = b"\x02" + struct.pack(">qB", unscaled, scale)
    elif kind == "text":
        value = b"\x03" + canonical.text(cell.text)
    elif kind == "flag":
        value = b"\x04" + struct.pack(">B", cell.flag)
    elif kind == "date":
        value = b"\x05" + struct.pack(">iBB", cell.date.year, cell.date.month, cell.date.day)
    else:
        value = b"\x06"
    return canonical.text(cell.field) + value + canonical.text(cell.unit) + canonical.text(cell.explanation)


def personal_value(salt: bytes, pointer: str, text: str, explanation: str) -> bytes:
    """What a commitment in place of a personal value is the SHA-256 of."""
    return (
        canonical.name("quality personal value 1") + canonical.data(salt) + canonical.text(pointer) + canonical.text(text)
        + canonical.text(explanation))
