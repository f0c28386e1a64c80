"""A service's log: its entries, and the tree over them (RFC 6962 with SHA-256). WIRE.md, "Journal"."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from quality_month import canonical
from quality_month.canonical import NotCanonical, Reader, sha256

EPOCH_BYTES = 16
HASH_BYTES = 32
# A tree of 2^63 - 1 leaves, the most there may be, has 63 levels above them.
MOST_ENTRIES = 2**63 - 1
MOST_PATH_HASHES = 63
MOST_ENTRY_BYTES = 65_535


class LogError(Exception):
    """What came is not what a log has, or is not proved to be; the text says what does not hold."""


def leaf(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry)


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right)


@dataclass(frozen=True)
class Entry:
    """What stands in a log for an entry: its leaf, which has the body's hash in place of the body."""

    sealed_unix_us: int
    kind: str
    statement: bytes
    body_digest: bytes

    def encoded(self) -> bytes:
        return (
            canonical.name("quality log entry 1") + canonical.text(self.kind) + struct.pack(">q", self.sealed_unix_us)
            + canonical.data(self.statement) + self.body_digest)

    def leaf_hash(self) -> bytes:
        return leaf(self.encoded())

    @classmethod
    def decode(cls, encoded: bytes) -> "Entry":
        """Raises LogError unless these bytes are exactly what `encoded` writes."""
        if len(encoded) > MOST_ENTRY_BYTES:
            raise LogError(f"an entry of {len(encoded)} bytes")
        reader = Reader(encoded)
        try:
            reader.name("quality log entry 1")
            kind, sealed_unix_us, statement = reader.text(), reader.number("q"), reader.data()
            body_digest = reader.take(HASH_BYTES)
            reader.end()
        except NotCanonical as error:
            raise LogError(f"no entry of a log: {error}") from error
        return cls(sealed_unix_us, kind, statement, body_digest)


def root_from_path(leaf_hash: bytes, index: int, size: int, path: Iterable[bytes]) -> bytes:
    """RFC 9162, section 2.1.3.2. Raises LogError when the path does not fit the place."""
    if not 0 <= index < size:
        raise LogError(f"there is no entry {index} in a log of {size}")
    at, last, result = index, size - 1, leaf_hash
    for sibling in path:
        if last == 0:
            raise LogError("the path is too long")
        if at & 1 or at == last:
            result = node(sibling, result)
            while not at & 1 and at != 0:
                at, last = at >> 1, last >> 1
        else:
            result = node(result, sibling)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise LogError("the path is too short")
    return result


def check_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]) -> None:
    """RFC 9162, section 2.1.4.2. Raises LogError unless the tree of `new_size` leaves begins with those of the old one."""
    if not 0 <= old_size <= new_size:
        raise LogError(f"a log of {old_size} entries cannot become one of {new_size}")
    if old_size in (0, new_size):
        if path:
            raise LogError("the proof is too long")
        if old_root != (new_root if old_size else sha256(b"")):
            raise LogError("the roots are not those of one log")
        return
    hashes = list(path)
    if old_size.bit_count() == 1:  # the old tree is one full subtree, which is left out
        hashes.insert(0, old_root)
    if not hashes:
        raise LogError("the proof is too short")
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise LogError("the proof is too long")
        if at & 1 or at == last:
            old, new = node(sibling, old), node(sibling, new)
            while not at & 1 and at != 0:
                at, last = at >> 1, last >> 1
        else:
            new = node(new, sibling)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise LogError("the proof is too short")
    if (old, new) != (old_root, new_root):
        raise LogError("the proof does not lead to both roots")


@dataclass(frozen=True)
class Frontier:
    """All of a tree that takes part in appending, and in its root at any moment: the roots of the full subtrees that its
    leaves fall into, the largest first, one for each bit of the size."""

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def appended(self, leaf_hash: bytes) -> "Frontier":
        if self.size >= MOST_ENTRIES:
            raise LogError("a log has no more entries than that")
        nodes, last, size = list(self.nodes), leaf_hash, self.size
        while size & 1:  # each full subtree of the same size to the left joins with it
            last, size = node(nodes.pop(), last), size >> 1
        return Frontier(self.size + 1, (*nodes, last))

    def root(self) -> bytes:
        if not self.nodes:
            return sha256(b"")
        root = self.nodes[-1]
        for left in reversed(self.nodes[:-1]):
            root = node(left, root)
        return root

    def to_bytes(self) -> bytes:
        """To be kept: the size (u64), the nodes."""
        return struct.pack(">Q", self.size) + b"".join(self.nodes)

    @classmethod
    def from_bytes(cls, encoded: bytes) -> "Frontier":
        size = int.from_bytes(encoded[:8], "big")
        if size > MOST_ENTRIES or len(encoded) != 8 + HASH_BYTES * size.bit_count():
            raise LogError("no frontier of a log")
        return cls(size, tuple(encoded[at : at + HASH_BYTES] for at in range(8, len(encoded), HASH_BYTES)))
