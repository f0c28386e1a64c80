"""Where the services keep their stores, as somebody with access to the files or to the database server has them."""

import contextlib
import os
import shutil
import sqlite3
import subprocess

from stranger.suite import SuiteError

# What is no part of a store.
OTHER_FILES = (".log", ".yaml", ".pid", ".ready", ".lock", ".so")
NULL, COLUMN, ROW = "\x1d", "\x1f", "\x1e"


class SQLite:
    """A file a service."""

    name = "sqlite"

    def __init__(self, state):
        self._state = state

    def place(self, service):
        """What `store verify` is told."""
        return str(self._state / f"{service}.db")

    def key(self, service):
        return self._state / f"{service}.db.key"

    def wrap(self, service):
        return self._state / f"{service}.db.wrap"

    def head(self, service):
        return self._state / f"{service}.db.head"

    def keep(self, copy):
        """Copies all stores, whose programs do not run."""
        directory = self._state / copy
        directory.mkdir()
        for path in self._files():
            shutil.copy2(path, directory / path.name)

    def put_back(self, copy):
        """All stores as they were when they were kept, and nothing beside them."""
        for path in self._files():
            path.unlink()
        for path in (self._state / copy).iterdir():
            shutil.copy2(path, self._state / path.name)

    def put_back_one(self, service, copy, head=False):
        """One service's rows alone, and with `head` its head file."""
        for suffix in ("", "-wal", "-shm", *((".head",) if head else ())):
            path, kept = self._state / f"{service}.db{suffix}", self._state / copy / f"{service}.db{suffix}"
            path.unlink(missing_ok=True)
            if kept.exists():
                shutil.copy2(kept, path)

    def swap(self, one, other):
        for suffix in ("", "-wal", "-shm"):
            _swap(self._state / f"{one}.db{suffix}", self._state / f"{other}.db{suffix}")

    def query(self, service, sql):
        with contextlib.closing(sqlite3.connect(self.place(service))) as connection:
            return [tuple(None if one is None else str(one) for one in row) for row in connection.execute(sql)]

    def execute(self, service, sql):
        with contextlib.closing(sqlite3.connect(self.place(service))) as connection, connection:
            if connection.execute(sql).rowcount < 1:
                raise SuiteError(f"nothing is changed by {sql}")

    @staticmethod
    def hexadecimal(column):
        return f"hex({column})"

    @staticmethod
    def blob(digits):
        return f"x'{digits}'"

    def _files(self):
        return [one for one in self._state.iterdir() if one.is_file() and one.suffix not in OTHER_FILES
                and one.name.partition(".")[0] in ("registry", "submission", "statistics", "notification")]


class PostgreSQL(SQLite):
    """A database each for registry, submission and notification. Statistics has a file as ever; keys and heads too."""

    name = "postgres"
    databases = ("registry", "submission", "notification")

    def place(self, service):
        return os.environ["QM_POSTGRES"].replace("/postgres?", f"/quality_{service}?")

    def key(self, service):
        return self._state / f"{service}.key"

    def wrap(self, service):
        return self._state / f"{service}.key.wrap"

    def head(self, service):
        return next(iter(self._state.glob(f"{service}*.head")), self._state / f"{service}.key.head")

    def keep(self, copy):
        super().keep(copy)
        for service in self.databases:
            _psql("postgres", f"CREATE DATABASE kept_{service}_{copy} TEMPLATE quality_{service}")

    def put_back(self, copy):
        super().put_back(copy)
        for service in self.databases:
            self._put_back_database(service, copy)

    def put_back_one(self, service, copy, head=False):
        self._put_back_database(service, copy)
        if head:
            shutil.copy2(self._state / copy / self.head(service).name, self.head(service))

    def _put_back_database(self, service, copy):
        _psql("postgres", f"DROP DATABASE IF EXISTS quality_{service} WITH (FORCE)")
        _psql("postgres", f"CREATE DATABASE quality_{service} TEMPLATE kept_{service}_{copy}")

    def swap(self, one, other):
        for before, after in ((one, "between"), (other, one), ("between", other)):
            _psql("postgres", f"ALTER DATABASE quality_{before} RENAME TO quality_{after}")

    def query(self, service, sql):
        text = _psql(f"quality_{service}", sql)
        rows = text.split(ROW) if text else []
        return [tuple(None if one == NULL else one for one in row.split(COLUMN)) for row in rows]

    def execute(self, service, sql):
        _psql(f"quality_{service}", sql)

    @staticmethod
    def hexadecimal(column):
        return f"encode({column}, 'hex')"

    @staticmethod
    def blob(digits):
        return f"decode('{digits}', 'hex')"


def _psql(database, sql):
    command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-F", COLUMN, "-R", ROW, "-P", f"null={NULL}", "-d", database]
    done = subprocess.run([*command, "-c", sql], capture_output=True, text=True)
    if done.returncode != 0:
        raise SuiteError(f"{sql}: {done.stderr.strip()}")
    return done.stdout.removesuffix("\n")


def _swap(one, other):
    between = one.with_name("between")
    for before, after in ((one, between), (other, one), (between, other)):
        if before.exists():
            before.rename(after)
