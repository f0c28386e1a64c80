"""The example of WIRE.md's "Journal" and "Receipts": a log of three entries in two group commits, and a receipt.

`python example_log.py` prints its blocks as they stand in WIRE.md; the tests make logs of their own with it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from quality_month import ed25519, notes, receipts
from quality_month.canonical import sha256
from quality_month.log import Entry, Frontier, leaf, node
from quality_month.messages import type_pb2
from quality_month.notes import VerifierKey

EPOCH = bytes(range(1, 17))
LOG = "quality.example/submission"
ORIGIN = notes.origin_of(LOG, EPOCH)
SEALED_UNIX_US = 1_569_859_200_000_000


@dataclass(frozen=True)
class Signer:
    """An Ed25519 key pair (RFC 8032, section 5.1.6). For tests alone: the time it takes tells of the secret."""

    seed: bytes

    def _expanded(self) -> tuple[int, bytes]:
        hashed = hashlib.sha512(self.seed).digest()
        return int.from_bytes(hashed[:32], "little") & (2**254 - 8) | 2**254, hashed[32:]

    @property
    def public_key(self) -> bytes:
        return ed25519._encode(ed25519._multiply(self._expanded()[0], ed25519._BASE))

    def sign(self, message: bytes) -> bytes:
        def number(*parts: bytes) -> int:
            return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % ed25519._ORDER

        scalar, prefix = self._expanded()
        r = number(prefix, message)
        point = ed25519._encode(ed25519._multiply(r, ed25519._BASE))
        s = (r + number(point, self.public_key, message) * scalar) % ed25519._ORDER
        return point + s.to_bytes(32, "little")

    def signature_line(self, name: str, text: str) -> str:
        signed = VerifierKey(name, self.public_key).id + self.sign(text.encode())
        return f"— {name} {notes.base64_text(signed)}\n"

    def checkpoint(self, frontier: Frontier, origin: str = ORIGIN) -> str:
        text = f"{origin}\n{frontier.size}\n{notes.base64_text(frontier.root())}\n"
        return text + "\n" + self.signature_line(origin, text)


SIGNER = Signer(b"\x07" * 32)
KEY = VerifierKey(ORIGIN, SIGNER.public_key)

# Sealed first: an entry of its own group commit; then two in one.
BODIES = [b"", b"\x0a\x00", b"\x10\x01"]
ACCEPTED = type_pb2.Receipt(
    position=type_pb2.JournalPosition(epoch=EPOCH, index=1), sealed_unix_us=SEALED_UNIX_US, campaign="henan-2019-open-day",
    form="open-day-summary", form_version=1, reporting_unit="410100", report_version=2, digest=b"\x11" * 32,
    body_digest=sha256(BODIES[1]), timeliness=1, corrected_late=True)
ENTRIES = [
    Entry(SEALED_UNIX_US - 1_000_000, "report.rejected", b"", sha256(BODIES[0])),
    receipts.entry(ACCEPTED),
    Entry(SEALED_UNIX_US, "report.rejected", b"", sha256(BODIES[2])),
]
LEAVES = [entry.leaf_hash() for entry in ENTRIES]


def frontier(leaves: list[bytes]) -> Frontier:
    made = Frontier()
    for one in leaves:
        made = made.appended(one)
    return made


FIRST_CHECKPOINT = SIGNER.checkpoint(frontier(LEAVES[:1]))
CHECKPOINT = SIGNER.checkpoint(frontier(LEAVES))


def receipt() -> type_pb2.Receipt:
    made = type_pb2.Receipt(path=[LEAVES[0], LEAVES[2]], checkpoint=CHECKPOINT)
    made.MergeFrom(ACCEPTED)
    return made


def messages() -> list[type_pb2.JournalEntry]:
    return [
        type_pb2.JournalEntry(
            sealed_unix_us=entry.sealed_unix_us, kind=entry.kind, statement=entry.statement, body=body)
        for entry, body in zip(ENTRIES, BODIES, strict=True)]


def _block(name: str, *parts: tuple[bytes, str]) -> str:
    lines = []
    for data, what in parts:
        for at in range(0, len(data), 16):
            lines.append((data[at : at + 16].hex(" "), what if at == 0 else ""))
    width = max(len(digits) for digits, _ in lines)
    return f"```bytes {name}\n" + "".join(f"{d:{width}}  ; {w}\n" if w else d + "\n" for d, w in lines) + "```\n"


def _entry_block(name: str, entry: Entry, stated: str) -> str:
    encoded, at = entry.encoded(), 0
    parts = []
    for count, what in (
        (20, '"quality log entry 1", a zero byte'), (4, f"{len(entry.kind)} bytes"),
        (len(entry.kind), f'kind: "{entry.kind}"'), (8, f"sealed: {entry.sealed_unix_us} us"),
        (4, f"statement: {len(entry.statement)} bytes"), (len(entry.statement), stated), (32, "SHA-256 of the body"),
    ):
        parts.append((encoded[at : at + count], what))
        at += count
    return _block(name, *parts)


def blocks() -> list[str]:
    inner = node(LEAVES[0], LEAVES[1])
    return [
        _entry_block("entry", ENTRIES[1], "the statement above"),
        _block("leaf", (leaf(ENTRIES[1].encoded()), "SHA-256 of a byte 00 and the entry above")),
        _entry_block("entry-rejected", ENTRIES[0], ""),
        _block(
            "tree", (LEAVES[0], "leaf 0"), (LEAVES[1], "leaf 1"), (LEAVES[2], "leaf 2"),
            (inner, "node over leaves 0 and 1"), (node(inner, LEAVES[2]), "root: the node over that and leaf 2")),
        _block(
            "log-key", (SIGNER.seed, "private key of this example"), (SIGNER.public_key, "public key"),
            (KEY.id, "key id in this log's signature lines"),
            (receipts.key_id(SIGNER.public_key), "key_id in GetReceiptKey")),
        f"```text verifier-key\n{KEY.text}\n```\n",
        f"```text checkpoint\n{CHECKPOINT}```\n",
        f"```text tlog-proof\n{receipts.to_tlog_proof(receipt())}```\n",
    ]


if __name__ == "__main__":
    print("\n".join(blocks()))
