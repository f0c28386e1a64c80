"""Whether a service's log is only appended to: WIRE.md, "Checking a log". Every reporting unit can find out, since heads
and proofs hold nothing of what stands in the log.

    key = journal.key(client, SUBMISSION)                       # once, over a connection you trust; keep key.text
    kept = journal.checkpoint(client, SUBMISSION, key)          # keep it
    newest = journal.continued(client, SUBMISSION, key, kept)   # from time to time: raises when the log was rewritten
"""

from __future__ import annotations

from quality_month import notes
from quality_month.client import Client
from quality_month.following import OtherHistory
from quality_month.log import LogError, check_consistency
from quality_month.messages import registry_pb2, submission_pb2, type_pb2  # noqa: F401 (the services below are in them)
from quality_month.notes import Checkpoint, VerifierKey
from quality_month.status import CallError, Code

SUBMISSION = "quality.submission.v1.SubmissionService"
REGISTRY = "quality.registry.v1.RegistryService"


class Rewritten(LogError):
    """The log does not begin with what the older checkpoint covers. Keep that, and the one that the service gives now: both
    are signed, and together they prove it."""


def key(client: Client, service: str, timeout_seconds: float = 30.0) -> VerifierKey:
    """The key that signs the log, as the service names it."""
    return VerifierKey.parse(_newest(client, service, timeout_seconds).key)


def checkpoint(client: Client, service: str, key: VerifierKey, timeout_seconds: float = 30.0) -> str:
    """The head of the log, a signed note that holds. Raises LogError: Untrusted when it does not, or when the log is another
    one than the key's, as after the store was made anew; CallError."""
    note = _newest(client, service, timeout_seconds).checkpoint
    if not note:
        raise LogError("the log has no entries yet, so nothing is signed")
    _check(note, key)
    return note


def continued(client: Client, service: str, key: VerifierKey, kept: str, timeout_seconds: float = 30.0) -> str:
    """The head of the log, proved to go on from the checkpoint that was kept. Raises Rewritten, or as `checkpoint` does;
    OtherHistory when the log became another one in the midst of it."""
    old = _check(kept, key)
    note = _newest(client, service, timeout_seconds).checkpoint
    if not note:
        raise Rewritten(f"the log had {old.size} entries, and has none: a shorter tree")
    new = _check(note, key)
    if new.size < old.size:
        raise Rewritten(f"the log had {old.size} entries, and has {new.size}: a shorter tree")
    epoch = notes.epoch_of(new.origin)
    request = type_pb2.GetConsistencyProofRequest(epoch=epoch, old_size=old.size, new_size=new.size)
    try:
        path = client.unary(f"{service}/GetConsistencyProof", request, timeout_seconds).path
    except CallError as error:
        if error.code is Code.ABORTED:
            raise OtherHistory(error.text) from error
        raise
    try:
        check_consistency(old.size, old.root, new.size, new.root, path)
    except LogError as error:
        raise Rewritten(f"the log of {new.size} entries does not begin with the {old.size} it had: {error}") from error
    return note


def _newest(client: Client, service: str, timeout_seconds: float) -> type_pb2.GetCheckpointResponse:
    return client.unary(f"{service}/GetCheckpoint", type_pb2.GetCheckpointRequest(), timeout_seconds)


def _check(note: str, key: VerifierKey) -> Checkpoint:
    read = Checkpoint.parse(note)
    read.check(key)
    return read
