"""A connection that says what a test wants it to say, and a server that does: frames by hand over real TLS."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

from quality_month import wire
from quality_month.identity import Identity
from quality_month.wire import ConnectionCode, Flag, Frame, FrameType, Reset

# For all waits that are no question of time: so long that only a hang reaches it, on any machine.
PATIENCE_SECONDS = 300.0
SERVICE = "quality.testing.v1.TestService"


class Cut(Exception):
    """The end of the bytes without close_notify, or the socket's own error."""


class Frames:
    """Frames over a TLS socket, blocking, with a limit of time for each."""

    def __init__(self, secured: ssl.SSLSocket, longest: int = wire.LARGEST_FRAME_BYTES):
        self.socket = secured
        self.socket.settimeout(PATIENCE_SECONDS)
        self._reader = wire.FrameReader(longest)

    def send(self, *frames: bytes | Frame) -> None:
        self.socket.sendall(b"".join(f.write() if isinstance(f, Frame) else f for f in frames))

    def frame(self) -> Frame | None:
        """The next frame; None after close_notify. Raises Cut without one, TimeoutError when nothing comes."""
        while (frame := self._reader.next()) is None:
            try:
                data = self.socket.recv(65_536)
            except TimeoutError:
                raise
            except (ssl.SSLError, OSError) as error:
                raise Cut(str(error)) from error
            if not data:
                return None
            self._reader.feed(data)
        return frame

    def close(self) -> None:
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Raw(Frames):
    """A client. Sends HELLO and reads the server's unless told not to."""

    def __init__(self, target, settings: wire.Settings = wire.Settings(), hello: bytes | None = None, identity=None):
        context = Identity(identity or target.identity).context()
        plain = socket.create_connection(("127.0.0.1", target.port), timeout=PATIENCE_SECONDS)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().__init__(context.wrap_socket(plain, suppress_ragged_eofs=False))
        self.send(wire.write_hello(settings) if hello is None else hello)
        if hello is None:
            first = self.frame()
            assert first.type == FrameType.HELLO and first.stream == 0
            self.server = wire.read_hello(first.payload)

    def call(
        self, stream: int, method: str = "EmptyCall", message: bytes | None = b"", end: bool = True,
        message_end: bool = True, timeout_us: int | None = None, **head,
    ) -> None:
        path = method if "/" in method else f"{SERVICE}/{method}"
        flags = (Flag.STREAM_END if end else 0) | (Flag.MESSAGE_END if message is not None and message_end else 0)
        payload = wire.write_call_head(wire.CallHead(path, timeout_us, **head)) + (message or b"")
        self.send(Frame(FrameType.CALL, flags, stream, payload))

    def data(self, stream: int, data: bytes = b"", message_end: bool = True, end: bool = False) -> None:
        flags = (Flag.MESSAGE_END if message_end else 0) | (Flag.STREAM_END if end else 0)
        self.send(Frame(FrameType.DATA, flags, stream, data))

    def reset(self, stream: int, code: Reset = Reset.CANCEL) -> None:
        self.send(wire.write_reset(stream, code))

    def credit(self, stream: int, increment: int) -> None:
        self.send(wire.write_credit(stream, increment))

    def next(self, *kinds: FrameType, stream: int | None = None) -> Frame:
        """The next frame of these types (on that stream); others are passed over, PINGs answered."""
        while (frame := self.frame()) is not None:
            if frame.type == FrameType.PING and not frame.flags:
                self.send(wire.write_ping(frame.payload, acknowledgement=True))
            if frame.type in kinds and (stream is None or frame.stream == stream):
                return frame
        raise AssertionError(f"the connection was closed before {[k.name for k in kinds]}")

    def end_of(self, stream: int) -> wire.StatusHead | Reset:
        """What ends the call: its status, or the code of a RESET."""
        frame = self.next(FrameType.STATUS, FrameType.RESET, FrameType.GOAWAY)
        while frame.type != FrameType.GOAWAY and frame.stream != stream:
            frame = self.next(FrameType.STATUS, FrameType.RESET, FrameType.GOAWAY)
        if frame.type == FrameType.GOAWAY:
            raise AssertionError(f"GOAWAY: {wire.read_goaway(frame.payload)}")
        return wire.read_reset(frame.payload) if frame.type == FrameType.RESET else wire.read_status(frame.payload)[0]

    def answer_of(self, stream: int) -> tuple[wire.StatusHead | Reset, list[bytes]]:
        """The end of the call and its whole messages."""
        messages, part = [], b""
        while True:
            frame = self.next(FrameType.DATA, FrameType.STATUS, FrameType.RESET, FrameType.GOAWAY)
            if frame.type == FrameType.GOAWAY:
                raise AssertionError(f"GOAWAY: {wire.read_goaway(frame.payload)}")
            if frame.stream != stream:
                continue
            if frame.type == FrameType.RESET:
                return wire.read_reset(frame.payload), messages
            data, head = frame.payload, None
            if frame.type == FrameType.STATUS:
                head, data = wire.read_status(frame.payload)
            part += data
            if frame.flags & Flag.MESSAGE_END:
                messages.append(part)
                part = b""
            if head is not None:
                return head, messages

    def assert_lives(self, stream: int) -> None:
        """The connection still serves a call."""
        self.call(stream)
        status = self.end_of(stream)
        assert isinstance(status, wire.StatusHead) and status.code == 0, status

    def assert_lives_when_places_are_free(self, stream: int) -> None:
        """The same once handlers that are over have let go of their places: until then a call is refused, not started."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            self.call(stream)
            status = self.end_of(stream)
            if status.code == 0:
                return
            assert status.not_started and time.monotonic() < end, status
            stream += 2

    def assert_ended(self, *codes: ConnectionCode) -> wire.Goaway:
        """The server says GOAWAY with one of these codes, and then closes."""
        goaway = wire.read_goaway(self.next(FrameType.GOAWAY).payload)
        assert goaway.code in codes, goaway
        try:
            while self.frame() is not None:
                pass
        except Cut:
            pass  # what we had sent and it did not read makes TCP reset the connection
        return goaway


class FakeServer:
    """Accepts connections one after another and runs `script(frames, number)` on each. The script's errors are kept."""

    def __init__(self, identity: Path, script: Callable[[Frames, int], None]):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_3
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._context.load_verify_locations(identity / "ca.pem")
        self._context.load_cert_chain(identity / "cert.pem", identity / "key.pem")
        self._context.set_alpn_protocols([wire.ALPN])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        self._script, self.errors, self.accepted = script, [], 0
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=(plain, self.accepted), daemon=True).start()

    def _serve(self, plain: socket.socket, number: int) -> None:
        try:
            secured = self._context.wrap_socket(plain, server_side=True, suppress_ragged_eofs=False)
            self._script(Frames(secured), number)
        except Exception as error:  # a test looks at them
            self.errors.append(error)
        finally:
            plain.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()


def good_bye(frames: Frames) -> None:
    """close_notify, then wait for the other side's."""
    try:
        frames.socket.unwrap()
    except (OSError, ssl.SSLError):
        pass


def status(stream: int, message: bytes | None = None, **head) -> Frame:
    payload = wire.write_status_head(wire.StatusHead(**head)) + (message or b"")
    return Frame(FrameType.STATUS, Flag.MESSAGE_END if message is not None else 0, stream, payload)


def frame_of(frames: Frames, *kinds: FrameType) -> Frame:
    while (frame := frames.frame()) is not None:
        if frame.type in kinds:
            return frame
    raise AssertionError("the client has closed")


def eventually(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def u32(number: int) -> bytes:
    return struct.pack(">I", number)
