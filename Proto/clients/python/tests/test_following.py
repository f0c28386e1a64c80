"""Following a log: what a checkpoint covers takes effect once, and nothing that a log does not have ever does."""

from __future__ import annotations

import pytest
from example_log import (
    CHECKPOINT, EPOCH, FIRST_CHECKPOINT, KEY, LEAVES, LOG, ORIGIN, SIGNER, Signer, frontier, messages)
from quality_month import CallError, Code
from quality_month.following import SUBMISSION, Altered, Followed, Follower, Gap, OtherHistory, follow
from quality_month.log import Frontier, LogError
from quality_month.messages import type_pb2
from quality_month.notes import NoteError, Untrusted, VerifierKey

OTHER = Signer(b"\x08" * 32)


def response(first: int, end: int, checkpoint: str = "", at_end: bool = False, **changes) -> type_pb2.FollowResponse:
    parts = {"epoch": EPOCH, "key": KEY.text, "first_index": first, "checkpoint": checkpoint, "at_end": at_end}
    return type_pb2.FollowResponse(entries=messages()[first:end], **(parts | changes))


def kept(size: int) -> Followed:
    return Followed(EPOCH, frontier(LEAVES[:size]), KEY.text)


class FakeCall:
    def __init__(self, responses, error):
        self.responses, self.error, self.cancelled = responses, error, False

    def __iter__(self):
        yield from self.responses
        if self.error:
            raise self.error

    def cancel(self):
        self.cancelled = True


class FakeClient:
    """Answers every call with the same responses, and then with the error, if any."""

    def __init__(self, *responses, error: CallError | None = None):
        self.responses, self.error, self.requests, self.calls = responses, error, [], []

    def call(self, path, requests, timeout_seconds):
        assert path == SUBMISSION
        self.requests.extend(requests)
        self.calls.append(FakeCall(self.responses, self.error))
        return self.calls[-1]


def test_a_log_is_followed_from_its_beginning_to_its_end():
    client = FakeClient(response(0, 1, FIRST_CHECKPOINT), response(1, 3, CHECKPOINT, at_end=True))
    pieces = list(follow(client, SUBMISSION, Follower(LOG), stop_at_end=True))
    assert client.requests == [type_pb2.FollowRequest(stop_at_end=True)]
    assert [(p.first_index, len(p.entries), p.at_end) for p in pieces] == [(0, 1, False), (1, 2, True)]
    assert [m for p in pieces for m in p.entries] == messages()
    assert pieces[-1].followed == kept(3)


def test_it_is_gone_on_from_what_was_kept():
    client = FakeClient(response(1, 3, CHECKPOINT, at_end=True))
    (piece,) = follow(client, SUBMISSION, Follower(LOG, kept(1)))
    assert client.requests[0].cursor == type_pb2.Cursor(epoch=EPOCH, size=1, root=frontier(LEAVES[:1]).root())
    assert (piece.first_index, list(piece.entries), piece.followed) == (1, messages()[1:], kept(3))


def test_entries_wait_for_the_checkpoint_of_their_group_commit():
    follower = Follower(LOG, kept(1))
    held = follower.take(response(1, 2))
    assert (held.entries, held.at_end, held.followed) == ((), False, kept(1))
    piece = follower.take(response(2, 3, CHECKPOINT))
    assert (piece.first_index, list(piece.entries), piece.followed) == (1, messages()[1:], kept(3))


def test_what_no_checkpoint_has_covered_comes_again_in_the_next_call():
    follower = Follower(LOG)
    follower.take(response(0, 1, FIRST_CHECKPOINT))
    follower.take(response(1, 2))
    assert follower.request().cursor.size == 1
    assert list(follower.take(response(1, 3, CHECKPOINT)).entries) == messages()[1:]


def test_an_empty_log_and_a_log_with_nothing_new_are_at_their_end():
    piece = Follower(LOG).take(response(0, 0, at_end=True))
    assert (piece.entries, piece.at_end, piece.followed) == ((), True, Followed(EPOCH, Frontier(), KEY.text))
    piece = Follower(LOG, kept(3)).take(response(3, 3, CHECKPOINT, at_end=True))
    assert (piece.entries, piece.at_end, piece.followed) == ((), True, kept(3))


def test_entries_that_are_missing_or_come_twice_are_a_gap():
    for first in (0, 2):
        with pytest.raises(Gap):
            Follower(LOG, kept(1)).take(response(first, 3, CHECKPOINT))
        with pytest.raises(Gap):
            Follower(LOG, kept(1)).take(response(1, 3, CHECKPOINT, first_index=first))
    with pytest.raises(Gap):
        Follower(LOG, kept(1)).take(response(1, 2, CHECKPOINT))
    with pytest.raises(Gap):
        Follower(LOG, kept(1)).take(response(1, 3, FIRST_CHECKPOINT))


@pytest.mark.parametrize("change", [
    {"body": b"x"}, {"kind": "report.rejecteD"}, {"statement": b"x"}, {"sealed_unix_us": 1}])
def test_an_entry_that_was_changed_never_takes_effect(change):
    changed = response(1, 3, CHECKPOINT)
    for name, value in change.items():
        setattr(changed.entries[1], name, value)
    follower = Follower(LOG, kept(1))
    with pytest.raises(Altered):
        follower.take(changed)
    assert follower.followed == kept(1)


def test_another_history_is_told_from_a_failure():
    with pytest.raises(OtherHistory):
        Follower(LOG, kept(1)).take(response(1, 3, CHECKPOINT, epoch=bytes(16)))
    client = FakeClient(error=CallError(Code.ABORTED, "the cursor is not a place in this journal"))
    with pytest.raises(OtherHistory):
        list(follow(client, SUBMISSION, Follower(LOG, kept(1))))
    client = FakeClient(error=CallError(Code.UNAVAILABLE, "draining"))
    with pytest.raises(CallError):
        list(follow(client, SUBMISSION, Follower(LOG, kept(1))))


def test_a_forked_log_is_seen_at_its_first_checkpoint():
    fork = SIGNER.checkpoint(frontier([LEAVES[2], *LEAVES[1:]]))
    with pytest.raises(Altered):
        Follower(LOG, kept(1)).take(response(1, 3, fork))


def test_only_the_pinned_key_of_this_log_is_trusted():
    other = VerifierKey(ORIGIN, OTHER.public_key)
    wrong = [
        (Follower(LOG, kept(1)), response(1, 3, OTHER.checkpoint(frontier(LEAVES)))),
        (Follower(LOG, kept(1)), response(1, 3, OTHER.checkpoint(frontier(LEAVES)), key=other.text)),
        (Follower(LOG, kept(1)), response(1, 3, CHECKPOINT, key=other.text)),
        (Follower(LOG, kept(1)), response(1, 3, SIGNER.checkpoint(frontier(LEAVES), "quality.example/registry"))),
        (Follower("quality.example/registry"), response(0, 3, CHECKPOINT)),
        (Follower(LOG, public_key=OTHER.public_key), response(0, 3, CHECKPOINT)),
        (Follower(LOG, kept(1)), response(1, 3, CHECKPOINT, key="")),
    ]
    for follower, answer in wrong:
        with pytest.raises(Untrusted):
            follower.take(answer)
    Follower(LOG, public_key=SIGNER.public_key).take(response(0, 3, CHECKPOINT))


def test_what_cannot_be_read_is_refused():
    for changes in ({"key": "x"}, {"key": ""}, {"epoch": b"x"}, {"checkpoint": "x"}):
        with pytest.raises(LogError) as caught:
            Follower(LOG).take(response(0, 3, **({"checkpoint": CHECKPOINT} | changes)))
        assert isinstance(caught.value, NoteError) or "epoch" in changes


def test_a_log_does_not_end_without_a_checkpoint():
    for follower, first in ((Follower(LOG), 0), (Follower(LOG, kept(3)), 3)):
        with pytest.raises(LogError, match="ends without"):
            follower.take(response(first, 3, at_end=True))


def test_entries_without_end_and_without_a_checkpoint_are_refused(monkeypatch):
    monkeypatch.setattr("quality_month.following.MOST_HELD_BYTES", 100)
    with pytest.raises(LogError, match="without a checkpoint"):
        Follower(LOG).take(response(0, 2))
    follower = Follower(LOG)
    for answer in (response(0, 3, CHECKPOINT), response(3, 3)):  # what a checkpoint has covered does not count
        follower.take(answer)


def test_a_call_is_given_up_when_the_follower_is():
    client = FakeClient(response(0, 1, FIRST_CHECKPOINT), response(1, 3, CHECKPOINT))
    pieces = follow(client, SUBMISSION, Follower(LOG))
    next(pieces)
    pieces.close()
    assert client.calls[0].cancelled
    client = FakeClient(response(1, 3, CHECKPOINT))
    with pytest.raises(Gap):
        list(follow(client, SUBMISSION, Follower(LOG)))
    assert client.calls[0].cancelled
