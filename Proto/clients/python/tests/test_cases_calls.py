"""Cases 1 to 14 of the protocol: calls, their messages, metadata, ends. Direct and through the gateway."""

from __future__ import annotations

import threading

import pytest
import testing_pb2 as t
from raw import SERVICE, FakeServer, Raw, frame_of, good_bye, status
from quality_month import CallError, Client, Code, wire
from quality_month.wire import Flag, Frame, FrameType, Reset

UNARY, INPUT, OUTPUT, DUPLEX = (
    f"{SERVICE}/{name}" for name in ("UnaryCall", "StreamingInputCall", "StreamingOutputCall", "FullDuplexCall"))


def body(count: int) -> t.Payload:
    return t.Payload(body=bytes(count))


def test_case01_a_message_of_no_bytes_arrives_as_a_message(client, target):
    assert client.unary_bytes(f"{SERVICE}/EmptyCall", t.Empty()) == b""
    with Raw(target) as raw:
        raw.call(1, "EmptyCall", b"")
        end, messages = raw.answer_of(1)
        assert end.code == 0 and messages == [b""]


def test_case02_large_unary(client):
    answer = client.unary(UNARY, t.SimpleRequest(response_bytes=314_159, payload=body(271_828)))
    assert len(answer.payload.body) == 314_159


def test_case03_client_stream(client):
    call = client.call(INPUT, requests=None)
    for count in (27_182, 8, 1_828, 45_904):
        call.send(t.StreamingInputRequest(payload=body(count)))
    call.finish()
    answer = t.StreamingInputResponse.FromString(call.one_response_bytes())
    assert answer.aggregated_payload_bytes == 74_922


def test_case04_server_stream_in_order(client):
    sizes = [31_415, 9, 2_653, 58_979]
    call = client.call(OUTPUT, [t.StreamingOutputRequest(response_bytes=sizes)])
    assert [len(r.payload.body) for r in call] == sizes


def test_case05_ping_pong(client):
    call = client.call(DUPLEX, requests=None)
    for asked, sent in ((31_415, 27_182), (9, 8), (2_653, 1_828), (58_979, 45_904)):
        call.send(t.StreamingOutputRequest(response_bytes=[asked], payload=body(sent)))
        assert len(call.receive().payload.body) == asked
    call.finish()
    assert call.receive() is None
    call.finished()


def test_case05_empty_bidirectional(client):
    assert list(client.call(DUPLEX, requests=[])) == []


def test_case06_metadata_come_back_in_order_text_and_binary(client):
    initial = [("x-echo-initial", "first"), ("x-echo-initial", "second value"), ("x-echo-initial", "")]
    trailing = [("x-echo-trailing-bin", b"\xab\xab\xab"), ("x-echo-trailing-bin", bytes(range(256)))]
    call = client.call(UNARY, [t.SimpleRequest(response_bytes=1)], metadata=initial + trailing)
    assert call.headers() == initial
    call.one_response_bytes()
    assert list(call.finished().metadata) == trailing


def test_case06_metadata_at_their_limits(target):
    block = [("x-echo-trailing-bin", bytes(100))] * 127
    with Raw(target) as raw:
        # 65 x 126 + 2 = 8,192 bytes
        raw.call(1, "UnaryCall", b"", metadata=(("a" * 3, "b" * 120),) * 65)
        assert raw.end_of(1).code == 0
        raw.call(3, "UnaryCall", b"", metadata=(("a", ""),) * 128)
        assert raw.end_of(3).code == 0
        # A head that the client's own writer would refuse to write.
        for stream, bad in (
            (5, b"\x00\x81" + b"\x01a\x00\x00" * 129),
            (7, b"\x00\x01\x01a" + (8_192).to_bytes(2, "big") + b"b" * 8_192),
            (9, b"\x00\x01\x01A\x00\x00"),
            (11, b"\x00\x01\x00\x00\x00"),
            (13, b"\x00\x01\x01a\x00\x01\x00"),
            (15, b"\x00\x01\x04-bin\x00\x01\xff"),
            (17, b"\x00\x02\x01a\x00\x00"),
            (19, b"\x00\x00\x00"),
            (21, b"\x00\x01\x41" + b"a" * 65 + b"\x00\x00"),
        ):
            head = wire.write_call_head(wire.CallHead(f"{SERVICE}/EmptyCall"))[2:-2] + bad
            raw.send(Frame(FrameType.CALL, 3, stream, len(head).to_bytes(2, "big") + head))
            end = raw.end_of(stream)
            assert (end.code, end.not_started) == (Code.INVALID_ARGUMENT, True), (stream, end)
        raw.assert_lives(23)
    assert len(block) == 127


@pytest.mark.parametrize("code", [2, 3, 5, 9, 16])
def test_case07_status_text_comes_back(client, code):
    text = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
    with pytest.raises(CallError) as caught:
        client.unary(UNARY, t.SimpleRequest(status_code=code, status_message=text))
    assert (caught.value.code, caught.value.text) == (code, text)


def test_case07_long_status_text_is_cut_at_a_character(client):
    with pytest.raises(CallError) as caught:
        client.unary(UNARY, t.SimpleRequest(status_code=2, status_message="质" * 1_000))
    assert caught.value.text == "质" * 682


def test_case08_unknown_method_and_unknown_service(client, target):
    with Raw(target) as raw:
        for stream, path in ((1, f"{SERVICE}/Nothing"), (3, "quality.testing.v1.NothingService/Nothing")):
            raw.call(stream, path)
            assert raw.end_of(stream).code == Code.UNIMPLEMENTED
        raw.assert_lives(5)


@pytest.mark.parametrize("path", ["quality.nothing.v1.NothingService/Nothing", "a/b", "noslash/"])
def test_case08_what_nobody_has_ends_the_call_and_not_the_connection(target, path):
    # The gateway does not tell strangers what there is: its policy grants no such method.
    denied = target.name == "gateway"
    with Raw(target) as raw:
        raw.call(1, path)
        assert raw.end_of(1).code == (Code.PERMISSION_DENIED if denied else Code.UNIMPLEMENTED)
        raw.assert_lives(3)


def test_case09_cancel_after_begin(client):
    call = client.call(UNARY, [t.SimpleRequest(delay_ms=60_000)])
    call.cancel()
    with pytest.raises(CallError) as caught:
        call.finished()
    assert caught.value.code == Code.CANCELLED
    client.unary(UNARY, t.SimpleRequest())


def test_case09_cancel_after_first_response_and_before_half_close(client):
    call = client.call(DUPLEX, requests=None)
    call.send(t.StreamingOutputRequest(response_bytes=[31_415]))
    assert call.receive() is not None
    call.cancel()
    with pytest.raises(CallError) as caught:
        call.finished()
    assert caught.value.code == Code.CANCELLED
    client.unary(UNARY, t.SimpleRequest())


def test_case09_cancelled_calls_give_their_places_back(target):
    """1,000 sleepers hold every place; when they are cancelled, a new one is served: the handlers have seen it."""
    with Raw(target) as raw:
        sleeper = t.SimpleRequest(delay_ms=600_000).SerializeToString()
        for stream in range(1, 2 * raw.server.calls, 2):
            raw.call(stream, "UnaryCall", sleeper)
        over = 2 * raw.server.calls + 1
        raw.call(over, "UnaryCall", sleeper)
        end = raw.end_of(over)
        assert (end.code, end.not_started) == (Code.RESOURCE_EXHAUSTED, True)
        for stream in range(1, 2 * raw.server.calls, 2):
            raw.reset(stream)
        raw.assert_lives_when_places_are_free(over + 2)


def test_case10_timeout_on_a_sleeping_server(client):
    with pytest.raises(CallError) as caught:
        client.unary(UNARY, t.SimpleRequest(delay_ms=60_000), timeout_seconds=0.001)
    assert caught.value.code == Code.DEADLINE_EXCEEDED


def test_case10_the_server_watches_the_deadline_too(target):
    with Raw(target) as raw:
        raw.call(1, "UnaryCall", t.SimpleRequest(delay_ms=60_000).SerializeToString(), timeout_us=1_000)
        end = raw.end_of(1)
        assert end == Reset.DEADLINE_EXCEEDED or end.code == Code.DEADLINE_EXCEEDED
        raw.call(3, timeout_us=0)
        end = raw.end_of(3)
        assert end == Reset.DEADLINE_EXCEEDED or end.code == Code.DEADLINE_EXCEEDED
        raw.assert_lives(5)


def test_case10_a_thousand_timeouts_leave_no_place_taken(target):
    with Raw(target) as raw:
        sleeper = t.SimpleRequest(delay_ms=60_000).SerializeToString()
        stream = 1
        # More than two thousand a second that end within ten milliseconds would count as a flood.
        for timeout_us in (1_000, 20_000, 20_000):
            waiting = set()
            for _ in range(raw.server.calls):
                raw.call(stream, "UnaryCall", sleeper, timeout_us=timeout_us)
                waiting.add(stream)
                stream += 2
            while waiting:
                frame = raw.next(FrameType.STATUS, FrameType.RESET)
                waiting.discard(frame.stream)
                if frame.type == FrameType.STATUS:
                    head = wire.read_status(frame.payload)[0]
                    assert head.code == Code.DEADLINE_EXCEEDED or head.not_started, head
        raw.assert_lives_when_places_are_free(stream)


def test_case11_the_deadline_only_shrinks(client):
    answer = client.unary(UNARY, t.SimpleRequest(), timeout_seconds=60)
    assert 0 < answer.remaining_us <= 60_000_000


def test_case11_no_deadline_stays_none(target):
    with Raw(target) as raw:
        raw.call(1, "UnaryCall", b"")
        _, messages = raw.answer_of(1)
        assert t.SimpleResponse.FromString(messages[0]).remaining_us == 0


def test_case12_unary_with_no_or_two_requests_is_unimplemented(target):
    with Raw(target) as raw:
        raw.call(1, "UnaryCall", message=None, end=True)
        assert raw.end_of(1).code == Code.UNIMPLEMENTED
        raw.call(3, "UnaryCall", b"", end=False)
        raw.data(3, b"", end=True)
        assert raw.end_of(3).code == Code.UNIMPLEMENTED
        raw.assert_lives(5)


@pytest.mark.parametrize("count", [0, 2])
def test_case12_ok_with_no_or_two_responses_is_unimplemented(suite, targets, count):
    def serve(frames, number):
        frames.send(wire.write_hello(wire.Settings()))
        stream = frame_of(frames, FrameType.CALL).stream
        frames.send(*[Frame(FrameType.DATA, Flag.MESSAGE_END, stream, b"")] * count, status(stream))
        frame_of(frames, FrameType.GOAWAY)

    with FakeServer(suite.identity("gateway"), serve) as server:
        with Client(server.address, str(targets["gateway"].identity)) as client, pytest.raises(CallError) as caught:
            client.unary(UNARY, t.SimpleRequest())
        assert caught.value.code == Code.UNIMPLEMENTED


def test_case13_a_message_at_the_limit_passes_and_one_byte_more_does_not(client):
    limit = 4_194_304
    empty = t.SimpleRequest(payload=body(limit - 100)).ByteSize() - (limit - 100)
    request = t.SimpleRequest(payload=body(limit - empty))
    assert request.ByteSize() == limit
    client.unary(UNARY, request)
    with pytest.raises(CallError) as caught:
        client.unary(UNARY, t.SimpleRequest(payload=body(limit - empty + 1)))
    assert caught.value.code == Code.RESOURCE_EXHAUSTED
    client.unary(UNARY, t.SimpleRequest())
    assert client._connection.machine.ended is None


def test_case13_a_response_at_the_limit_passes_and_one_byte_more_does_not(target):
    with Client(target.address, str(target.identity), wire.Settings(message_bytes=10_000), target.service) as client:
        call = client.call(OUTPUT, [t.StreamingOutputRequest(response_bytes=[10_000 - 6])])
        assert len(call.receive_bytes()) == 10_000
        call.finished()
        call = client.call(OUTPUT, [t.StreamingOutputRequest(response_bytes=[10_000 - 5])])
        with pytest.raises(CallError) as caught:
            call.receive()
        assert caught.value.code == Code.RESOURCE_EXHAUSTED
        client.unary(UNARY, t.SimpleRequest())


def test_case14_reset_after_the_head_within_and_after_data(target):
    with Raw(target) as raw:
        raw.call(1, "StreamingInputCall", None, end=False)
        raw.reset(1)
        raw.call(3, "StreamingInputCall", None, end=False)
        raw.data(3, b"\x0a\x05\x0a", message_end=False)
        raw.reset(3)
        raw.call(5, "StreamingInputCall", None, end=False)
        raw.data(5, b"")
        raw.reset(5)
        raw.reset(5)
        raw.assert_lives(7)


def test_case14_the_server_resets_after_the_head_within_and_after_data(suite, targets):
    def serve(frames, number):
        frames.send(wire.write_hello(wire.Settings()))
        for index in range(3):
            stream = frame_of(frames, FrameType.CALL).stream
            if index:
                frames.send(Frame(FrameType.DATA, Flag.MESSAGE_END if index == 2 else 0, stream, b"\x12"))
            frames.send(wire.write_reset(stream, Reset.INTERNAL))
        stream = frame_of(frames, FrameType.CALL).stream
        frames.send(status(stream, b""))
        frame_of(frames, FrameType.GOAWAY)
        good_bye(frames)

    with FakeServer(suite.identity("gateway"), serve) as server:
        with Client(server.address, str(targets["gateway"].identity)) as client:
            for _ in range(3):
                with pytest.raises(CallError) as caught:
                    client.call(UNARY, [t.SimpleRequest()]).finished()
                assert caught.value.code == Code.INTERNAL
            assert client.unary_bytes(UNARY, t.SimpleRequest()) == b""
        assert server.accepted == 1


def test_calls_of_many_threads_share_a_connection(client):
    failures = []

    def work():
        try:
            for _ in range(20):
                assert len(client.unary(UNARY, t.SimpleRequest(response_bytes=3_000)).payload.body) == 3_000
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
