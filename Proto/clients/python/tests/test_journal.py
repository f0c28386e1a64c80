"""Whether a log is only appended to: every rewriting is found by whoever kept a checkpoint."""

from __future__ import annotations

import pytest
from example_log import KEY, ORIGIN, SIGNER, Signer, frontier
from quality_month import CallError, Client, Code, journal, notes
from quality_month.following import OtherHistory
from quality_month.journal import REGISTRY, SUBMISSION, Rewritten
from quality_month.log import LogError, check_consistency, leaf, node
from quality_month.messages import type_pb2
from quality_month.notes import NoteError, Untrusted

LEAVES = [leaf(bytes([i])) for i in range(40)]


def root(leaves: list[bytes]) -> bytes:
    return frontier(leaves).root()


def proof(old: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """RFC 6962, section 2.1.2, word for word."""
    if old == len(leaves):
        return [] if whole else [root(leaves)]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= half:
        return [*proof(old, leaves[:half], whole), root(leaves[half:])]
    return [*proof(old - half, leaves[half:], False), root(leaves[:half])]


def test_consistency_of_any_two_sizes():
    for new in range(1, len(LEAVES) + 1):
        for old in range(1, new + 1):
            path = proof(old, LEAVES[:new])
            check_consistency(old, root(LEAVES[:old]), new, root(LEAVES[:new]), path)
            wrong = [path[:-1], [*path, LEAVES[0]], [LEAVES[0], *path]] if path else [[LEAVES[0]]]
            wrong += [[*path[:i], node(path[i], path[i]), *path[i + 1 :]] for i in range(len(path))]
            for other in wrong:
                with pytest.raises(LogError):
                    check_consistency(old, root(LEAVES[:old]), new, root(LEAVES[:new]), other)
            for roots in ((LEAVES[9], root(LEAVES[:new])), (root(LEAVES[:old]), LEAVES[9])):
                with pytest.raises(LogError):
                    check_consistency(old, roots[0], new, roots[1], path)
    check_consistency(0, root([]), 3, root(LEAVES[:3]), [])
    for sizes in ((3, 2), (-1, 2)):
        with pytest.raises(LogError):
            check_consistency(sizes[0], LEAVES[0], sizes[1], LEAVES[0], [])


class FakeService:
    """Submission's log of these leaves."""

    def __init__(self, leaves: list[bytes], signer: Signer = SIGNER, origin: str = ORIGIN):
        self.leaves, self.signer, self.origin, self.error = leaves, signer, origin, None

    def unary(self, path, request, timeout_seconds):
        if path == f"{SUBMISSION}/GetCheckpoint":
            note = self.signer.checkpoint(frontier(self.leaves), self.origin) if self.leaves else ""
            return type_pb2.GetCheckpointResponse(checkpoint=note, key=KEY.text)
        assert path == f"{SUBMISSION}/GetConsistencyProof"
        assert request.epoch == notes.epoch_of(self.origin)
        if self.error:
            raise self.error
        return type_pb2.GetConsistencyProofResponse(path=proof(request.old_size, self.leaves[: request.new_size]))


def kept(size: int) -> str:
    return SIGNER.checkpoint(frontier(LEAVES[:size]))


def test_a_log_that_grew_and_one_that_did_not():
    service = FakeService(LEAVES)
    assert journal.key(service, SUBMISSION) == KEY
    newest = journal.checkpoint(service, SUBMISSION, KEY)
    assert newest == kept(40)
    for size in (1, 7, 32, 39, 40):
        assert journal.continued(service, SUBMISSION, KEY, kept(size)) == newest


def test_a_shorter_tree_a_second_history_and_an_empty_log():
    other = [LEAVES[9], *LEAVES[1:]]
    for leaves, words in ((LEAVES[:6], "shorter tree"), ([], "shorter tree"), (other[:7], "begin"), (other, "begin")):
        with pytest.raises(Rewritten, match=words):
            journal.continued(FakeService(leaves), SUBMISSION, KEY, kept(7))
    with pytest.raises(LogError, match="no entries"):
        journal.checkpoint(FakeService([]), SUBMISSION, KEY)


def test_a_foreign_key_another_log_and_what_cannot_be_read():
    registry = ORIGIN.replace("submission", "registry")
    for service in (FakeService(LEAVES, Signer(b"\x08" * 32)), FakeService(LEAVES, origin=registry)):
        with pytest.raises(Untrusted):
            journal.checkpoint(service, SUBMISSION, KEY)
        with pytest.raises(Untrusted):
            journal.continued(service, SUBMISSION, KEY, kept(7))
    service = FakeService(LEAVES)
    with pytest.raises(Untrusted):
        journal.continued(service, SUBMISSION, KEY, kept(7).replace("\n7\n", "\n6\n"))
    with pytest.raises(NoteError):
        journal.continued(service, SUBMISSION, KEY, "x")


def test_a_log_that_is_made_anew_in_the_midst():
    service = FakeService(LEAVES)
    service.error = CallError(Code.ABORTED, "the log of that epoch is no more")
    with pytest.raises(OtherHistory):
        journal.continued(service, SUBMISSION, KEY, kept(7))


def test_the_real_services(suite, submission):
    with Client(f"127.0.0.1:{suite.ports['gateway']}", str(suite.organisation("fujian-quanzhou"))) as client:
        key = journal.key(client, REGISTRY)
        note = journal.checkpoint(client, REGISTRY, key)
        assert journal.continued(client, REGISTRY, key, note) == note
        assert journal.key(client, SUBMISSION).name.startswith("quality.example/submission/")
