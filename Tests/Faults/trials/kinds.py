"""What is done to a store, by kind. The programs do not run then."""

import dataclasses
import os
import subprocess

from .truth import FORMS, REPORTING, SPARE

PAGE_BYTES = 4096
DAY_SECONDS = 86_400
DISK_MEBIBYTES = 8

# Of each table: the columns that say which row it is, and the others with what they hold.
LOG = {
    "log_entry": (("log_index",), {"sealed_unix_us": int, "kind": str, "statement": bytes, "body": bytes}),
    "log_group": (("first_index",), {
        "log_size": int, "frontier": bytes, "leaves": bytes, "checkpoint": str, "token": bytes}),
    "log_tile": (("tile_level", "tile_index"), {"hashes": bytes, "root": bytes}),
    "log_head": (("head_name",), {"log_size": int, "sealed_unix_us": int, "token": bytes}),
    "store_setting": (("name",), {"value": str}),
    "schema_version": (("component",), {"version": int}),
}
SUBMISSION = {
    "followed_log": (("source",), {"epoch": bytes, "frontier": bytes, "log_key": str, "checkpoint": str}),
    "report": (("campaign", "form", "reporting_unit"), {
        "version": int, "trail": bytes, "digest": bytes, "first_sealed_unix_us": int, "sealed_unix_us": int,
        "timeliness": "timeliness", "corrected_late": bool}),
    "accepted_push": (("reporting_unit", "idempotency_key"), {"log_index": int, "earlier": bytes, "personal": bytes}),
    "refused_push": (("reporting_unit", "idempotency_key"), {"digest": bytes, "code": int}),
    "personal_key": (("reporting_unit",), {"wrapped_by": bytes, "wrapped_key": bytes}),
    "personal_wrapping": (("name",), {"wrapped_by": bytes}),
    "registry_campaign": (("code",), {"body": bytes}),
    "registry_organisation": (("code",), {"body": bytes}),
}
REGISTRY = {
    "organisation": (("code",), {"name": str, "kind": str, "division_code": str, "reports_to": str}),
    "identity": (("organisation_code", "uri"), {"role": str}),
    "campaign": (("code",), {
        "title": str, "campaign_year": int, "published_unix_us": int, "log_index": int, "body": bytes}),
    "expected_reporter": (("campaign", "form", "organisation_code"), {}),
}
TABLES = {"submission": {**LOG, **SUBMISSION}, "registry": {**LOG, **REGISTRY}}


@dataclasses.dataclass
class Deed:
    """What a trial does before the programs start, and with what they start."""

    what: str
    service: str
    # The report that it concerns, if it does one.
    form: str | None = None
    unit: str | None = None
    # Which of its pushes.
    version: int | None = None
    # A deleted report is noticed when its entry is verified, and denied until then: README.md names it.
    is_known: bool = False
    environment: dict = dataclasses.field(default_factory=dict)
    arguments: tuple = ()
    # Where the store is, if it is not in its place.
    place: str | None = None
    # What is done when it runs, and when the trial is over.
    later: object = None
    undo: object = None


# Bytes


def bytes_in_pages(suite, truth, chance, turn):
    """Some bytes anywhere in the file."""
    service = chance.choice(("submission", "submission", "registry"))
    path, count = suite.store.place(service), chance.choice((1, 8, 64))
    with open(path, "r+b") as file:
        at = chance.randrange(os.fstat(file.fileno()).st_size - count)
        _change_at(file, at, count, chance)
    return Deed(f"{count} bytes at {at} of {service}.db", service)


def byte_of_content(suite, truth, chance, turn):
    """A byte of an entry's body or of a row, where its value lies in the file: nothing of the file's shape."""
    table, column = chance.choice((
        ("log_entry", "body"), ("log_entry", "statement"), ("report", "digest"), ("accepted_push", "personal"),
        ("registry_organisation", "body")))
    keys = TABLES["submission"][table][0]
    rows = [row for row in suite.store.query(
        "submission", f"SELECT {', '.join(keys)}, hex({column}) FROM {table} ORDER BY {', '.join(keys)}") if row[-1]]
    row = chance.choice(rows)
    value = bytes.fromhex(row[-1])
    with open(suite.store.place("submission"), "r+b") as file:
        at = file.read().find(value)
        if at < 0:
            # It lies on several pages.
            value = value[:16]
            file.seek(0)
            at = file.read().find(value)
        _change_at(file, at + chance.randrange(len(value)), 1, chance)
    return _of_row(Deed(f"a byte of {table}.{column} of {'/'.join(row[:-1])} in submission.db", "submission"),
                   truth, keys, row)


def page(suite, truth, chance, turn):
    """A whole page: zeroes, or another page's content."""
    service = chance.choice(("submission", "submission", "registry"))
    with open(suite.store.place(service), "r+b") as file:
        count = os.fstat(file.fileno()).st_size // PAGE_BYTES
        number = chance.randrange(1, count)
        file.seek(chance.randrange(1, count) * PAGE_BYTES)
        content = bytes(PAGE_BYTES) if turn % 2 == 0 else file.read(PAGE_BYTES)
        file.seek(number * PAGE_BYTES)
        file.write(content)
    return Deed(f"page {number} of {service}.db is {'zeroes' if turn % 2 == 0 else 'another page'}", service)


def _change_at(file, at, count, chance):
    file.seek(at)
    before = file.read(count)
    file.seek(at)
    file.write(bytes(one ^ chance.randrange(1, 256) for one in before))


# Rows


def rows(service, *tables):
    """A kind: changes, deletes or inserts a row of one of these tables, in turn."""
    def deed(suite, truth, chance, turn):
        name = service or chance.choice(("submission", "submission", "registry"))
        table = tables[turn // 3 % len(tables)] if len(tables) < 3 else chance.choice(tables)
        keys, columns = TABLES[name][table]
        column = chance.choice(sorted(columns)) if columns else keys[-1]
        found = _rows(suite, name, table, keys, columns)
        if not found:
            return None
        at = chance.randrange(len(found))
        if table == "log_entry" and turn % 2:
            at = len(found) - 1
        row = found[at]
        action = ("changed", "deleted", "inserted")[turn % 3]
        if table == "refused_push" and action == "changed":
            row = next((one for one in found if one[1].startswith("refused")), row)
        if action == "changed":
            what = _update(suite, chance, name, table, keys, columns, column, row)
        elif action == "deleted":
            suite.store.execute(name, f"DELETE FROM {table} WHERE {_where(keys, row)}")
            what = "deleted"
        else:
            what = _insert(suite, name, table, keys, columns, row, found)
        described = Deed(f"{name}'s {table} {'/'.join(map(str, row[:len(keys)]))}: {what}", name,
                         is_known=action == "deleted" and table == "report")
        return _of_row(described, truth, keys, row)
    return deed


def _rows(suite, service, table, keys, columns):
    wanted = [*keys, *(suite.store.hexadecimal(one) if kind is bytes else one for one, kind in columns.items())]
    order = ", ".join(f"{key} COLLATE \"C\"" if suite.store.name == "postgres" and key not in (
        "log_index", "first_index", "tile_level", "tile_index") else key for key in keys)
    return suite.store.query(service, f"SELECT {', '.join(wanted)} FROM {table} ORDER BY {order}")


def _where(keys, row):
    return " AND ".join(f"{key} = {_text(value)}" for key, value in zip(keys, row))


def _text(value):
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def _literal(suite, kind, value):
    if value is None:
        return "NULL"
    return suite.store.blob(value) if kind is bytes else _text(value) if kind is str else str(value)


def _update(suite, chance, service, table, keys, columns, column, row):
    if not columns:
        new, kind = row[len(keys) - 1] + "x", str
    else:
        kind, old = columns[column], row[len(keys) + list(columns).index(column)]
        new = _changed(chance, kind, old)
    sql = f"UPDATE {table} SET {column} = {_literal(suite, kind, new)} WHERE {_where(keys, row)}"
    suite.store.execute(service, sql)
    return f"{column} changed"


def _changed(chance, kind, old):
    if kind == "timeliness":
        return chance.choice([one for one in (1, 2, 3) if one != int(old)])
    if kind is bool:
        return 1 - int(old)
    if kind is int:
        return int(old) + chance.choice((-1, 1, 1000, -1000)) if old is not None else 1
    if kind is str:
        if not old:
            return "changed"
        at = chance.randrange(len(old))
        return old[:at] + ("7" if old[at] != "7" else "8") + old[at + 1:]
    if not old:
        return "00"
    value = bytearray.fromhex(old)
    value[chance.randrange(len(value))] ^= chance.randrange(1, 256)
    return value.hex()


def _insert(suite, service, table, keys, columns, row, found):
    """The same once more, as another row."""
    values = list(row)
    last = len(keys) - 1
    if keys[last] in ("log_index", "first_index", "tile_index"):
        values[last] = str(max(int(one[last]) for one in found) + 1)
    elif keys[last] == "reporting_unit":
        values[last] = SPARE[0] if table == "report" else SPARE[1] + "x"
    else:
        values[last] += "x"
    literals = [_text(value) for value in values[:len(keys)]]
    literals += [_literal(suite, kind, value) for kind, value in zip(columns.values(), values[len(keys):])]
    if table == "campaign":
        others = "title, campaign_year, issuer, published_unix_us, log_index, body"
        suite.store.execute(service, f"INSERT INTO campaign (code, {others}) SELECT {literals[0]}, {others} "
                            f"FROM campaign WHERE {_where(keys, row)}")
    else:
        suite.store.execute(
            service, f"INSERT INTO {table} ({', '.join([*keys, *columns])}) VALUES ({', '.join(literals)})")
    return f"inserted again as {values[last]}"


def _of_row(deed, truth, keys, row):
    named = dict(zip(keys, row))
    deed.unit = next((named[one] for one in ("reporting_unit", "organisation_code", "code")
                      if named.get(one) in REPORTING), None)
    deed.form = named.get("form")
    if "log_index" in named and deed.service == "submission":
        deed.form, deed.unit = truth.of_entry.get(int(named["log_index"]), (None, None))
    if deed.unit and named.get("idempotency_key", "").startswith(FORMS):
        deed.form, version = named["idempotency_key"].split("-")[0], named["idempotency_key"].split("-")[-1]
        deed.version = int(version)
    return deed


# Files and databases


def older_copy(suite, truth, chance, turn):
    """An earlier copy of the rows: with the head file of today, of that time, or without one."""
    service = ("submission", "submission", "registry")[turn // 3 % 3]
    head = ("today's head file", "its head file", "no head file")[turn % 3]
    suite.store.put_back_one(service, "earlier", head=head == "its head file")
    if head == "no head file":
        suite.store.head(service).unlink()
    return Deed(f"{service}'s store of an earlier day, with {head}", service)


def other_wal(suite, truth, chance, turn):
    """The WAL of another time beside the file."""
    service = ("submission", "registry")[turn % 2]
    _copy(suite, f"{service}.db-wal", "earlier")
    return Deed(f"an earlier WAL beside {service}.db", service)


def lost_wal(suite, truth, chance, turn):
    """Programs were killed, and their WAL is gone: what was in it was acknowledged."""
    suite.store.put_back("killed")
    service = ("submission", "registry")[turn % 2]
    wal = suite.state / f"{service}.db-wal"
    if turn // 2 % 2 == 0:
        wal.unlink()
        return Deed(f"{service}.db without its WAL", service)
    with open(wal, "r+b") as file:
        size = os.fstat(file.fileno()).st_size
        at = chance.randrange(size // 2, size)
        _change_at(file, at, 8, chance)
    return Deed(f"8 bytes at {at} of {service}.db-wal", service)


def _copy(suite, name, copy):
    (suite.state / name).write_bytes((suite.state / copy / name).read_bytes())
    (suite.state / name.replace("-wal", "-shm")).unlink(missing_ok=True)


def swapped(suite, truth, chance, turn):
    one, other = (("submission", "registry"), ("submission", "notification"), ("registry", "notification"))[turn % 3]
    suite.store.swap(one, other)
    return Deed(f"the stores of {one} and {other} swapped", one)


def key(suite, truth, chance, turn):
    """The key that signs, or the one that wraps: removed, another one, or damaged."""
    service = ("submission", "submission", "registry")[turn % 3]
    path = suite.store.wrap(service) if turn % 3 == 1 else suite.store.key(service)
    action = chance.choice(("removed", "another one", "damaged"))
    if action == "removed":
        path.unlink()
    elif action == "another one" and turn % 3 != 1:
        path.write_bytes(suite.store.key("registry" if service == "submission" else "submission").read_bytes())
    elif action == "another one":
        path.write_text("".join(chance.choices("0123456789abcdef", k=64)) + "\n")
    else:
        path.write_bytes(path.read_bytes()[:20])
    return Deed(f"{service}'s {'wrapping' if turn % 3 == 1 else 'signing'} key is {action}", service)


def head_file(suite, truth, chance, turn):
    service = chance.choice(("submission", "registry"))
    action = ("removed", "damaged", "of an earlier day", "cut")[turn % 4]
    path = suite.store.head(service)
    if action == "removed":
        path.unlink()
    elif action == "cut":
        os.truncate(path, chance.randrange(1, 40))
    elif action == "damaged":
        with open(path, "r+b") as file:
            _change_at(file, chance.randrange(60), 4, chance)
    else:
        path.write_bytes((suite.state / "earlier" / path.name).read_bytes())
    return Deed(f"{service}'s head file is {action}", service)


# Clocks and disks


def clock(suite, truth, chance, turn):
    """The service's machine has the wrong time from its start on, or from a moment after it."""
    if not suite.clock_library:
        return None
    service, file = chance.choice(("submission", "submission", "registry")), suite.state / "clock"
    days = chance.choice((60, 5, -2))

    def set_clock():
        file.with_suffix(".new").write_text(str(days * DAY_SECONDS))
        file.with_suffix(".new").rename(file)
    environment = {"LD_PRELOAD": str(suite.clock_library), "QM_WRONGCLOCK": str(file)}
    if turn % 2 == 0:
        set_clock()
    when = "from its start" if turn % 2 == 0 else "after a while"
    return Deed(f"{service}'s clock is off by {days} days {when}", service,
                environment={service: environment}, later=None if turn % 2 == 0 else set_clock,
                undo=lambda: file.unlink(missing_ok=True))


def disk(suite, truth, chance, turn):
    """The store is on a disk of its own, which is nearly full, full, or can only be read."""
    mounted = suite.state / "disk"
    mounted.mkdir(exist_ok=True)
    made = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEBIBYTES}m", "tmpfs", mounted]
    if os.geteuid() != 0 or subprocess.run(made, capture_output=True).returncode != 0:
        return None
    for path in suite.state.glob("submission.db*"):
        if path.suffix != ".lock":
            (mounted / path.name).write_bytes(path.read_bytes())
            os.chmod(mounted / path.name, 0o600)
    place, how = mounted / "submission.db", ("nearly full", "full", "read-only")[turn % 3]

    def fill():
        with open(mounted / "filler", "wb", buffering=0) as file:
            try:
                while file.write(bytes(PAGE_BYTES)):
                    pass
            except OSError:
                pass

    arguments = ["--store-path", str(place)]
    if how != "nearly full":
        arguments += ["--set", "store.reserveMebibytes=0"]
    if how == "read-only":
        subprocess.run(["mount", "-o", "remount,ro", mounted], check=True)
    return Deed(f"submission's disk is {how}", "submission", arguments=tuple(arguments), place=str(place),
                later=fill if how == "full" else None,
                undo=lambda: subprocess.run(["umount", "-l", mounted], check=True))


BOTH = {
    "journal entry": rows("submission", "log_entry"),
    "journal group": rows(None, "log_group"),
    "journal tile": rows("submission", "log_tile"),
    "journal head row": rows(None, "log_head"),
    "registry's journal": rows("registry", "log_entry"),
    "report row": rows("submission", "report"),
    "accepted push": rows("submission", "accepted_push"),
    "refused push": rows("submission", "refused_push"),
    "personal key": rows("submission", "personal_key", "personal_wrapping"),
    "registry in submission": rows("submission", "registry_campaign", "registry_organisation", "followed_log"),
    "registry's rows": rows("registry", "organisation", "campaign", "expected_reporter"),
    "setting": rows(None, "store_setting", "schema_version"),
    "older copy": older_copy,
    "swapped stores": swapped,
    "key file": key,
    "head file": head_file,
    "clock": clock,
}
KINDS = {
    "sqlite": {
        "bytes": bytes_in_pages, "byte of content": byte_of_content, "page": page, **BOTH, "other WAL": other_wal,
        "lost WAL": lost_wal, "disk": disk},
    "postgres": BOTH,
}


def drawn(engine, seed_chance, count):
    """So many kinds, each as often as the others, with how often each came before."""
    kinds, result, turns = list(KINDS[engine]), [], {}
    starts = {kind: seed_chance.randrange(12) for kind in kinds}
    while len(result) < count:
        seed_chance.shuffle(kinds)
        for kind in kinds:
            turns[kind] = turns.get(kind, starts[kind] - 1) + 1
            result.append((kind, turns[kind]))
    return result[:count]
