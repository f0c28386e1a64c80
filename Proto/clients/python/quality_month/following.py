"""Following a service's log: WIRE.md, "Following". For services and auditors; a reporting unit has no need of it.

    follower = Follower("quality.example/submission", followed=what_was_stored_last_or_None)
    for piece in follow(client, SUBMISSION, follower):
        carry_out_and_store(piece.entries, piece.followed)      # in one transaction: each entry takes effect once
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from quality_month import notes
from quality_month.canonical import sha256
from quality_month.client import Client
from quality_month.log import EPOCH_BYTES, Entry, Frontier, LogError
from quality_month.messages import registry_pb2, submission_pb2, type_pb2  # noqa: F401 (the services below are in them)
from quality_month.notes import Checkpoint, Untrusted, VerifierKey
from quality_month.status import CallError, Code

SUBMISSION = "quality.submission.v1.SubmissionService/Follow"
REGISTRY = "quality.registry.v1.RegistryService/Follow"
# Bytes of entries that may wait for the checkpoint of their group commit.
MOST_HELD_BYTES = 67_108_864


class OtherHistory(LogError):
    """The log is another one now: what was built from it must be built again from the beginning."""


class Altered(LogError):
    """What has come since the last checkpoint that held is not what the log has. The next call shows whether it was changed
    on the way, or the log is another one."""


class Gap(LogError):
    """Entries are missing, or came twice."""


@dataclass(frozen=True)
class Followed:
    """What a follower stores, together with what the entries effected: how far it is, and who signs the log."""

    epoch: bytes
    frontier: Frontier
    key: str

    @property
    def cursor(self) -> type_pb2.Cursor:
        return type_pb2.Cursor(epoch=self.epoch, size=self.frontier.size, root=self.frontier.root())


@dataclass(frozen=True)
class Piece:
    """Entries that the log's checkpoint has proved to stand in it. None in the midst of a large group commit, and where
    there is nothing new."""

    first_index: int
    entries: tuple[type_pb2.JournalEntry, ...]
    at_end: bool
    followed: Followed


class Follower:
    """What is known of a log, pure: it is handed responses, and says which entries may take effect.

    `log` is DOMAIN/SERVICE. The log's key is taken from the first response and holds for its epoch, unless `public_key`
    (32 bytes raw) says which it must be. What `take` raises ends the call; the next one begins at `followed`.
    """

    def __init__(self, log: str, followed: Followed | None = None, public_key: bytes | None = None):
        self.log, self.followed, self._public_key = log, followed, public_key
        self._restart()

    def _restart(self) -> None:
        self._taken = self.followed.frontier if self.followed else Frontier()
        self._held: list[type_pb2.JournalEntry] = []
        self._held_bytes = 0

    def request(self, stop_at_end: bool = False) -> type_pb2.FollowRequest:
        """Begins a call. Entries that no checkpoint has covered yet will come again."""
        self._restart()
        return type_pb2.FollowRequest(cursor=self.followed.cursor if self.followed else None, stop_at_end=stop_at_end)

    def take(self, response: type_pb2.FollowResponse) -> Piece:
        """Raises LogError: OtherHistory, Altered, Gap or Untrusted, NoteError for what cannot be read, or none of these."""
        self._check_log(response)
        if response.first_index != self._taken.size:
            raise Gap(f"expected entry {self._taken.size}, found {response.first_index}")
        for message in response.entries:
            entry = Entry(message.sealed_unix_us, message.kind, message.statement, sha256(message.body))
            self._taken = self._taken.appended(entry.leaf_hash())
            self._held.append(message)
            self._held_bytes += len(message.statement) + len(message.body)
        if response.checkpoint:
            return self._reach(Checkpoint.parse(response.checkpoint), response.at_end)
        if response.at_end and self._taken.size:
            raise LogError("the log ends without a checkpoint")
        if self._held_bytes > MOST_HELD_BYTES:
            raise LogError(f"{self._held_bytes} bytes of entries have come without a checkpoint")
        return Piece(self.followed.frontier.size, (), response.at_end, self.followed)

    def _check_log(self, response: type_pb2.FollowResponse) -> None:
        if len(response.epoch) != EPOCH_BYTES:
            raise LogError(f"epoch: {len(response.epoch)} bytes instead of {EPOCH_BYTES}")
        if self.followed is None:
            self._pin(response.epoch, VerifierKey.parse(response.key))
        elif self.followed.epoch != response.epoch:
            raise OtherHistory(f"the log's epoch is {response.epoch.hex()}, not {self.followed.epoch.hex()}")
        elif response.key != self.followed.key:
            raise Untrusted(f"the log's key is {response.key}, not {self.followed.key}")

    def _pin(self, epoch: bytes, key: VerifierKey) -> None:
        if key.name != notes.origin_of(self.log, epoch):
            raise Untrusted(f"the key is that of {key.name}, not of {notes.origin_of(self.log, epoch)}")
        if self._public_key is not None and key.public_key != self._public_key:
            raise Untrusted(f"the log's key is {key.text}, and not the one that is trusted")
        self.followed = Followed(epoch, Frontier(), key.text)

    def _reach(self, checkpoint: Checkpoint, at_end: bool) -> Piece:
        checkpoint.check(VerifierKey.parse(self.followed.key))
        if checkpoint.size != self._taken.size:
            raise Gap(f"{self._taken.size} entries have come, and the checkpoint covers {checkpoint.size}")
        if checkpoint.root != self._taken.root():
            raise Altered(f"at {checkpoint.size} entries the log has another root than what has come")
        piece = Piece(
            self.followed.frontier.size, tuple(self._held), at_end,
            Followed(self.followed.epoch, self._taken, self.followed.key))
        self.followed = piece.followed
        self._restart()
        return piece


def follow(
    client: Client, path: str, follower: Follower, stop_at_end: bool = False, timeout_seconds: float | None = None
) -> Iterator[Piece]:
    """One call, from where the follower is to its end. Raises CallError, or what `Follower.take` raises."""
    call = client.call(path, [follower.request(stop_at_end)], timeout_seconds)
    try:
        for response in call:
            yield follower.take(response)
    except CallError as error:
        if error.code is Code.ABORTED:
            raise OtherHistory(error.text) from error
        raise
    finally:
        call.cancel()  # does nothing to a call that is over
