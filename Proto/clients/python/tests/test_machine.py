"""The connection's machine and the rules of repetition, without a socket or a clock."""

from __future__ import annotations

import pytest
from quality_month import wire
from quality_month.machine import MOST_WAITING_MESSAGES, Allowance, ClientMachine, Window
from quality_month.retry import Backoff, Budget, may_send_again
from quality_month.status import CallError, Code
from quality_month.wire import CallHead, Flag, Frame, FrameReader, FrameType, Goaway, Reset, Settings

HEAD = CallHead("a.B/C")


def connected(server: Settings = Settings(), ours: Settings = Settings()) -> ClientMachine:
    machine = ClientMachine(ours)
    machine.receive(wire.write_hello(server))
    assert [f.type for f in output(machine)] == [FrameType.HELLO]
    return machine


def output(machine: ClientMachine, most: int = 10_000_000) -> list[Frame]:
    reader = FrameReader(wire.LARGEST_FRAME_BYTES)
    reader.feed(machine.take_output(0.0, most))
    frames = []
    while (frame := reader.next()) is not None:
        frames.append(frame)
    return frames


def opened(machine: ClientMachine, message: bytes | None = None):
    stream = machine.open(HEAD, False, None)
    if message is not None:
        stream.send(message, last=True)
    return stream


def data(stream, payload: bytes, flags: int = 0) -> bytes:
    return Frame(FrameType.DATA, flags, stream.id, payload).write()


def test_a_window_goes_below_zero_and_refuses_nothing_and_too_much():
    window = Window(10)
    assert window.add(-30) and window.credit == -20
    assert not window.add(0)
    assert not window.add(-(2**31) + 19)
    assert window.credit == -20
    assert window.add(-(2**31) + 20)
    window = Window(1)
    assert not window.add(2**31 - 1)
    assert window.add(2**31 - 2) and window.credit == 2**31 - 1


def test_credit_goes_back_when_half_a_window_has_gathered():
    allowance = Allowance(100)
    assert allowance.arrived(100) and not allowance.arrived(1)
    allowance = Allowance(100)
    allowance.arrived(60)
    assert [allowance.dealt_with(49), allowance.dealt_with(1), allowance.dealt_with(10)] == [0, 50, 0]
    assert allowance.left == 90


def test_nothing_is_called_before_the_servers_hello():
    machine = ClientMachine()
    opened(machine, b"x")
    assert [f.type for f in output(machine)] == [FrameType.HELLO]
    machine.receive(wire.write_hello(Settings()))
    assert [f.type for f in output(machine)] == [FrameType.CALL]


def test_a_small_call_is_one_frame():
    machine = connected()
    opened(machine, b"xy")
    (call,) = output(machine)
    assert call.flags == Flag.MESSAGE_END | Flag.STREAM_END
    assert wire.read_call(call.payload) == (HEAD, b"xy")


def test_a_call_goes_without_credit_and_its_message_later():
    machine = connected(Settings(connection_credit=1))
    first, second = opened(machine, b"a"), opened(machine, b"bcd")
    calls = output(machine)
    assert [wire.read_call(f.payload)[1] for f in calls] == [b"a", b""]
    assert calls[1].flags == 0
    machine.receive(wire.write_credit(0, 2))
    assert [(f.type, f.stream, f.flags, f.payload) for f in output(machine)] == [(FrameType.DATA, 3, 0, b"bc")]
    machine.receive(wire.write_credit(0, -5) + wire.write_credit(0, 5))
    assert output(machine) == [] and not machine.output_waits(0.0)
    machine.receive(wire.write_credit(0, 1))
    assert [(f.flags, f.payload) for f in output(machine)] == [(3, b"d")]
    assert not first.is_over and not second.is_over


def test_empty_messages_and_the_end_need_no_credit():
    machine = connected(Settings(stream_credit=1))
    stream = opened(machine)
    output(machine)
    stream.send(b"x", False)
    output(machine)
    for _ in range(2):
        stream.send(b"", False)
    stream.finish()
    assert [(f.flags, f.payload) for f in output(machine)] == [(1, b""), (3, b"")]


def test_long_messages_take_turns():
    machine = connected(Settings(stream_credit=1_000_000, connection_credit=10_000_000))
    opened(machine, bytes(100_000))
    opened(machine, bytes(100_000))
    frames = output(machine)
    assert [f.stream for f in frames[2:8]] == [1, 3, 1, 3, 1, 3]
    assert all(len(f.payload) <= 16_384 for f in frames)


def test_calls_beyond_the_servers_limit_wait_their_turn():
    machine = connected(Settings(calls=1))
    first, second = opened(machine, b""), opened(machine, b"")
    assert [f.stream for f in output(machine)] == [1]
    machine.receive(Frame(FrameType.STATUS, 1, 1, wire.write_status_head(wire.StatusHead())).write())
    assert first.is_over and [f.stream for f in output(machine)] == [3]
    assert not second.is_over


def test_a_call_that_waits_for_others_goes_on_as_if_nothing_had_been_said():
    machine = connected(Settings(calls=1))
    stream, other = opened(machine, b""), opened(machine, b"")
    output(machine)
    waiting = Frame(0x0A, 0, 1, b"").write()
    machine.receive(waiting + Frame(0x0A, 0, 9, b"").write())
    machine.receive(data(stream, b"x", Flag.MESSAGE_END) + waiting)
    assert machine.take_message(stream) == b"x"
    machine.receive(Frame(FrameType.STATUS, 0, 1, wire.write_status_head(wire.StatusHead())).write() + waiting)
    assert stream.is_over and not other.is_over and machine.ended is None
    assert [f.stream for f in output(machine)] == [3]


def test_a_reset_takes_back_what_was_not_sent():
    machine = connected(Settings(calls=1))
    sent, waiting = opened(machine, b"x"), opened(machine, b"y")
    output(machine)
    for stream in (sent, waiting):
        machine.reset(stream, Reset.CANCEL, CallError(Code.CANCELLED, "given up"))
    assert (sent.outcome.not_started, waiting.outcome.not_started) == (False, True)
    assert [(f.type, f.stream) for f in output(machine)] == [(FrameType.RESET, 1)]


def test_bytes_of_a_long_message_are_credited_as_they_come_and_waiting_messages_when_taken():
    machine = connected(ours=Settings(stream_credit=100))
    stream = opened(machine, b"")
    output(machine)
    machine.receive(data(stream, bytes(60)))
    assert [(f.stream, wire.read_credit(f.payload)) for f in output(machine)] == [(1, 60)]
    machine.receive(data(stream, bytes(40), Flag.MESSAGE_END) + data(stream, bytes(60), Flag.MESSAGE_END))
    assert output(machine) == []
    assert machine.take_message(stream) == bytes(100) and machine.take_message(stream) == bytes(60)
    assert [(f.stream, wire.read_credit(f.payload)) for f in output(machine)] == [(1, 100)]


def test_taking_the_last_message_credits_what_has_come_of_the_next():
    machine = connected(ours=Settings(stream_credit=100))
    stream = opened(machine, b"")
    output(machine)
    machine.receive(data(stream, bytes(1), Flag.MESSAGE_END) + data(stream, bytes(70)))
    assert output(machine) == []
    assert machine.take_message(stream) == bytes(1)
    assert [(f.stream, wire.read_credit(f.payload)) for f in output(machine)] == [(1, 71)]


def test_ok_within_a_message_is_internal_and_another_code_stands():
    for code, expected in ((0, Code.INTERNAL), (5, Code.NOT_FOUND)):
        machine = connected()
        stream = opened(machine, b"")
        output(machine)
        end = Frame(FrameType.STATUS, 0, 1, wire.write_status_head(wire.StatusHead(code=code)))
        machine.receive(data(stream, b"x") + end.write())
        assert stream.outcome.code is expected and machine.ended is None
        assert machine.take_message(stream) is None


@pytest.mark.parametrize(
    "frame", [
        Frame(FrameType.STATUS, 0, 1, wire.write_status_head(wire.StatusHead()) + b"x"),
        Frame(FrameType.STATUS, 1, 1, wire.write_status_head(wire.StatusHead(code=5))),
        Frame(FrameType.STATUS, 2, 1, wire.write_status_head(wire.StatusHead())), Frame(FrameType.DATA, 8, 1, b"x"),
    ])
def test_flags_and_messages_that_may_not_be_end_the_connection(frame):
    machine = connected()
    stream = opened(machine, b"")
    output(machine)
    machine.receive(frame.write())
    (goaway,) = output(machine)
    assert wire.read_goaway(goaway.payload).code is wire.ConnectionCode.PROTOCOL
    assert machine.wants_close and stream.outcome.code is Code.UNAVAILABLE


def test_more_than_the_calls_credit_fails_the_call_only():
    machine = connected(ours=Settings(stream_credit=10))
    stream = opened(machine, b"")
    output(machine)
    machine.receive(data(stream, bytes(11)))
    assert stream.outcome.code is Code.INTERNAL and machine.ended is None
    assert [wire.read_reset(f.payload) for f in output(machine)] == [Reset.FLOW_CONTROL]


def test_bytes_of_calls_that_are_over_are_credited_to_the_connection():
    machine = connected(ours=Settings(connection_credit=1_000))
    stream = opened(machine, b"")
    output(machine)
    machine.reset(stream, Reset.CANCEL, CallError(Code.CANCELLED, ""))
    output(machine)
    machine.receive(data(stream, bytes(600)))
    assert [(f.stream, wire.read_credit(f.payload)) for f in output(machine)] == [(0, 600)]


def test_messages_that_nobody_takes_have_a_limit():
    machine = connected()
    stream = opened(machine, b"")
    output(machine)
    machine.receive(data(stream, b"", Flag.MESSAGE_END) * (MOST_WAITING_MESSAGES + 1))
    assert stream.outcome.code is Code.RESOURCE_EXHAUSTED and machine.ended is None


def test_a_server_that_asks_and_does_not_read_is_left():
    machine = connected()
    for _ in range(70_000):
        machine.receive(wire.write_ping(bytes(8)))
    assert machine.ended is not None and machine.wants_close


def test_two_phases_of_goaway():
    machine = connected(Settings(calls=2))
    first, second, third = (opened(machine, b"") for _ in range(3))
    output(machine)
    machine.receive(wire.write_goaway(Goaway(wire.UNDECIDED_STREAM_ID, wire.ConnectionCode.NONE, "bye")))
    assert third.outcome.not_started and not machine.takes_calls
    machine.receive(wire.write_goaway(Goaway(1, wire.ConnectionCode.NONE, "bye")))
    assert second.outcome.not_started and not first.is_over and not machine.wants_close
    machine.receive(Frame(FrameType.STATUS, 1, 1, wire.write_status_head(wire.StatusHead())).write())
    assert machine.wants_close and machine.ended is None


def test_deadlines():
    machine = connected()
    early, late = machine.open(HEAD, False, 1.0), machine.open(HEAD, False, 2.0)
    (call, _) = [wire.read_call(f.payload)[0] for f in output(machine)]
    assert call.timeout_us == 1_000_000
    assert machine.expire(1.0) == 2.0
    assert early.outcome.code is Code.DEADLINE_EXCEEDED and not late.is_over
    assert [wire.read_reset(f.payload) for f in output(machine)] == [Reset.DEADLINE_EXCEEDED]


def test_at_the_last_stream_id_another_connection_is_due():
    machine = connected()
    machine._next_id = wire.LAST_STREAM_ID
    opened(machine, b"")
    assert [f.stream for f in output(machine)] == [wire.LAST_STREAM_ID]
    assert not machine.takes_calls


# Sending again

BACKOFF = Backoff(lambda: 0.5)


def again(code=Code.UNAVAILABLE, not_started=False, idempotent=False, freely=True, attempt=1, pushback=None, budget=None):
    error = CallError(code, "", not_started, pushback)
    return may_send_again(error, idempotent, freely, attempt, budget or Budget(), BACKOFF)


def test_not_started_is_sent_again_once_at_once_whatever_the_method():
    assert again(not_started=True) == 0
    assert again(not_started=True, pushback=250) == 0.25
    assert again(not_started=True, freely=False) == 1
    assert again(not_started=True, pushback=-1) is None


def test_maybe_carried_out_is_sent_again_only_when_idempotent():
    assert again() is None
    assert again(idempotent=True) == 1
    assert again(idempotent=True, pushback=5_000) == 5
    assert again(idempotent=True, attempt=2) == pytest.approx(1.6)
    assert again(Code.ABORTED, idempotent=True) is None
    assert again(Code.DEADLINE_EXCEEDED, idempotent=True) is None


def test_exhausted_and_not_started_wants_a_pause():
    assert again(Code.RESOURCE_EXHAUSTED, not_started=True) == 1
    assert again(Code.RESOURCE_EXHAUSTED, idempotent=True) is None


def test_pauses_grow_to_two_minutes_with_a_fifth_of_chance():
    assert Backoff(lambda: 0.0).pause_seconds(1) == pytest.approx(0.8)
    assert Backoff(lambda: 1.0).pause_seconds(1) == pytest.approx(1.2)
    assert BACKOFF.pause_seconds(1_000) == 120


def test_the_budget_is_a_few_and_then_a_fifth_of_the_calls():
    budget = Budget()
    assert sum(budget.take() for _ in range(100)) == 10
    taken = 0
    for _ in range(100):
        budget.called()
        taken += budget.take()
    assert 18 <= taken <= 20
    while budget.take():
        pass
    assert again(idempotent=True, budget=budget) is None
    assert again(not_started=True, budget=budget) == 0
