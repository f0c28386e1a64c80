"""One connection, seen from the client, without a socket: bytes go in, bytes come out, calls change their state.

Pure: time is a parameter, nothing waits and nothing is locked. `connection.py` gives it a socket, a thread and a lock.

Output is pulled: take_output makes the next frames when the socket has room for them, so that a RESET still takes back
what was not sent, and calls take turns a frame at a time.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from quality_month import wire
from quality_month.status import RESET_CODES, CallError, Code
from quality_month.wire import ConnectionCode, Flag, Frame, FrameType, Goaway, Reset, WireError

# Answers (PING, RESET, CREDIT) that may wait for a server that does not read; beyond it the connection ends.
LONGEST_CONTROL_BYTES = 1_048_576
# Messages that may wait for the application on one call; beyond it the call ends with RESOURCE_EXHAUSTED.
MOST_WAITING_MESSAGES = 4_096


class Window:
    """Credit to send with: what the peer's HELLO and CREDIT allow, less what was sent. May be negative."""

    def __init__(self, credit: int):
        self.credit = credit

    def add(self, increment: int) -> bool:
        """False for an increment of zero and for a sum outside of 32 bits: the peer's fault."""
        if increment == 0 or not wire.LOWEST_CREDIT <= self.credit + increment <= wire.HIGHEST_CREDIT:
            return False
        self.credit += increment
        return True


class Allowance:
    """Credit given to the peer: what it may still send, and what has been dealt with and not yet been given back."""

    def __init__(self, window: int):
        self.window = window
        self.left = window
        self._dealt_with = 0

    def arrived(self, count: int) -> bool:
        """False when the peer sent more than it had credit for."""
        self.left -= count
        return self.left >= 0

    def dealt_with(self, count: int) -> int:
        """The increment to send now: 0 while less than half of the window has been gathered."""
        self._dealt_with += count
        if self._dealt_with * 2 < self.window:
            return 0
        increment, self._dealt_with = self._dealt_with, 0
        self.left += increment
        return increment


@dataclass
class Stream:
    """One call. The application reads `messages`, `headers` and, when it is over, `outcome`."""

    head: wire.CallHead
    idempotent: bool
    deadline: float | None
    id: int = 0  # 0 until its CALL is made
    # Towards the server: messages as bytes, each with whether it is the last; the first may be partly sent.
    pending: deque[tuple[bytes, bool]] = field(default_factory=deque)
    pending_bytes: int = 0
    sent_of_first: int = 0
    finish_wanted: bool = False
    said_end: bool = False
    window: Window | None = None
    # From the server.
    headers: wire.Metadata | None = None
    messages: deque[tuple[bytes, int]] = field(default_factory=deque)  # message, bytes of it not credited yet
    part: bytearray = field(default_factory=bytearray)
    in_part: bool = False
    part_uncredited: int = 0
    bytes_came: bool = False
    allowance: Allowance | None = None
    outcome: CallError | wire.StatusHead | None = None

    @property
    def is_over(self) -> bool:
        return self.outcome is not None

    def send(self, message: bytes, last: bool) -> None:
        self.pending.append((message, last))
        self.pending_bytes += len(message)

    def finish(self) -> None:
        """No further message."""
        self.finish_wanted = True


class ClientMachine:
    def __init__(self, settings: wire.Settings = wire.Settings()):
        self.settings = settings
        self.server: wire.Settings | None = None  # its HELLO, once it has come
        self.goaway: Goaway | None = None  # the server's last one
        self.ended: CallError | None = None  # why the connection is over; calls of it have ended
        self.wants_close = False  # send what is left of the output, then close_notify
        self.pongs: deque[bytes] = deque(maxlen=16)
        self._reader = wire.FrameReader(settings.frame_bytes)
        self._control = bytearray(wire.write_hello(settings))
        self._waiting: deque[Stream] = deque()  # CALL not yet sent
        self._open: dict[int, Stream] = {}
        self._turns: deque[Stream] = deque()  # open calls, in the order of their turns to send
        self._next_id = 1
        self._window = Window(0)
        self._allowance = Allowance(settings.connection_credit)

    # For the application

    @property
    def takes_calls(self) -> bool:
        """False once another connection should be opened for the next call."""
        return self.ended is None and self.goaway is None and self._next_id <= wire.LAST_STREAM_ID and not self.wants_close

    @property
    def calls(self) -> int:
        return len(self._open) + len(self._waiting)

    def open(self, head: wire.CallHead, idempotent: bool, deadline: float | None) -> Stream:
        stream = Stream(head, idempotent, deadline)
        if not self.takes_calls:
            self._never_sent(stream, "the connection takes no more calls")
        else:
            self._waiting.append(stream)
        return stream

    def reset(self, stream: Stream, code: Reset, outcome: CallError) -> None:
        """Ends the call from this side. Does nothing to one that is over."""
        if stream.is_over:
            return
        if stream.id == 0:
            self._waiting.remove(stream)
            outcome.not_started = True
        else:
            self._add_control(wire.write_reset(stream.id, code))
        self._over(stream, outcome)

    def take_message(self, stream: Stream) -> bytes | None:
        """The next message that has come, and credit for it."""
        if not stream.messages:
            return None
        message, uncredited = stream.messages.popleft()
        if not stream.messages:
            # The one that is coming is being waited for now: see _take_bytes.
            uncredited, stream.part_uncredited = uncredited + stream.part_uncredited, 0
        self._credit_stream(stream, uncredited)
        return message

    def ping(self, eight: bytes) -> None:
        self._add_control(wire.write_ping(eight))

    def leave(self, text: str) -> None:
        """Close in good order: nothing of it is an error."""
        if self.ended is None and not self.wants_close:
            self._add_control(wire.write_goaway(Goaway(0, ConnectionCode.NONE, text)))
            self.wants_close = True

    def expire(self, now: float) -> float | None:
        """Ends calls whose deadline has passed. Returns the next deadline, if any."""
        following = None
        for stream in [*self._waiting, *self._open.values()]:
            if stream.deadline is None:
                continue
            if stream.deadline <= now:
                self.reset(stream, Reset.DEADLINE_EXCEEDED, CallError(Code.DEADLINE_EXCEEDED, "the timeout has passed"))
            elif following is None or stream.deadline < following:
                following = stream.deadline
        return following

    # For the socket

    def receive(self, data: bytes) -> None:
        if self.ended is not None:
            return
        try:
            self._reader.feed(data)
            while self.ended is None and (frame := self._reader.next()) is not None:
                self._take(frame)
        except WireError as error:
            self._fail(error)

    def lost(self, text: str) -> None:
        """The connection is gone: at the end of the server's bytes, or by an error of the socket."""
        self._end(text)

    def output_waits(self, now: float) -> bool:
        return bool(self._control) or self._may_open() or any(self._can_send(s) for s in self._turns)

    def take_output(self, now: float, most: int = 65_536) -> bytes:
        """Frames to write now, about `most` bytes of them."""
        out, self._control = self._control, bytearray()
        if self.server is None or self.ended is not None:
            return bytes(out)
        while len(out) < most and self._may_open():
            out += self._write_call(self._waiting.popleft(), now)
        idle = 0
        while len(out) < most and idle < len(self._turns):
            stream = self._turns.popleft()
            if stream.is_over or stream.said_end:
                continue
            frame = self._write_data(stream)
            self._turns.append(stream)
            idle = 0 if frame else idle + 1
            out += frame
        return bytes(out)

    # Frames out

    def _add_control(self, frame: bytes) -> None:
        self._control += frame
        if len(self._control) > LONGEST_CONTROL_BYTES:
            self._fail(WireError(ConnectionCode.EXCESSIVE_LOAD, "the server asks for answers and does not read them"))

    def _may_open(self) -> bool:
        return bool(self._waiting) and self.server is not None and self.goaway is None and (
            len(self._open) < self.server.calls) and self._next_id <= wire.LAST_STREAM_ID

    def _write_call(self, stream: Stream, now: float) -> bytes:
        stream.id = self._next_id
        self._next_id += 2
        stream.window = Window(self.server.stream_credit)
        stream.allowance = Allowance(self.settings.stream_credit)
        self._open[stream.id] = stream
        self._turns.append(stream)
        head = stream.head
        if stream.deadline is not None:
            left = max(0, int((stream.deadline - now) * 1_000_000))
            head = wire.CallHead(head.path, left, head.metadata, head.trace, head.caller)
        body = wire.write_call_head(head)
        chunk, flags = self._take_chunk(stream, self.server.frame_bytes - len(body))
        if stream.idempotent:
            flags |= Flag.IDEMPOTENT
        return Frame(FrameType.CALL, flags, stream.id, body + chunk).write()

    def _can_send(self, stream: Stream) -> bool:
        if stream.is_over or stream.said_end or stream.id == 0:
            return False
        if not stream.pending:
            return stream.finish_wanted
        return len(stream.pending[0][0]) == 0 or (stream.window.credit > 0 and self._window.credit > 0)

    def _write_data(self, stream: Stream) -> bytes:
        if not self._can_send(stream):
            return b""
        chunk, flags = self._take_chunk(stream, self.server.frame_bytes)
        return Frame(FrameType.DATA, flags, stream.id, chunk).write()

    def _take_chunk(self, stream: Stream, most: int) -> tuple[bytes, int]:
        """As many bytes of the first pending message as credit and the frame allow, and the flags that go with them."""
        chunk, flags = b"", 0
        if stream.pending:
            message, last = stream.pending[0]
            room = max(0, min(most, stream.window.credit, self._window.credit))
            chunk = message[stream.sent_of_first : stream.sent_of_first + room]
            stream.sent_of_first += len(chunk)
            stream.pending_bytes -= len(chunk)
            stream.window.credit -= len(chunk)
            self._window.credit -= len(chunk)
            if stream.sent_of_first == len(message):
                stream.pending.popleft()
                stream.sent_of_first = 0
                flags |= Flag.MESSAGE_END
                if last:
                    stream.finish_wanted = True
        if not stream.pending and stream.finish_wanted and not stream.said_end:
            stream.said_end = True
            flags |= Flag.STREAM_END
        return chunk, flags

    def _credit_stream(self, stream: Stream, count: int) -> None:
        if stream.is_over or not count:
            return
        increment = stream.allowance.dealt_with(count)
        if increment:
            self._add_control(wire.write_credit(stream.id, increment))

    # Frames in

    def _take(self, frame: Frame) -> None:
        kind = FrameType(frame.type)
        if self.server is None and kind not in (FrameType.HELLO, FrameType.GOAWAY):
            raise WireError(ConnectionCode.HELLO, f"{kind.name} before HELLO")
        if kind in (FrameType.HELLO, FrameType.PING, FrameType.GOAWAY):
            if frame.stream != 0:
                raise WireError(ConnectionCode.PROTOCOL, f"{kind.name} on stream {frame.stream}")
            self._take_of_connection(kind, frame)
        elif kind is FrameType.CALL:
            raise WireError(ConnectionCode.PROTOCOL, "CALL from a server")
        elif kind is FrameType.CREDIT and frame.stream == 0:
            if not self._window.add(wire.read_credit(frame.payload)):
                raise WireError(ConnectionCode.FLOW_CONTROL, "credit of zero, or too much, for the connection")
        elif frame.stream % 2 == 0 or frame.stream >= self._next_id:
            raise WireError(ConnectionCode.PROTOCOL, f"{kind.name} on stream {frame.stream}, which was never opened")
        else:
            self._take_of_stream(kind, frame, self._open.get(frame.stream))

    def _take_of_connection(self, kind: FrameType, frame: Frame) -> None:
        if kind is FrameType.HELLO:
            if self.server is not None:
                raise WireError(ConnectionCode.HELLO, "a second HELLO")
            self.server = wire.read_hello(frame.payload)
            self._window.credit = self.server.connection_credit
        elif kind is FrameType.PING:
            if frame.flags & Flag.ACKNOWLEDGEMENT:
                self.pongs.append(frame.payload)
            else:
                self._add_control(wire.write_ping(frame.payload, acknowledgement=True))
        else:
            self._take_goaway(wire.read_goaway(frame.payload))

    def _take_goaway(self, goaway: Goaway) -> None:
        if self.goaway is not None and goaway.last_stream > self.goaway.last_stream:
            raise WireError(ConnectionCode.PROTOCOL, "the last stream of a second GOAWAY is higher than the first one's")
        self.goaway = goaway
        while self._waiting:
            self._never_sent(self._waiting.popleft(), goaway.text)
        for stream in [s for s in self._open.values() if s.id > goaway.last_stream]:
            self._over(stream, CallError(Code.UNAVAILABLE, f"not started: {goaway.text}", not_started=True))
        if goaway.code is not ConnectionCode.NONE:
            self._end(f"{goaway.code.name}: {goaway.text}")
            self.wants_close = True
        self._close_when_done()

    def _take_of_stream(self, kind: FrameType, frame: Frame, stream: Stream | None) -> None:
        if kind is FrameType.DATA:
            if frame.flags & Flag.STREAM_END or not (frame.payload or frame.flags):
                raise WireError(ConnectionCode.PROTOCOL, "DATA that says nothing, or STREAM_END from a server")
            self._take_bytes(stream, frame.payload, bool(frame.flags & Flag.MESSAGE_END))
        elif kind is FrameType.STATUS:
            self._take_status(stream, frame)
        elif stream is None:
            return
        elif kind is FrameType.HEADERS:
            if stream.headers is not None or stream.bytes_came:
                self._break(stream, Reset.PROTOCOL, "HEADERS twice, or after the first message")
                return
            try:
                stream.headers = wire.read_metadata(frame.payload)
            except wire.MetadataError:
                stream.headers = []
        elif kind is FrameType.RESET:
            code = wire.read_reset(frame.payload)
            refused = code is Reset.REFUSED
            self._over(stream, CallError(RESET_CODES[code], f"the server reset the call: {code.name}", not_started=refused))
        elif kind is FrameType.CREDIT and not stream.window.add(wire.read_credit(frame.payload)):
            self._break(stream, Reset.FLOW_CONTROL, "credit of zero, or too much")

    def _take_bytes(self, stream: Stream | None, data: bytes, message_end: bool) -> None:
        """Message bytes, for a call or for one that is over."""
        if not self._allowance.arrived(len(data)):
            raise WireError(ConnectionCode.FLOW_CONTROL, "more bytes than the connection had credit for")
        # What waits is bounded by the windows of the calls, so the connection's is open again at once: one call that is
        # read slowly must not stop the others.
        increment = self._allowance.dealt_with(len(data))
        if increment:
            self._add_control(wire.write_credit(0, increment))
        if stream is None:
            return
        if not stream.allowance.arrived(len(data)):
            self._break(stream, Reset.FLOW_CONTROL, "more bytes than the call had credit for")
            return
        stream.bytes_came = True
        stream.in_part = True
        stream.part += data
        stream.part_uncredited += len(data)
        if len(stream.part) > self.settings.message_bytes:
            text = f"a response longer than {self.settings.message_bytes} bytes"
            self.reset(stream, Reset.CANCEL, CallError(Code.RESOURCE_EXHAUSTED, text))
            return
        if not stream.messages:
            # The application waits for this message, which may be longer than the window: credit as bytes arrive.
            self._credit_stream(stream, stream.part_uncredited)
            stream.part_uncredited = 0
        if message_end:
            stream.messages.append((bytes(stream.part), stream.part_uncredited))
            stream.part = bytearray()
            stream.in_part = False
            stream.part_uncredited = 0
            if len(stream.messages) > MOST_WAITING_MESSAGES:
                text = f"more than {MOST_WAITING_MESSAGES} responses that nobody takes"
                self.reset(stream, Reset.CANCEL, CallError(Code.RESOURCE_EXHAUSTED, text))

    def _take_status(self, stream: Stream | None, frame: Frame) -> None:
        head, message = wire.read_status(frame.payload)
        ends_message = bool(frame.flags & Flag.MESSAGE_END)
        if (ends_message and head.code != Code.OK) or (message and not ends_message):
            raise WireError(ConnectionCode.PROTOCOL, "a message in a STATUS that is not OK, or one without its end")
        if stream is None:
            self._take_bytes(None, message, False)
            return
        if head.code == Code.OK and stream.in_part:
            self._take_bytes(None, message, False)
            self._over(stream, CallError(Code.INTERNAL, "the server ended the call within a message"))
            return
        if ends_message:
            self._take_bytes(stream, message, True)
        self._over(stream, head if head.code == Code.OK else CallError(
            Code(head.code), head.text, head.not_started, head.pushback_ms, head.details, head.metadata))

    # Ends

    def _break(self, stream: Stream, code: Reset, text: str) -> None:
        self.reset(stream, code, CallError(Code.INTERNAL, f"the server broke the protocol: {text}"))

    def _over(self, stream: Stream, outcome: CallError | wire.StatusHead) -> None:
        if stream.is_over:
            return
        stream.outcome = outcome
        stream.pending.clear()
        stream.pending_bytes = 0
        stream.part = bytearray()
        self._open.pop(stream.id, None)
        self._close_when_done()

    def _never_sent(self, stream: Stream, why: str) -> None:
        stream.outcome = CallError(Code.UNAVAILABLE, f"not started: {why}", not_started=True)

    def _close_when_done(self) -> None:
        if self.goaway is not None and not self._open and self.goaway.last_stream != wire.UNDECIDED_STREAM_ID:
            self.wants_close = True

    def _fail(self, error: WireError) -> None:
        """The server broke the rules: say so, and end."""
        self._control = bytearray(wire.write_goaway(Goaway(0, error.code, error.text)))
        self.wants_close = True
        self._end(f"the server broke the protocol: {error.text}")

    def _end(self, text: str) -> None:
        if self.ended is not None:
            return
        self.ended = CallError(Code.UNAVAILABLE, text)
        while self._waiting:
            self._never_sent(self._waiting.popleft(), text)
        for stream in list(self._open.values()):
            self._over(stream, CallError(Code.UNAVAILABLE, f"maybe carried out: {text}"))
