"""A connection: a ClientMachine with a socket and a thread.

The thread alone touches the TLS socket (an SSL object belongs to one thread). Everybody else takes the lock, changes the
machine, and wakes the thread; who waits for something, waits on the condition, which is told after every change.
"""

from __future__ import annotations

import os
import select
import socket
import ssl
import threading
import time

from quality_month import wire
from quality_month.identity import Identity, IdentityError
from quality_month.machine import ClientMachine
from quality_month.status import CallError, Code, NotConnected

CONNECT_SECONDS = 10.0
# While calls are open: a PING after so long a silence, and the end when nothing comes for so long after it.
SILENCE_SECONDS = 30.0
ANSWER_SECONDS = 20.0
# What may be left to send, and the server's close_notify, after our own close.
CLOSE_SECONDS = 5.0


class Connection:
    """Open from the start; `close` ends it. Raises NotConnected when it cannot be opened."""

    def __init__(
        self, host: str, port: int, identity: Identity, settings: wire.Settings = wire.Settings(),
        service: str = "gateway", timeout_seconds: float = CONNECT_SECONDS,
    ):
        self.changed = threading.Condition()
        self.machine = ClientMachine(settings)
        self._wake_reads, self._wake_writes = os.pipe()
        os.set_blocking(self._wake_reads, False)
        os.set_blocking(self._wake_writes, False)
        try:
            self._socket = self._connect(host, port, identity, service, timeout_seconds)
        except BaseException:
            self._close_pipe()
            raise
        self._thread = threading.Thread(target=self._run, name=f"quality {host}:{port}", daemon=True)
        self._thread.start()

    def wait_for_hello(self, timeout_seconds: float = CONNECT_SECONDS) -> None:
        """Until the server's HELLO has come: only then is the connection a good one."""
        with self.changed:
            self.changed.wait_for(
                lambda: self.machine.server or self.machine.ended or self.machine.goaway, timeout_seconds)
            if self.machine.ended:
                raise NotConnected(self.machine.ended.text)
            if self.machine.server is None:
                text = self.machine.goaway.text if self.machine.goaway else "the server sends no HELLO"
                self.machine.lost(text)
                self.machine.wants_close = True
                self.wake()
                raise NotConnected(text)

    def close(self) -> None:
        with self.changed:
            self.machine.leave("the client is done")
            self.wake()
        if threading.current_thread() is not self._thread:
            self._thread.join(CLOSE_SECONDS + 1)

    def wake(self) -> None:
        """After a change of the machine: lets the thread send what there is now."""
        try:
            os.write(self._wake_writes, b"w")
        except (BlockingIOError, OSError):
            pass  # a wake is already waiting, or the thread has ended

    # Opening

    @staticmethod
    def _connect(host: str, port: int, identity: Identity, service: str, seconds: float) -> ssl.SSLSocket:
        plain = None
        try:
            plain = socket.create_connection((host, port), timeout=seconds)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            secured = identity.context().wrap_socket(plain, suppress_ragged_eofs=False)
            identity.check_server(secured, service)
            secured.setblocking(False)
            return secured
        except (IdentityError, ssl.SSLCertVerificationError) as error:
            if plain is not None:
                plain.close()
            raise CallError(Code.UNAUTHENTICATED, str(error), not_started=True) from error
        except (OSError, ssl.SSLError) as error:
            if plain is not None:
                plain.close()
            raise NotConnected(f"{host}:{port}: {error}") from error

    # The thread

    def _run(self) -> None:
        output = b""
        want_write = False  # TLS itself wants to write before it can read
        heard, pinged, closing_since = time.monotonic(), False, None
        try:
            while True:
                now = time.monotonic()
                with self.changed:
                    following = self.machine.expire(now)
                    if self.machine.calls and not pinged and now - heard >= SILENCE_SECONDS:
                        self.machine.ping(b"liveness")
                        pinged = True
                    if pinged and now - heard >= SILENCE_SECONDS + ANSWER_SECONDS:
                        self.machine.lost("nothing was heard from the server for too long")
                        return
                    if not output:
                        output = self.machine.take_output(now)
                    done = self.machine.wants_close and not output
                    self.changed.notify_all()
                if done:
                    return
                if self.machine.wants_close:
                    closing_since = closing_since or now
                    if now - closing_since > CLOSE_SECONDS:
                        return
                wait = 1.0 if following is None else max(0.0, min(1.0, following - now))
                pending = self._socket.pending() > 0
                readable, writable, _ = select.select(
                    [self._socket, self._wake_reads], [self._socket] if output or want_write else [],
                    [], 0 if pending else wait)
                if self._wake_reads in readable:
                    os.read(self._wake_reads, 4096)
                if output and writable:
                    output, want_write = self._write(output)
                if self._socket in readable or pending or (want_write and writable):
                    data, want_write = self._read()
                    if data:
                        heard, pinged = time.monotonic(), False
                        with self.changed:
                            self.machine.receive(data)
        except _Ended as ended:
            self._lost(str(ended))
        except (OSError, ssl.SSLError, ValueError) as error:
            self._lost(f"the connection failed: {error}")
        finally:
            self._lost("the connection is closed")
            self._shut_down()

    def _write(self, output: bytes) -> tuple[bytes, bool]:
        try:
            return output[self._socket.send(output) :], False
        except ssl.SSLWantWriteError:
            return output, False
        except ssl.SSLWantReadError:
            return output, False

    def _read(self) -> tuple[bytes, bool]:
        try:
            data = self._socket.recv(65_536)
        except ssl.SSLWantReadError:
            return b"", False
        except ssl.SSLWantWriteError:
            return b"", True
        except ssl.SSLEOFError:
            # Without close_notify: an attack or an accident, and never the good end of anything.
            raise _Ended("the connection was cut (no close_notify)") from None
        if not data:
            raise _Ended("the server closed the connection")
        return data, False

    def _lost(self, text: str) -> None:
        with self.changed:
            self.machine.lost(text)
            self.changed.notify_all()

    def _shut_down(self) -> None:
        try:
            self._socket.settimeout(CLOSE_SECONDS)
            self._socket.unwrap()  # our close_notify, then the server's
        except (OSError, ssl.SSLError, ValueError):
            pass
        self._socket.close()
        self._close_pipe()

    def _close_pipe(self) -> None:
        with self.changed:
            os.close(self._wake_reads)
            os.close(self._wake_writes)
            self._wake_writes = -1


class _Ended(Exception):
    """The server's bytes are at their end."""
