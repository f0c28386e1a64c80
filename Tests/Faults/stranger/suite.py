"""The five programs as processes, as compose/up starts them, and what can be seen of them from outside."""

import os
import pathlib
import re
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
PROGRAMS = ("gateway", "registry", "submission", "statistics", "notification")
# What a program that was ended by its own fault leaves in its log.
CRASH = re.compile(r"Fatal error|Program crashed|\*\*\* Signal|Simultaneous accesses|Segmentation fault")
# Of the notice that the campaign comes with.
NOTICE_BYTES = 65_536
# Who there is: directory of the certificate, organisation, role.
ORGANISATIONS = (
    ("publisher", "province", "publisher"), ("city", "city", "reporter"), ("reader", "city", "viewer"),
    ("viewer", "stranger-1", "viewer"), ("reporter", "stranger-1", "reporter"), ("reviewer", "stranger-1", "reviewer"),
    ("reporter-2", "stranger-2", "reporter"), ("viewer-2", "stranger-2", "viewer"), ("watcher", "province", "viewer"),
    ("watcher-2", "province", "reviewer"),
)


class SuiteError(Exception):
    """The suite cannot be started: nothing was tried."""


class Program:
    """One process."""

    def __init__(self, name, port, state):
        self.name, self.port = name, port
        self.log = state / f"{name}.log"
        self.pid = int((state / f"{name}.pid").read_text())
        self.log_began = 0

    def lives(self):
        try:
            return os.path.basename(os.readlink(f"/proc/{self.pid}/exe")) == f"qm-{self.name}"
        except OSError:
            return False

    def memory_kb(self):
        return self._status("VmRSS")

    def peak_kb(self):
        return self._status("VmHWM")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def _status(self, key):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1])
        return 0

    def log_text(self):
        with open(self.log, errors="replace") as log:
            log.seek(self.log_began)
            return log.read()

    def crash(self):
        """The line of the log that tells of one."""
        return next((line for line in self.log_text().splitlines() if CRASH.search(line)), None)


class Installation:
    """A directory with certificates and configurations for the five; what runs there is stopped, and it is gone, when this
    process has ended, however it did."""

    # What else is to be stopped, in bash: $1 is the directory.
    also_stop = "true"

    def __init__(self, executables, port, prefix, organisations):
        missing = [name for name in ("qmctl", *(f"qm-{one}" for one in PROGRAMS)) if not (executables / name).exists()]
        if missing:
            raise SuiteError(f"{executables} lacks {', '.join(missing)}")
        self.state = pathlib.Path(tempfile.mkdtemp(prefix=prefix))
        self.executables, self.port = executables, port
        self._guard = self._stop_when_we_end()
        for directory, code, role in organisations:
            self._bash(f"suite_organisation {code} {role} {directory}")

    def identity(self, name):
        return str(self.state / "pki" / name)

    def _command(self, before, script):
        """`script` with what compose/suite.bash defines."""
        prepared = f'{before}; . compose/suite.bash; suite_configure "$1" "$2" "$3"; {script}'
        return ["bash", "-euc", prepared, "suite", str(self.state), str(self.executables), str(self.port)]

    def _bash(self, script):
        command = self._command("true", script)
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise SuiteError(done.stderr.strip())
        if done.stderr:
            print(done.stderr.strip(), flush=True)

    def _stop_when_we_end(self):
        """A process that sees the end of its input, and then stops the suite: also when this one was killed."""
        command = self._command(
            "trap '' INT TERM HUP; cat >/dev/null",
            f'suite_stop; {self.also_stop}; [ -e "$1/keep" ] || rm -rf "$1"')
        return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True)

    def keep(self):
        """Leaves the directory, with its logs, for whoever wants to know more."""
        (self.state / "keep").touch()

    def stop(self):
        self._guard.stdin.close()
        self._guard.wait()


class Suite(Installation):
    """The suite for strangers."""

    def __init__(self, executables, port):
        self.programs = {}
        super().__init__(executables, port, "quality-strangers.", ORGANISATIONS)
        self._foreign_authority()

    def _foreign_authority(self):
        """A certificate like a stranger's, of an authority that nobody trusts."""
        self._pki("init", "--domain", "quality.example")
        self._pki("issue", "--organisation", "stranger-1", "--role", "viewer", "--output", self.identity("foreign"))

    def _pki(self, verb, *arguments):
        command = [self.executables / "qmctl", "pki", verb, "--directory", self.state / "foreign", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def start(self):
        """Starts all five, again if they run."""
        self._bash("suite_stop; suite_start")
        self.programs = {name: Program(name, self.port + index, self.state) for index, name in enumerate(PROGRAMS)}
        for program in self.programs.values():
            program.log_began = os.path.getsize(program.log)
        self._publish()

    def _publish(self):
        """The campaign, which may be there already. Its notice is long, so that whoever asks for it gets much."""
        campaign = self.state / "campaign.yaml"
        text = (ROOT / "Tests/Faults/campaign.yaml").read_text()
        campaign.write_text(text.replace("LONG TEXT", "质量第一" * (NOTICE_BYTES // 12)))
        environment = dict(os.environ, QM_GATEWAY=f"127.0.0.1:{self.port}", QM_IDENTITY=self.identity("publisher"))
        command = [self.executables / "qmctl", "campaign", "publish", campaign]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise SuiteError(f"the campaign cannot be published: {done.stdout}{done.stderr}")

    # What is wrong

    def fault(self):
        """A sentence, when a process is not what it was."""
        for program in self.programs.values():
            if not program.lives():
                why = program.crash() or "its log does not say why"
                return f"{program.name} (process {program.pid}) has ended: {why}"
        return None

    def fault_soon(self):
        """The same of a process that is about to end: it writes its stack first, which takes a while."""
        end = time.monotonic() + 10
        while any(program.crash() for program in self.programs.values()) and time.monotonic() < end:
            if fault := self.fault():
                return fault
            time.sleep(0.1)
        return self.fault()

    def figures(self):
        return {name: (program.memory_kb(), program.descriptors()) for name, program in self.programs.items()}
