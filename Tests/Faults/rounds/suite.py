"""The five programs, each of which can be killed and started by itself."""

import os
import random
import re
import signal
import socket
import subprocess
import time

from stranger.suite import CRASH, PROGRAMS, Installation, SuiteError

START_SECONDS = 60
# Nobody waits longer than this before dialling again, 20 % more or less: so a round is short.
LONGEST_PAUSE_SECONDS = 1
# Directory of the certificate, organisation, role.
ORGANISATIONS = (
    ("publisher", "province", "publisher"), ("reporter", "province", "reporter"), ("viewer", "province", "viewer"),
    ("unit", "unit-00", "reporter"),
)


def free_ports():
    """The first of the five ports for calls, with those for figures a thousand above, which nobody has now. Below those
    that the system gives to whoever dials, and below those of the tests in Swift."""
    while True:
        first = random.SystemRandom().randrange(10_000, 17_000, 10)
        try:
            for port in range(first, first + len(PROGRAMS)):
                for listening in (port, port + 1000):
                    with socket.socket() as probe:
                        probe.bind(("127.0.0.1", listening))
            return first
        except OSError:
            continue


class Processes(Installation):
    """What runs, and what was killed."""

    def __init__(self, executables, port, engine, settings, sabotage):
        """`settings`: KEY=VALUE of the services. `sabotage` is asked at each kill."""
        self._settings, self._sabotage = settings, sabotage
        self.also_stop = engine.also_stop
        super().__init__(executables, port, "quality-kill-rounds.", ORGANISATIONS)
        self.engine = engine(self.state)
        self.engine.prepare()
        self._running = {}
        self._logs_read = {name: 0 for name in PROGRAMS}
        for name in PROGRAMS:
            self._configure(name)

    @property
    def victims(self):
        return PROGRAMS + self.engine.servers

    @property
    def gateway(self):
        return f"127.0.0.1:{self.port}"

    def _configure(self, name):
        path = self.state / f"{name}.yaml"
        text = path.read_text() + f"dial: {{longestPauseSeconds: {LONGEST_PAUSE_SECONDS}}}\n"
        key = f", signingKey: {self.state}/{name}.key" if name in ("registry", "submission") else ""
        store = f"store: {{{self.engine.store(name)}{key}}}" if name != "gateway" else ""
        # suite_configure writes its file again at the end.
        (self.state / f"{name}.kill.yaml").write_text(re.sub("^store: .*$", store, text, flags=re.M))

    def start(self, name):
        """Starts one and waits for nothing."""
        if name in self.engine.servers:
            return self.engine.start(name)
        ready = self.state / f"{name}.ready"
        ready.unlink(missing_ok=True)
        command = [
            self.executables / f"qm-{name}", "--config", self.state / f"{name}.kill.yaml", "--ready-file", ready]
        if name != "gateway":
            command += [word for setting in self._settings for word in ("--set", setting)]
        environment = {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=512", **os.environ, **self.engine.environment(name)}
        with open(self.state / f"{name}.log", "ab") as log:
            process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self._running[name] = process
        (self.state / f"{name}.pid").write_text(str(process.pid))

    def wait(self):
        """Until all answer."""
        for name in self.engine.servers:
            self.engine.wait(name)
        end = time.monotonic() + START_SECONDS
        for name in PROGRAMS:
            while not self._is_ready(name):
                process = self._running[name]
                if process.poll() is not None:
                    self._ended_early(name, process.returncode)
                    self.start(name)
                if time.monotonic() > end:
                    raise SuiteError(f"{name} does not answer in {START_SECONDS} s: {self.last_words(name)}")
                time.sleep(0.01)

    def _is_ready(self, name):
        try:
            return (self.state / f"{name}.ready").stat().st_size > 0
        except FileNotFoundError:
            return False

    def _ended_early(self, name, code):
        """One that starts while its database is down may give up: then it is started again, as a supervisor does."""
        if not self.engine.servers or self._is_ready(name):
            raise SuiteError(f"{name} has ended with {code}: {self.last_words(name)}")

    def kill(self, name, how, chance):
        """kill -9, and what becomes of its store. Returns the bytes lost."""
        if name in self.engine.servers:
            self.engine.kill(name)
            return 0
        process = self._running.pop(name)
        process.kill()
        code = process.wait()
        if code != -signal.SIGKILL:
            self._ended_early(name, code)
        lost = self.engine.died(name, how, chance)
        self._sabotage.maybe(name, self.state / f"{name}.db")
        return lost

    def last_words(self, name):
        return (self.state / f"{name}.log").read_text(errors="replace")[-2000:]

    def fault(self):
        """A sentence when one has ended without being killed, or tells of a crash."""
        for name, process in self._running.items():
            if process.poll() is not None:
                return f"{name} has ended with {process.returncode}: {self.last_words(name)}"
        for name in self.engine.servers:
            if sentence := self.engine.ended(name):
                return sentence
        for name in PROGRAMS:
            with open(self.state / f"{name}.log", errors="replace") as log:
                log.seek(self._logs_read[name])
                text = log.read()
                self._logs_read[name] = log.tell()
            if line := next((line for line in text.splitlines() if CRASH.search(line)), None):
                return f"{name}'s log tells of a crash: {line}"
        return None
