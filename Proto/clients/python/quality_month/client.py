"""Calls: a Client keeps one connection to the gateway, opens the next when it must, and sends again what may be.

    with Client("gateway.example:7100", "identity") as client:
        answer = client.unary("quality.rpc.v1.HealthService/Check", health_pb2.CheckRequest())
"""

from __future__ import annotations

import dataclasses
import os
import random
import threading
import time
from collections.abc import Iterable, Iterator

from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.message import DecodeError, Message

from quality_month import wire
from quality_month.connection import CONNECT_SECONDS, Connection
from quality_month.identity import Identity
from quality_month.machine import Stream
from quality_month.retry import Backoff, Budget, may_send_again
from quality_month.status import CallError, Code, NotConnected
from quality_month.wire import Metadata, Reset

# Bytes of requests that may wait for credit before Call.send waits too.
MOST_PENDING_BYTES = 262_144


@dataclasses.dataclass(frozen=True)
class Method:
    """What the .proto file says about a method."""

    path: str
    request: type[Message] | None
    response: type[Message]
    client_streams: bool
    server_streams: bool
    idempotent: bool

    @classmethod
    def named(cls, path: str) -> "Method":
        """Looks up `package.Service/Method` among the message modules that have been imported."""
        service_name, _, name = path.partition("/")
        service = descriptor_pool.Default().FindServiceByName(service_name)
        method = service.methods_by_name[name]
        file = descriptor_pb2.FileDescriptorProto.FromString(service.file.serialized_pb)
        said = next(m for s in file.service if s.name == service.name for m in s.method if m.name == name)
        return cls(
            path, _message_class(method.input_type), _message_class(method.output_type), said.client_streaming,
            said.server_streaming, said.options.idempotency_level != descriptor_pb2.MethodOptions.IDEMPOTENCY_UNKNOWN)


def _message_class(descriptor) -> type[Message]:
    return descriptor._concrete_class


class Call:
    """One call in progress. `send` and `finish` for requests, iterate for responses, `cancel` to give it up.

    `finished` waits for the end and raises CallError unless it is OK. Responses may be read by one thread while
    another sends.
    """

    def __init__(self, connection: Connection, stream: Stream, method: Method):
        self._connection, self._stream, self.method = connection, stream, method

    def send(self, request: Message | bytes, last: bool = False) -> None:
        """Waits while too much waits for credit. Raises the call's error once that has ended it."""
        body = request if isinstance(request, bytes) else request.SerializeToString()
        with self._connection.changed:
            self._connection.changed.wait_for(
                lambda: self._stream.is_over or self._stream.pending_bytes <= MOST_PENDING_BYTES)
            if self._stream.is_over:
                if isinstance(self._stream.outcome, CallError):
                    raise self._stream.outcome
                return  # an early OK: the server wants no more
            self._stream.send(body, last)
            self._connection.wake()

    def finish(self) -> None:
        """No further request."""
        with self._connection.changed:
            self._stream.finish()
            self._connection.wake()

    def cancel(self) -> None:
        with self._connection.changed:
            self._connection.machine.reset(
                self._stream, Reset.CANCEL, CallError(Code.CANCELLED, "the caller gave the call up"))
            self._connection.wake()
            self._connection.changed.notify_all()

    def headers(self) -> Metadata:
        """The leading metadata, when the first response, or the end, has come."""
        stream = self._stream
        with self._connection.changed:
            self._connection.changed.wait_for(
                lambda: stream.headers is not None or stream.messages or stream.is_over)
            return list(stream.headers or [])

    def receive_bytes(self) -> bytes | None:
        """The next response, encoded; None after the last. Raises CallError when the call failed."""
        stream = self._stream
        with self._connection.changed:
            self._connection.changed.wait_for(lambda: stream.messages or stream.is_over)
            # A failure ends the call where it stands: what came before it and was not taken is void for "exactly one".
            message = self._connection.machine.take_message(stream)
            if message is not None:
                self._connection.wake()
                return message
            if isinstance(stream.outcome, CallError):
                raise stream.outcome
            return None

    def receive(self) -> Message | None:
        body = self.receive_bytes()
        if body is None:
            return None
        try:
            return self.method.response.FromString(body)
        except DecodeError as error:
            self.cancel()
            raise CallError(Code.INTERNAL, f"{self.method.path}: a response that is no message: {error}") from error

    def __iter__(self) -> Iterator[Message]:
        while (response := self.receive()) is not None:
            yield response

    def finished(self) -> wire.StatusHead:
        """Waits for the end: its trailing metadata are in the result. Raises CallError unless it is OK."""
        with self._connection.changed:
            self._connection.changed.wait_for(lambda: self._stream.is_over)
            if isinstance(self._stream.outcome, CallError):
                raise self._stream.outcome
            return self._stream.outcome

    def one_response_bytes(self) -> bytes:
        """For methods that answer once: the response when the call ended well. None or two of them is an error."""
        first = self.receive_bytes()
        self._check_one(first is None, "no response")
        second = self.receive_bytes()
        if second is not None:
            self.cancel()
        self._check_one(second is not None, "two responses")
        self.finished()
        return first

    def _check_one(self, wrong: bool, what: str) -> None:
        if wrong:
            raise CallError(Code.UNIMPLEMENTED, f"{self.method.path}: {what} where one is due")


class Client:
    """Thread-safe. `gateway` is HOST:PORT, `identity` a directory with cert.pem, key.pem and ca.pem."""

    def __init__(
        self, gateway: str, identity: str | Identity, settings: wire.Settings = wire.Settings(),
        service: str = "gateway", most_attempts: int = 5, backoff: Backoff | None = None,
    ):
        host, _, port = gateway.rpartition(":")
        if not host or not port.isdigit():
            raise ValueError(f"gateway {gateway!r}: HOST:PORT is wanted")
        self._host, self._port = host.strip("[]"), int(port)
        self._identity = identity if isinstance(identity, Identity) else Identity(identity)
        self._settings, self._service, self._most_attempts = settings, service, most_attempts
        self._backoff = backoff or Backoff(random.random)
        self._budget = Budget()
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._draining: list[Connection] = []
        self._closed = False

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            connections = [*self._draining, *([self._connection] if self._connection else [])]
        for connection in connections:
            connection.close()

    def call(
        self, path: str, requests: Iterable[Message] | None = (), timeout_seconds: float | None = None,
        metadata: Metadata = (), trace: bytes = b"", method: Method | None = None,
    ) -> Call:
        """Starts a call of any shape, once. With `requests=None` the caller sends with Call.send and Call.finish."""
        method = method or Method.named(path)
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        bodies = None if requests is None else [r if isinstance(r, bytes) else r.SerializeToString() for r in requests]
        return self._begin(method, bodies, deadline, tuple(metadata), trace)

    def unary(
        self, path: str, request: Message | bytes, timeout_seconds: float = 30.0, metadata: Metadata = (),
        trace: bytes = b"",
    ) -> Message:
        method = Method.named(path)
        body = self.unary_bytes(path, request, timeout_seconds, metadata, trace)
        try:
            return method.response.FromString(body)
        except DecodeError as error:
            raise CallError(Code.INTERNAL, f"{path}: a response that is no message: {error}") from error

    def unary_bytes(
        self, path: str, request: Message | bytes, timeout_seconds: float = 30.0, metadata: Metadata = (),
        trace: bytes = b"",
    ) -> bytes:
        """One request, one response (encoded), sent again where WIRE.md's "Sending again" allows it.

        One deadline holds over all attempts and the pauses between them.
        """
        method = Method.named(path)
        body = request if isinstance(request, bytes) else request.SerializeToString()
        deadline = time.monotonic() + timeout_seconds
        self._budget.called()
        freely_again, attempt, connects = True, 1, 0
        while True:
            try:
                return self._begin(method, [body], deadline, tuple(metadata), trace).one_response_bytes()
            except NotConnected:
                connects += 1
                pause = self._backoff.pause_seconds(connects)
                if time.monotonic() + pause >= deadline:
                    raise
            except CallError as error:
                pause = None
                if attempt < self._most_attempts:
                    pause = may_send_again(error, method.idempotent, freely_again, attempt, self._budget, self._backoff)
                if pause is None or time.monotonic() + pause >= deadline:
                    raise
                freely_again = freely_again and not error.not_started
                attempt, connects = attempt + 1, 0
            time.sleep(pause)

    def _begin(
        self, method: Method, bodies: list[bytes] | None, deadline: float | None, metadata: tuple, trace: bytes
    ) -> Call:
        connection = self._usable(deadline)
        head = wire.CallHead(method.path, None, metadata, trace)
        wire.write_call_head(head)  # complains here about what cannot be said, not in the connection's thread
        with connection.changed:
            stream = connection.machine.open(head, method.idempotent, deadline)
            for index, body in enumerate(bodies or []):
                stream.send(body, last=index == len(bodies) - 1)
            if bodies == []:
                stream.finish()
            connection.wake()
        return Call(connection, stream, method)

    def _usable(self, deadline: float | None) -> Connection:
        with self._lock:
            if self._closed:
                raise CallError(Code.UNAVAILABLE, "the client is closed", not_started=True)
            self._draining = [c for c in self._draining if c.machine.ended is None]
            if self._connection is not None and not self._connection.machine.takes_calls:
                if self._connection.machine.ended is None:
                    self._draining.append(self._connection)
                self._connection = None
            if self._connection is None:
                seconds = CONNECT_SECONDS if deadline is None else min(CONNECT_SECONDS, deadline - time.monotonic())
                if seconds <= 0:
                    raise CallError(Code.DEADLINE_EXCEEDED, "the timeout has passed", not_started=True)
                try:
                    connection = Connection(
                        self._host, self._port, self._identity, self._settings, self._service, seconds)
                    connection.wait_for_hello(seconds)
                except NotConnected as error:
                    if deadline is not None and time.monotonic() >= deadline:
                        raise CallError(Code.DEADLINE_EXCEEDED, f"not connected in time: {error.text}", True) from error
                    raise
                self._connection = connection
            return self._connection


def new_trace() -> bytes:
    """A new W3C trace context, sampled: trace id, span id, flags."""
    return os.urandom(24) + b"\x01"
