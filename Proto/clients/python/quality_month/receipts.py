"""Receipts (回执), verified without any connection: WIRE.md, "Journal" and "Receipts". Also the digest of a report."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable

from google.protobuf.message import DecodeError

from quality_month import ed25519
from quality_month.messages import submission_pb2, type_pb2

ACCEPTED = "report.accepted"


class ReceiptError(Exception):
    """The receipt does not prove what it says; the text says at which step."""


def _text(text: str) -> bytes:
    return _bytes(text.encode())


def _bytes(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _name(name: str) -> bytes:
    return name.encode() + b"\x00"


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def statement(receipt: type_pb2.Receipt) -> bytes:
    return (
        _name("quality report accepted 1") + _text(receipt.campaign) + _text(receipt.form)
        + struct.pack(">I", receipt.form_version) + _text(receipt.reporting_unit)
        + struct.pack(">Q", receipt.report_version) + receipt.digest
        + struct.pack(">BB", receipt.timeliness, receipt.corrected_late))


def entry(
    epoch: bytes, partition: int, sequence: int, previous_hash: bytes, sealed_unix_us: int, kind: str, stated: bytes,
    body_digest: bytes,
) -> bytes:
    return (
        _name("quality journal entry 1") + epoch + struct.pack(">IQ", partition, sequence) + previous_hash
        + struct.pack(">q", sealed_unix_us) + _text(kind) + _bytes(stated) + body_digest)


def leaf(entry_hash: bytes) -> bytes:
    return _sha256(b"\x00" + entry_hash)


def node(left: bytes, right: bytes) -> bytes:
    return _sha256(b"\x01" + left + right)


def root_from_path(leaf_hash: bytes, index: int, count: int, path: Iterable[bytes]) -> bytes:
    """RFC 9162, section 2.1.3.2. Raises ReceiptError when the path does not fit the place."""
    if not 0 <= index < count:
        raise ReceiptError(f"leaf {index} of {count}")
    at, last, result = index, count - 1, leaf_hash
    for sibling in path:
        if last == 0:
            raise ReceiptError("the path is too long")
        if at & 1 or at == last:
            result = node(sibling, result)
            while not at & 1 and at != 0:
                at, last = at >> 1, last >> 1
        else:
            result = node(result, sibling)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise ReceiptError("the path is too short")
    return result


def seal(epoch: bytes, number: int, sealed_unix_us: int, leaf_count: int, root: bytes) -> bytes:
    return _name("quality journal seal 1") + epoch + struct.pack(">QqQ", number, sealed_unix_us, leaf_count) + root


def key_id(public_key: bytes) -> bytes:
    return _sha256(public_key)[:8]


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


def verify(encoded: bytes, public_key: bytes) -> type_pb2.Receipt:
    """The receipt, when `public_key` (32 bytes raw) proves it. Raises ReceiptError."""
    receipt = decode(encoded)
    position = receipt.position
    for what, value, length in (
        ("public key", public_key, 32), ("epoch", position.epoch, 16), ("previous hash", receipt.previous_hash, 32),
        ("digest", receipt.digest, 32), ("body digest", receipt.body_digest, 32), ("root", receipt.root, 32),
        ("signature", receipt.signature, 64), *(("path", one, 32) for one in receipt.path),
    ):
        if len(value) != length:
            raise ReceiptError(f"{what}: {len(value)} bytes instead of {length}")
    if receipt.timeliness not in (1, 2, 3):
        raise ReceiptError(f"timeliness {receipt.timeliness}")
    if receipt.key_id != key_id(public_key):
        raise ReceiptError(f"signed with key {receipt.key_id.hex()}, and this is key {key_id(public_key).hex()}")
    written = entry(
        position.epoch, position.partition, position.sequence, receipt.previous_hash, receipt.sealed_unix_us, ACCEPTED,
        statement(receipt), receipt.body_digest)
    root = root_from_path(leaf(_sha256(written)), receipt.leaf_index, receipt.leaf_count, receipt.path)
    if root != receipt.root:
        raise ReceiptError("what it says is not under its root")
    sealed = seal(position.epoch, receipt.seal_number, receipt.sealed_unix_us, receipt.leaf_count, receipt.root)
    if not ed25519.verify(public_key, sealed, receipt.signature):
        raise ReceiptError("the signature is not this key's over this seal")
    return receipt


# Receipts in files: JSON with bytes as hexadecimal digits, the same that `qmctl` writes and verifies

_OF_POSITION = ("epoch", "partition", "sequence")


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
        _name("quality report 1") + _text(report.campaign) + _text(report.form)
        + struct.pack(">I", report.form_version) + _text(report.reporting_unit) + _cells(report.cells)
        + struct.pack(">I", len(rows)))
    for row in rows:
        out += _text(row.table) + _text(row.key) + _cells(row.cells)
    return out


def digest(report: submission_pb2.Report) -> bytes:
    return _sha256(report_bytes(report))


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
        value = b"\x03" + _text(cell.text)
    elif kind == "flag":
        value = b"\x04" + struct.pack(">B", cell.flag)
    elif kind == "date":
        value = b"\x05" + struct.pack(">iBB", cell.date.year, cell.date.month, cell.date.day)
    else:
        value = b"\x06"
    return _text(cell.field) + value + _text(cell.unit) + _text(cell.explanation)


def personal_value(salt: bytes, pointer: str, text: str, explanation: str) -> bytes:
    """What a commitment in place of a personal value is the SHA-256 of."""
    return _name("quality personal value 1") + _bytes(salt) + _text(pointer) + _text(text) + _text(explanation)
