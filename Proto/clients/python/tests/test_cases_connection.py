"""Cases 15 to 21 of the protocol: connections, credit, and frames that may not be. Against a server made by the test
where the client is what is tested; direct and through the gateway where the executables are."""

from __future__ import annotations

import threading

import pytest
import testing_pb2 as t
from raw import PATIENCE_SECONDS, SERVICE, FakeServer, Raw, eventually, frame_of, good_bye, status, u32
from quality_month import CallError, Client, Code, wire
from quality_month.wire import ConnectionCode, Flag, Frame, FrameType, Goaway, Reset

UNARY = f"{SERVICE}/UnaryCall"
EMPTY = f"{SERVICE}/EmptyCall"
DUPLEX = f"{SERVICE}/FullDuplexCall"


@pytest.fixture
def fake(suite, targets):
    """fake(script) is a client of a server that runs the script on every connection."""
    opened = []

    def make(script, settings=wire.Settings()):
        server = FakeServer(suite.identity("gateway"), script)
        client = Client(server.address, str(targets["gateway"].identity), settings)
        opened.append((client, server))
        return client, server

    yield make
    for client, server in opened:
        client.close()
        server.__exit__()
        assert server.errors == []


def hello(frames, **settings) -> None:
    frames.send(wire.write_hello(wire.Settings(**settings)))
    assert frames.frame().type == FrameType.HELLO


def serve_until_closed(frames) -> None:
    """Answers every call with an empty message until the client leaves."""
    while (frame := frames.frame()) is not None:
        if frame.type == FrameType.CALL:
            frames.send(status(frame.stream, b""))
        if frame.type == FrameType.GOAWAY:
            break
    good_bye(frames)


# 15: GOAWAY between calls


def test_case15_after_a_goaway_the_next_call_uses_a_new_connection(fake):
    def script(frames, number):
        hello(frames)
        if number == 1:
            stream = frame_of(frames, FrameType.CALL).stream
            frames.send(status(stream, b""), wire.write_goaway(Goaway(stream, ConnectionCode.NONE, "draining")))
        serve_until_closed(frames)

    client, server = fake(script)
    for _ in range(3):
        assert client.unary_bytes(UNARY, b"") == b""
    assert server.accepted <= 2


# 16: rolling drain


def test_case16_a_call_above_the_last_id_is_sent_again_once_whatever_its_method(fake):
    seen = []

    def script(frames, number):
        hello(frames)
        if number == 1:
            seen.append((number, frame_of(frames, FrameType.CALL).stream))
            frames.send(wire.write_goaway(Goaway(wire.UNDECIDED_STREAM_ID, ConnectionCode.NONE, "draining")))
            frames.send(wire.write_goaway(Goaway(0, ConnectionCode.NONE, "draining")))
            good_bye(frames)
            return
        while (frame := frames.frame()) is not None and frame.type != FrameType.GOAWAY:
            if frame.type == FrameType.CALL:
                seen.append((number, frame.stream))
                frames.send(status(frame.stream, b""))
        good_bye(frames)

    client, _ = fake(script)
    assert client.unary_bytes(UNARY, b"") == b""
    assert seen == [(1, 1), (2, 1)]


def test_case16_calls_up_to_the_last_id_go_on_to_their_end(fake):
    def script(frames, number):
        hello(frames)
        if number == 1:
            stream = frame_of(frames, FrameType.CALL).stream
            frames.send(wire.write_goaway(Goaway(wire.UNDECIDED_STREAM_ID, ConnectionCode.NONE, "draining")))
            frames.send(wire.write_ping(b"12345678"))
            frame_of(frames, FrameType.PING)
            frames.send(wire.write_goaway(Goaway(stream, ConnectionCode.NONE, "draining")), status(stream, b"late"))
            good_bye(frames)
        else:
            serve_until_closed(frames)

    client, server = fake(script)
    assert client.unary_bytes(UNARY, b"") == b"late"
    assert client.unary_bytes(UNARY, b"") == b""
    assert server.accepted == 2


def test_case16_a_call_that_may_have_been_carried_out_is_not_sent_again(fake):
    def script(frames, number):
        hello(frames)
        stream = frame_of(frames, FrameType.CALL).stream
        frames.send(wire.write_goaway(Goaway(stream, ConnectionCode.INTERNAL, "failed")))
        good_bye(frames)

    client, server = fake(script)
    with pytest.raises(CallError) as caught:
        client.unary(UNARY, b"")
    assert (caught.value.code, caught.value.not_started, server.accepted) == (Code.UNAVAILABLE, False, 1)


# 17: limit of calls


def test_case17_with_a_server_that_takes_one_call_ten_succeed_in_turn(fake):
    most, unanswered = [0], []

    def script(frames, number):
        hello(frames, calls=1)
        while (frame := frames.frame()) is not None and frame.type != FrameType.GOAWAY:
            if frame.type == FrameType.CALL:
                unanswered.append(frame.stream)
                most[0] = max(most[0], len(unanswered))
                # Answered when the ping is, so that a client that sends a second call is seen to.
                frames.send(wire.write_ping(b"12345678"))
            elif frame.type == FrameType.PING:
                frames.send(status(unanswered.pop(0), b""))
        good_bye(frames)

    client, server = fake(script)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(client.unary_bytes(UNARY, b""))) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (answers, most[0], server.accepted) == ([b""] * 10, 1, 1)


def test_case17_a_peer_that_ignores_the_limit_is_refused_and_not_started(target):
    with Raw(target) as raw:
        for stream in range(1, 2 * raw.server.calls, 2):
            raw.call(stream, "FullDuplexCall", None, end=False)
        over = 2 * raw.server.calls + 1
        raw.call(over)
        end = raw.end_of(over)
        assert (end.code, end.not_started) == (Code.RESOURCE_EXHAUSTED, True)
        raw.data(1, b"", message_end=False, end=True)
        assert raw.end_of(1).code == 0
        raw.assert_lives(over + 2)


# 18: small frames


def test_case18_a_response_of_300_kb_in_frames_of_5_bytes(fake):
    total = 300_000

    def script(frames, number):
        hello(frames)
        stream = frame_of(frames, FrameType.CALL).stream
        frames.send(*[Frame(FrameType.DATA, 0, stream, bytes(5))] * (65_535 // 5))
        sent, credit = 65_535, 1
        while sent < total:
            frame = frame_of(frames, FrameType.CREDIT)
            if frame.stream == stream:
                credit += wire.read_credit(frame.payload)
            count = min(credit, total - sent) // 5
            frames.send(*[Frame(FrameType.DATA, 0, stream, bytes(5))] * count)
            sent, credit = sent + 5 * count, credit - 5 * count
        frames.send(Frame(FrameType.DATA, Flag.MESSAGE_END, stream, b""), status(stream))
        serve_until_closed(frames)

    client, _ = fake(script)
    assert client.unary_bytes(UNARY, b"") == bytes(total)
    assert client.unary_bytes(UNARY, b"") == b""


def test_case18_a_request_of_300_kb_in_frames_of_5_bytes(target):
    total = 300_000
    message = t.StreamingInputRequest(payload=t.Payload(body=bytes(total))).SerializeToString()
    with Raw(target) as raw:
        raw.call(1, "StreamingInputCall", None, end=False)
        at, credit, all_credit = 0, raw.server.stream_credit, raw.server.connection_credit
        while at < len(message):
            while min(credit, all_credit) < 5:
                frame = raw.next(FrameType.CREDIT)
                if frame.stream == 1:
                    credit += wire.read_credit(frame.payload)
                else:
                    all_credit += wire.read_credit(frame.payload)
            frames = []
            while at < len(message) and min(credit, all_credit) >= 5:
                part = message[at : at + 5]
                at, credit, all_credit = at + len(part), credit - len(part), all_credit - len(part)
                frames.append(Frame(FrameType.DATA, Flag.MESSAGE_END if at == len(message) else 0, 1, part))
            raw.send(*frames)
        raw.data(1, message_end=False, end=True)
        end, messages = raw.answer_of(1)
        assert end.code == 0
        assert t.StreamingInputResponse.FromString(messages[0]).aggregated_payload_bytes == total


# 19: windows


def test_case19_an_initial_window_of_one_byte(target):
    with Raw(target, wire.Settings(stream_credit=1)) as raw:
        raw.call(1, "UnaryCall", t.SimpleRequest(response_bytes=40).SerializeToString())
        got, more = b"", True
        while more:
            frame = raw.next(FrameType.DATA, FrameType.STATUS)
            data = wire.read_status(frame.payload)[1] if frame.type == FrameType.STATUS else frame.payload
            got += data
            assert len(data) <= 1
            more = frame.type != FrameType.STATUS
            if more and data:
                raw.credit(1, 1)
        assert len(t.SimpleResponse.FromString(got).payload.body) == 40


def test_case19_a_window_driven_negative_stops_until_it_is_positive_again(target):
    with Raw(target, wire.Settings(stream_credit=1_000)) as raw:
        raw.call(1, "FullDuplexCall", t.StreamingOutputRequest(response_bytes=[3_000]).SerializeToString(), end=False)
        got = 0
        while got < 1_000:
            got += len(raw.next(FrameType.DATA).payload)
        assert got == 1_000
        raw.credit(1, -500)  # -500
        raw.credit(1, 500)  # 0
        raw.send(wire.write_ping(b"nothing?"))
        frame = raw.next(FrameType.DATA, FrameType.PING)
        assert frame.type == FrameType.PING
        raw.credit(1, 7)
        assert len(raw.next(FrameType.DATA).payload) == 7
        raw.credit(1, 65_536)
        while not raw.next(FrameType.DATA).flags & Flag.MESSAGE_END:
            pass
        raw.data(1, message_end=False, end=True)
        assert raw.end_of(1).code == 0


def test_case19_the_client_waits_below_zero(fake):
    def script(frames, number):
        hello(frames, stream_credit=10)
        stream = frame_of(frames, FrameType.CALL).stream
        frames.send(wire.write_credit(stream, -20), wire.write_credit(stream, 20), wire.write_ping(b"nothing?"))
        assert frame_of(frames, FrameType.DATA, FrameType.PING).type == FrameType.PING
        frames.send(wire.write_credit(stream, 5))
        assert len(frame_of(frames, FrameType.DATA).payload) == 5
        frames.send(wire.write_credit(stream, 100))
        last = frame_of(frames, FrameType.DATA)
        assert (len(last.payload), last.flags) == (15, Flag.MESSAGE_END | Flag.STREAM_END)
        frames.send(status(stream, b"ok"))
        serve_until_closed(frames)

    client, _ = fake(script)
    assert client.unary_bytes(UNARY, bytes(30)) == b"ok"


@pytest.mark.parametrize("increments", [[0], [0x7FFF_FFFF, 0x7FFF_FFFF], [-0x8000_0000, -0x8000_0000]])
def test_case19_credit_of_zero_or_too_much(target, increments):
    with Raw(target) as raw:
        raw.call(1, "FullDuplexCall", None, end=False)
        for increment in increments:
            raw.credit(1, increment)
        assert raw.end_of(1) == Reset.FLOW_CONTROL
        raw.assert_lives(3)
        for increment in increments:
            raw.credit(0, increment)
        raw.assert_ended(ConnectionCode.FLOW_CONTROL)


@pytest.mark.parametrize("increments", [[0], [0x7FFF_FFFF]])
def test_case19_the_client_answers_bad_credit(fake, increments):
    answered = []

    def script(frames, number):
        hello(frames)
        stream = frame_of(frames, FrameType.CALL).stream
        frames.send(*[wire.write_credit(stream, i) for i in increments])
        answered.append(wire.read_reset(frame_of(frames, FrameType.RESET).payload))
        frames.send(*[wire.write_credit(0, i) for i in increments])
        answered.append(wire.read_goaway(frame_of(frames, FrameType.GOAWAY).payload).code)

    client, _ = fake(script)
    with pytest.raises(CallError) as caught:
        client.unary(UNARY, b"")
    assert caught.value.code == Code.INTERNAL
    assert eventually(lambda: len(answered) == 2)
    assert answered == [Reset.FLOW_CONTROL, ConnectionCode.FLOW_CONTROL]


def test_case19_more_bytes_than_credit(target):
    """The handler waits for credit of ours and takes nothing, so that nothing is given back."""
    with Raw(target, wire.Settings(stream_credit=1)) as raw:
        raw.call(1, "FullDuplexCall", t.StreamingOutputRequest(response_bytes=[1_000_000] * 4).SerializeToString(), end=False)
        message = t.StreamingOutputRequest(payload=t.Payload(body=bytes(16_300))).SerializeToString()
        for _ in range(raw.server.stream_credit // 16_384 + 8):
            raw.data(1, message)
        raw.credit(1, 10_000_000)  # the status may wait behind what the handler had written
        end = raw.next(FrameType.STATUS, FrameType.RESET, FrameType.GOAWAY)
        assert end.type != FrameType.GOAWAY, wire.read_goaway(end.payload)
        if end.type == FrameType.STATUS:
            assert wire.read_status(end.payload)[0].code == Code.INTERNAL
        raw.assert_lives(3)


# 20: streams that are idle, half closed, closed; bad ids


@pytest.mark.parametrize("stream", [0, 2, 5])
@pytest.mark.parametrize("kind", [FrameType.DATA, FrameType.RESET, FrameType.CREDIT])
def test_case20_frames_on_streams_never_opened_end_the_connection(target, kind, stream):
    if kind == FrameType.CREDIT and stream == 0:
        pytest.skip("CREDIT may name 0")
    with Raw(target) as raw:
        raw.assert_lives(1)
        raw.send(Frame(kind, 1 if kind == FrameType.DATA else 0, stream, b"" if kind == FrameType.DATA else u32(1)))
        raw.assert_ended(ConnectionCode.PROTOCOL)


@pytest.mark.parametrize("stream", [0, 2, 1, 3])
def test_case20_a_call_on_an_even_zero_or_falling_id_ends_the_connection(target, stream):
    with Raw(target) as raw:
        raw.assert_lives(5)
        raw.call(stream)
        raw.assert_ended(ConnectionCode.PROTOCOL)


def test_case20_a_call_on_an_open_stream_ends_the_connection(target):
    with Raw(target) as raw:
        raw.call(1, "FullDuplexCall", None, end=False)
        raw.call(1)
        raw.assert_ended(ConnectionCode.PROTOCOL)


def test_case20_frames_on_closed_and_passed_over_streams_are_dropped(target):
    with Raw(target) as raw:
        raw.assert_lives(5)
        for stream in (1, 3, 5):
            raw.data(stream, bytes(100), message_end=False)
            raw.reset(stream)
            raw.credit(stream, 1)
            raw.credit(stream, 0)
        raw.assert_lives(7)


def test_case20_bytes_on_closed_streams_come_back_as_credit_of_the_connection(target):
    with Raw(target) as raw:
        raw.assert_lives(1)
        credit, sent = raw.server.connection_credit, 0
        while sent < 3 * raw.server.connection_credit:
            while credit < 16_384:
                frame = raw.next(FrameType.CREDIT, FrameType.GOAWAY)
                assert frame.type == FrameType.CREDIT and frame.stream == 0, frame
                credit += wire.read_credit(frame.payload)
            raw.data(1, bytes(16_384), message_end=False)
            credit, sent = credit - 16_384, sent + 16_384
        raw.assert_lives(3)


def test_case20_data_after_stream_end_fails_the_call(target):
    with Raw(target) as raw:
        raw.call(1, "UnaryCall", t.SimpleRequest(delay_ms=5_000).SerializeToString())
        raw.data(1, b"x")
        end = raw.end_of(1)
        assert end in (Reset.PROTOCOL, Reset.INTERNAL) or end.code == Code.INTERNAL, end
        raw.assert_lives(3)


def test_case20_stream_end_within_a_message_fails_the_call(target):
    with Raw(target) as raw:
        raw.call(1, "StreamingInputCall", None, end=False)
        raw.data(1, b"x", message_end=False)
        raw.data(1, message_end=False, end=True)
        end = raw.end_of(1)
        assert end in (Reset.PROTOCOL, Reset.INTERNAL) or end.code == Code.INTERNAL, end
        raw.assert_lives(3)


# 21: malformed frames

HELLO = wire.write_hello(wire.Settings())
SETTING = b"\x00\x01\x00\x01\x00\x00\x00\x00"

BAD_HELLOS = {
    "longer than it says": (SETTING + b"\x00\x00\x00", ConnectionCode.HELLO),
    "shorter than it says": (SETTING + b"\x00\x02" + bytes.fromhex("000100004000"), ConnectionCode.HELLO),
    "frame too small": (SETTING + b"\x00\x01\x00\x01\x00\x00\x3f\xff", ConnectionCode.HELLO),
    "frame too large": (SETTING + b"\x00\x01\x00\x01\x01\x00\x00\x00", ConnectionCode.HELLO),
    "no stream credit": (SETTING + b"\x00\x01\x00\x03\x00\x00\x00\x00", ConnectionCode.HELLO),
    "stream credit too high": (SETTING + b"\x00\x01\x00\x03\x80\x00\x00\x00", ConnectionCode.HELLO),
    "no connection credit": (SETTING + b"\x00\x01\x00\x04\x00\x00\x00\x00", ConnectionCode.HELLO),
    "too new": (b"\x00\x02\x00\x03\x00\x00\x00\x00\x00\x00", ConnectionCode.VERSION),
    "too old": (b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", ConnectionCode.VERSION),
    "too short": (bytes(9), ConnectionCode.FRAME_SIZE),
    "too long": (SETTING + b"\x00\xa9" + bytes.fromhex("00ff00000000") * 169 + b"\0", ConnectionCode.FRAME_SIZE),
}


@pytest.mark.parametrize("name", BAD_HELLOS)
def test_case21_bad_hello(target, name):
    payload, code = BAD_HELLOS[name]
    with Raw(target, hello=Frame(FrameType.HELLO, 0, 0, payload).write()) as raw:
        raw.assert_ended(code)


def test_case21_good_hellos(target):
    longest = SETTING + b"\x00\xa9" + bytes.fromhex("00ff00000000") * 169
    twice = SETTING + b"\x00\x02" + bytes.fromhex("000300000001" "000300010000")
    future = b"\x00\x01\x00\x63\xff\xff\xff\xff\x00\x00"
    for payload in (longest, twice, future):
        with Raw(target, hello=Frame(FrameType.HELLO, 0xF0, 0, payload).write()) as raw:
            raw.assert_lives(1)


@pytest.mark.parametrize(
    "frames", [
        Frame(FrameType.PING, 0, 0, bytes(8)), Frame(FrameType.CREDIT, 0, 0, u32(1)),
        Frame(FrameType.CALL, 3, 1, wire.write_call_head(wire.CallHead(EMPTY))), Frame(FrameType.RESET, 0, 1, u32(1)),
    ])
def test_case21_anything_before_hello_ends_the_connection(target, frames):
    with Raw(target, hello=frames.write()) as raw:
        raw.assert_ended(ConnectionCode.HELLO)


def test_case21_unknown_frames_are_skipped_even_before_hello(target):
    unknown = b"".join(Frame(kind, 0xFF, 9, b"x" * 100).write() for kind in (0, 10, 0x7F))
    with Raw(target, hello=unknown + HELLO + unknown) as raw:
        raw.assert_lives(1)
        raw.send(unknown)
        raw.assert_lives(3)


CUT = {
    "critical type": (Frame(0x80, 0, 0, b""), ConnectionCode.PROTOCOL),
    "last critical type": (Frame(0xFF, 0, 1, b""), ConnectionCode.PROTOCOL),
    "second HELLO": (HELLO, ConnectionCode.HELLO),
    "HELLO on a stream": (Frame(FrameType.HELLO, 0, 1, SETTING + b"\0\0"), ConnectionCode.PROTOCOL),
    "unknown flag of PING": (Frame(FrameType.PING, 2, 0, bytes(8)), ConnectionCode.PROTOCOL),
    "unknown flag of DATA": (Frame(FrameType.DATA, 5, 1, b""), ConnectionCode.PROTOCOL),
    "unknown flag of CALL": (Frame(FrameType.CALL, 8, 3, wire.write_call_head(wire.CallHead(EMPTY))), ConnectionCode.PROTOCOL),
    "unknown flag of RESET": (Frame(FrameType.RESET, 1, 1, u32(1)), ConnectionCode.PROTOCOL),
    "PING on a stream": (Frame(FrameType.PING, 0, 1, bytes(8)), ConnectionCode.PROTOCOL),
    "PING of 7 bytes": (Frame(FrameType.PING, 0, 0, bytes(7)), ConnectionCode.FRAME_SIZE),
    "PING of 9 bytes": (Frame(FrameType.PING, 0, 0, bytes(9)), ConnectionCode.FRAME_SIZE),
    "RESET of 3 bytes": (Frame(FrameType.RESET, 0, 1, bytes(3)), ConnectionCode.FRAME_SIZE),
    "CREDIT of 5 bytes": (Frame(FrameType.CREDIT, 0, 0, bytes(5)), ConnectionCode.FRAME_SIZE),
    "CALL of 1 byte": (Frame(FrameType.CALL, 0, 3, bytes(1)), ConnectionCode.FRAME_SIZE),
    "GOAWAY of 9 bytes": (Frame(FrameType.GOAWAY, 0, 0, bytes(9)), ConnectionCode.FRAME_SIZE),
    "GOAWAY of 1,025 bytes": (Frame(FrameType.GOAWAY, 0, 0, bytes(1_025)), ConnectionCode.FRAME_SIZE),
    "GOAWAY on a stream": (Frame(FrameType.GOAWAY, 0, 1, bytes(10)), ConnectionCode.PROTOCOL),
    "HEADERS from a client": (Frame(FrameType.HEADERS, 0, 1, b"\0\0"), ConnectionCode.PROTOCOL),
    "STATUS from a client": (Frame(FrameType.STATUS, 0, 1, wire.write_status_head(wire.StatusHead())), ConnectionCode.PROTOCOL),
    "DATA that says nothing": (Frame(FrameType.DATA, 0, 1, b""), ConnectionCode.PROTOCOL),
    "a head longer than the frame": (Frame(FrameType.CALL, 0, 3, b"\x00\x10" + bytes(8)), ConnectionCode.PROTOCOL),
    "a head without a path": (Frame(FrameType.CALL, 0, 3, b"\x00\x0d" + bytes(13)), ConnectionCode.PROTOCOL),
    "a trace of 24 bytes": (
        Frame(FrameType.CALL, 0, 3, b"\x00\x28" + bytes(8) + b"\x03a/b\x00\x18" + bytes(24) + b"\0\0"), ConnectionCode.PROTOCOL),
    "a path of two bytes": (
        Frame(FrameType.CALL, 3, 3, b"\x00\x0f" + bytes(8) + b"\x02a/\x00\x00\0\0"), ConnectionCode.PROTOCOL),
}


@pytest.mark.parametrize("name", CUT)
def test_case21_frames_that_end_the_connection(target, name):
    frame, code = CUT[name]
    with Raw(target) as raw:
        raw.call(1, "FullDuplexCall", None, end=False)
        raw.send(frame)
        raw.assert_ended(code)


def test_case21_an_oversize_frame_ends_the_connection_as_soon_as_its_header_has_come(target):
    with Raw(target) as raw:
        header = Frame(FrameType.DATA, 0, 1, b"").write()
        raw.send((raw.server.frame_bytes + 1).to_bytes(4, "big") + header[4:])
        raw.assert_ended(ConnectionCode.FRAME_SIZE)


def test_case21_an_oversize_frame_of_an_unknown_type_too(target):
    with Raw(target) as raw:
        raw.send((raw.server.frame_bytes + 1).to_bytes(4, "big") + bytes([0x7F, 0, 0, 0, 0, 0]))
        raw.assert_ended(ConnectionCode.FRAME_SIZE)


def test_case21_the_largest_frame_passes(target):
    with Raw(target) as raw:
        raw.call(1, "StreamingInputCall", None, end=False)
        message = t.StreamingInputRequest(payload=t.Payload(body=bytes(raw.server.frame_bytes - 6))).SerializeToString()
        assert len(message) == raw.server.frame_bytes
        raw.data(1, message, end=True)
        assert raw.end_of(1).code == 0


def test_case21_ignored_flags(target):
    with Raw(target) as raw:
        payload = wire.write_call_head(wire.CallHead(EMPTY))
        raw.send(Frame(FrameType.CALL, 0xF3, 1, payload), Frame(FrameType.PING, 0xF0, 0, b"12345678"))
        answer = raw.next(FrameType.PING)
        assert (answer.payload, answer.flags) == (b"12345678", Flag.ACKNOWLEDGEMENT)


BAD_SERVERS = {
    "DATA before HELLO": ([Frame(FrameType.DATA, 1, 1, b"")], False, ConnectionCode.HELLO),
    "second HELLO": ([HELLO], True, ConnectionCode.HELLO),
    "CALL": ([Frame(FrameType.CALL, 3, 2, wire.write_call_head(wire.CallHead(EMPTY)))], True, ConnectionCode.PROTOCOL),
    "STREAM_END": ([Frame(FrameType.DATA, 2, 1, b"x")], True, ConnectionCode.PROTOCOL),
    "DATA that says nothing": ([Frame(FrameType.DATA, 0, 1, b"")], True, ConnectionCode.PROTOCOL),
    "a stream never opened": ([Frame(FrameType.DATA, 1, 3, b"x")], True, ConnectionCode.PROTOCOL),
    "an even stream": ([status(2)], True, ConnectionCode.PROTOCOL),
    "a message in a failure": ([status(1, b"x", code=5)], True, ConnectionCode.PROTOCOL),
    "an oversize frame": ([Frame(FrameType.DATA, 1, 1, bytes(16_385))], True, ConnectionCode.FRAME_SIZE),
    "a last id that rises": (
        [wire.write_goaway(Goaway(i, ConnectionCode.NONE, "")) for i in (1, 3)], True, ConnectionCode.PROTOCOL),
    "more than the connection's credit": (
        [Frame(FrameType.DATA, 0, 1, bytes(1_001))], True, ConnectionCode.FLOW_CONTROL),
}


@pytest.mark.parametrize("name", BAD_SERVERS)
def test_case21_the_client_ends_the_connection_of_a_server_that_breaks_the_rules(fake, name):
    sent, after_hello, code = BAD_SERVERS[name]
    answered = []

    def script(frames, number):
        if number > 1:
            return
        if after_hello:
            hello(frames)
            frame_of(frames, FrameType.CALL)
        frames.send(*sent)
        answered.append(wire.read_goaway(frame_of(frames, FrameType.GOAWAY).payload).code)

    client, _ = fake(script, wire.Settings(connection_credit=1_000))
    with pytest.raises(CallError) as caught:
        client.call(UNARY, [b""], timeout_seconds=PATIENCE_SECONDS).finished()
    assert caught.value.code == Code.UNAVAILABLE
    client.close()
    assert eventually(lambda: bool(answered)) and answered == [code]
