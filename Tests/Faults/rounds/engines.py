"""Where the services keep what they acknowledge, and what a kill does to that."""

import glob
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import time

from stranger.suite import ROOT, SuiteError

from . import disk

STORES = ("registry", "submission", "statistics", "notification")
START_SECONDS = 60
# What a sync of SQLite's files takes beyond what it takes here: a kill falls between writing and syncing now and then.
SYNC_MICROSECONDS = 4_000


class SQLite:
    """A file a service. Each writes through a library that knows what was synced."""

    name = "sqlite"
    # What may be killed beside the five programs.
    servers = ()
    also_stop = "true"

    def __init__(self, state):
        self._state = state
        self._library = state / "powercut.so"

    def prepare(self):
        compiler = shutil.which("clang") or shutil.which("cc")
        if compiler is None:
            raise SuiteError("no C compiler: clang comes with Swift, cc with build-essential")
        source = ROOT / "Tests/Integration/Shim/powercut.c"
        command = [compiler, "-shared", "-fPIC", "-O1", "-o", self._library, source, "-ldl"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise SuiteError(f"{source}: {done.stderr}")

    def store(self, name):
        """The part `store` of a service's configuration."""
        return f"path: {self._database(name)}"

    def environment(self, name):
        if name not in STORES:
            return {}
        return {
            "LD_PRELOAD": str(self._library), "QM_POWERCUT_DATABASE": self._database(name),
            "QM_POWERCUT_SYNC_MICROSECONDS": str(SYNC_MICROSECONDS)}

    def died(self, name, how, chance):
        """A program was killed: leaves of its store what the disk has. Returns the bytes lost."""
        return disk.settle(self._database(name), how, chance) if name in STORES else 0

    def _database(self, name):
        return str(self._state / f"{name}.db")


class PostgreSQL:
    """A server of PostgreSQL with a database for each service but statistics, whose store can be built again and is a
    file as ever. The server is killed whole, and recovers from its own log."""

    name = "postgres"
    servers = ("postgresql",)
    services = ("registry", "submission", "notification")
    # A server that was killed leaves a segment of shared memory, which line 7 of its lock names.
    also_stop = (
        'lock=$1/postgresql/data/postmaster.pid; if [ -e "$lock" ]; then '
        'kill -QUIT "$(head -n 1 "$lock")" 2>/dev/null; '
        'suite_wait 20 "PostgreSQL does not stop" test ! -e "$lock" || '
        'ipcrm -m "$(sed -n "7s/.* //p" "$lock")" 2>/dev/null || true; fi')

    def __init__(self, state):
        self._files = SQLite(state)
        self._directory = state / "postgresql"
        self._data = self._directory / "data"
        self._process = None
        found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
        named = os.environ.get("QM_POSTGRES_BIN")
        if not found and not named:
            raise SuiteError("no initdb in /usr/lib/postgresql/*/bin: run compose/install-packages")
        newest = max(found, key=lambda path: int(path.split("/")[-3]), default=None)
        self._programs = pathlib.Path(named or os.path.dirname(newest))

    def prepare(self):
        self._files.prepare()
        state = self._directory.parent
        # The server's user passes through, and PostgreSQL's socket lies there.
        state.chmod(0o711)
        self._directory.mkdir()
        if owner := self._owner():
            os.chown(self._directory, owner.pw_uid, owner.pw_gid)
        self._run("initdb", "-D", self._data, "-U", "quality", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                  "--no-instructions")
        with open(self._data / "postgresql.conf", "a") as settings:
            settings.write(
                f"listen_addresses = ''\nunix_socket_directories = '{self._directory}'\nmax_connections = 60\n"
                # Files of the cluster, and no segments that stay behind when the server is killed.
                "dynamic_shared_memory_type = mmap\n"
                # After a kill the server syncs all files of the cluster; one by one that takes seconds.
                "recovery_init_sync_method = syncfs\n")
        self.start("postgresql")
        self.wait("postgresql")
        for name in self.services:
            self._run("createdb", "-h", self._directory, "-U", "quality", "-T", "template0", name)

    def store(self, name):
        if name not in self.services:
            return self._files.store(name)
        return f"url: 'postgresql://quality@/{name}?host={self._directory}'"

    def environment(self, name):
        return {} if name in self.services else self._files.environment(name)

    def died(self, name, how, chance):
        return 0 if name in self.services else self._files.died(name, how, chance)

    # The server

    def start(self, _):
        with open(self._directory / "log", "ab") as log:
            self._process = subprocess.Popen(
                [*self._as_owner(), self._programs / "postgres", "-D", self._data], cwd="/", stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True)

    def wait(self, name):
        """Until it takes connections. Those of a server that was killed have to end before another one may begin: then
        it is tried again."""
        end = time.monotonic() + START_SECONDS
        while not self._ready():
            if time.monotonic() > end:
                raise SuiteError(f"PostgreSQL does not start: {(self._directory / 'log').read_text()[-2000:]}")
            if self._process.poll() is not None:
                self.start(name)
            time.sleep(0.01)

    def kill(self, _):
        """All of the server's processes, the first one first, which can then start no others."""
        first = self._process.pid
        os.kill(first, signal.SIGSTOP)
        children = pathlib.Path(f"/proc/{first}/task/{first}/children").read_text().split()
        self._process.kill()
        self._process.wait()
        for child in children:
            try:
                os.kill(int(child), signal.SIGKILL)
            except ProcessLookupError:
                pass

    def ended(self, _):
        """A sentence when the server has ended by itself."""
        code = self._process.poll()
        return None if code is None else f"PostgreSQL ended with {code}"

    def _ready(self):
        """As pg_ctl has it: the server writes its number and its state there."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return bool(lines) and lines[0] == str(self._process.pid) and lines[-1].startswith("ready")

    @staticmethod
    def _owner():
        """PostgreSQL refuses to be root's."""
        if os.geteuid() != 0:
            return None
        try:
            return pwd.getpwnam("postgres")
        except KeyError:
            return pwd.getpwnam("nobody")

    def _as_owner(self):
        owner = self._owner()
        if owner is None:
            return []
        return ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups", "--"]

    def _run(self, program, *arguments):
        command = [*self._as_owner(), self._programs / program, *arguments]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"})
        if done.returncode != 0:
            raise SuiteError(f"{program}: {done.stderr}")


ENGINES = {engine.name: engine for engine in (SQLite, PostgreSQL)}
