"""The five programs, started and stopped for each trial, and what they say by themselves."""

import os
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

from rounds.suite import LONGEST_PAUSE_SECONDS
from stranger.suite import CRASH, PROGRAMS, ROOT, Installation, SuiteError

from .stores import PostgreSQL, SQLite

START_SECONDS, STOP_SECONDS, TOOL_SECONDS = 30, 30, 60
ORGANISATIONS = (
    ("publisher", "province", "publisher"), ("reporter", "province", "reporter"), ("viewer", "province", "viewer"))
LINE = re.compile(r'^time=(\S+) level=(\w+) .*?message=(?:"((?:[^"\\]|\\.)*)"|(\S+))(.*)$')


class Processes(Installation):
    # A disk that a trial made.
    also_stop = 'umount -l "$1/disk" 2>/dev/null || true'

    def __init__(self, executables, port):
        super().__init__(executables, port, "quality-store-trials.", ORGANISATIONS)
        self.store = (PostgreSQL if "QM_POSTGRES" in os.environ else SQLite)(self.state)
        self.gateway = f"127.0.0.1:{port}"
        self._running, self.began, self._log_began = {}, {}, {}
        self.clock_library = self._compile()

    def _compile(self):
        """The library for wrong clocks; None where it cannot be made."""
        compiler = shutil.which("clang") or shutil.which("cc")
        library, source = self.state / "wrongclock.so", ROOT / "Tests/Integration/Shim/wrongclock.c"
        command = [compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"]
        return library if compiler and subprocess.run(command, capture_output=True).returncode == 0 else None

    # Processes

    def start(self, names=PROGRAMS, environment=None, arguments=None):
        """Starts them and waits for nothing. The other two: by name of the program."""
        for name in names:
            configuration = self.state / f"{name}.trial.yaml"
            configuration.write_text((self.state / f"{name}.yaml").read_text()
                                     + f"dial: {{longestPauseSeconds: {LONGEST_PAUSE_SECONDS}}}\n")
            ready, log = self.state / f"{name}.ready", self.state / f"{name}.log"
            ready.unlink(missing_ok=True)
            self._log_began[name] = log.stat().st_size if log.exists() else 0
            command = [self.executables / f"qm-{name}", "--config", configuration, "--ready-file", ready]
            with open(log, "ab") as output:
                self.began[name] = time.time()
                self._running[name] = subprocess.Popen(
                    [*command, *(arguments or {}).get(name, ())], stdin=subprocess.DEVNULL, stdout=output,
                    stderr=output, env={**os.environ, **(environment or {}).get(name, {})}, start_new_session=True)
            (self.state / f"{name}.pid").write_text(str(self._running[name].pid))

    def is_ready(self, name):
        ready = self.state / f"{name}.ready"
        return ready.exists() and ready.stat().st_size > 0

    def has_ended(self, name):
        return self._running[name].poll() is not None

    def wait(self, names=PROGRAMS):
        """Until each answers or has ended. Returns those that have ended."""
        end = time.monotonic() + START_SECONDS
        while waiting := [name for name in names if not self.is_ready(name) and not self.has_ended(name)]:
            if time.monotonic() > end:
                raise SuiteError(f"{', '.join(waiting)}: neither ready nor ended in {START_SECONDS} s")
            time.sleep(0.005)
        return [name for name in names if self.has_ended(name)]

    def stop(self, how=signal.SIGTERM):
        """All of them, the gateway last."""
        for name in reversed(PROGRAMS):
            if name in self._running:
                self._running[name].send_signal(how)
        for name, process in self._running.items():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise SuiteError(f"{name} does not stop") from None
        self._running.clear()

    def close(self):
        """When all trials are over: nothing is left."""
        super().stop()

    # What they say

    def lines(self, name):
        """Of this start, in order: instant, level, text."""
        with open(self.state / f"{name}.log", errors="replace") as log:
            log.seek(self._log_began[name])
            for line in log:
                if found := LINE.match(line):
                    instant, level, quoted, word, rest = found.groups()
                    yield instant, level, f"{quoted or word}{rest}"

    def crash(self):
        for name in PROGRAMS:
            with open(self.state / f"{name}.log", errors="replace") as log:
                log.seek(self._log_began.get(name, 0))
                if line := next((line for line in log if CRASH.search(line)), None):
                    return f"{name}: {line.strip()}"
        return None

    def readiness(self, name):
        """What /readyz says: status and text."""
        url = f"http://127.0.0.1:{self.port + 1000 + PROGRAMS.index(name)}/readyz"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status, answer.read().decode().strip()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode().strip()
        except OSError as error:
            return 0, str(error)

    # Tools

    def qmctl(self, *arguments, identity="reporter"):
        """Exit code, and all that was printed."""
        return self._tool("qmctl", *arguments, QM_GATEWAY=self.gateway, QM_IDENTITY=self.identity(identity),
                          QM_TIMEOUT="10")

    def verify(self, service, place=None):
        head = self.store.head(service)
        given = ["--head-file", head] if head.exists() and not place else []
        return self._tool(f"qm-{service}", "store", "verify", place or self.store.place(service), *given)

    def _tool(self, program, *arguments, **environment):
        done = subprocess.run(
            [self.executables / program, *arguments], env={**os.environ, **environment}, capture_output=True, text=True,
            timeout=TOOL_SECONDS)
        return done.returncode, done.stdout + done.stderr
