"""Report files (JSON, as in compose/samples/README.md) into messages, by the form that the registry publishes."""

from __future__ import annotations

import decimal
import hashlib
import json
import re
from pathlib import Path

from quality_month.messages import registry_pb2, submission_pb2, type_pb2

_REPORT_KEYS = {
    "note", "campaign", "form", "form_version", "reporting_unit", "base_version", "idempotency_key", "cells", "rows"}
_NUMBERS = (registry_pb2.FIELD_KIND_INTEGER, registry_pb2.FIELD_KIND_DECIMAL)
_VALUE_KEYS = {"value", "unit", "explanation", "not_applicable"}


class ReportError(Exception):
    """A report file that cannot be sent; the text names the file, the place and the remedy."""


def read(path: Path) -> list[dict]:
    """The reports in a file: one, or an array of them. Numbers keep every digit they have in the file."""
    try:
        content = json.loads(path.read_text("utf-8-sig"), parse_float=decimal.Decimal, object_pairs_hook=_no_repeats)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise ReportError(f"{path}: {error}") from error
    reports = content if isinstance(content, list) else [content]
    for report in reports:
        if not isinstance(report, dict):
            raise ReportError(f"{path}: a report is a JSON object")
        for key in report:
            if key not in _REPORT_KEYS:
                raise ReportError(f"{path}: {key!r} is no part of a report; remove it, or write it under \"note\"")
        for key, kind in (("campaign", str), ("form", str), ("reporting_unit", str), ("form_version", int)):
            if not isinstance(report.get(key), kind) or isinstance(report.get(key), bool):
                raise ReportError(f"{path}: {key!r} is missing or not {'text' if kind is str else 'a number'}")
    return reports


def _no_repeats(pairs):
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [key for key, _ in pairs]
        raise ValueError(f"{next(n for n in names if names.count(n) > 1)!r} stands twice in one object")
    return result


def push_request(report: dict, form: registry_pb2.FormDefinition) -> submission_pb2.PushRequest:
    """The request for a report, its values of the kinds that the form's fields have."""
    request = submission_pb2.PushRequest(base_version=report.get("base_version") or 0)
    out = request.report
    out.campaign, out.form, out.form_version = report["campaign"], report["form"], report["form_version"]
    out.reporting_unit = report["reporting_unit"]
    fields = {field.code: field for field in form.fields}
    out.cells.extend(_cells(report.get("cells") or {}, fields, "/cells"))
    tables = {table.code: table for table in form.tables}
    for code, rows in (report.get("rows") or {}).items():
        columns = {field.code: field for field in tables[code].fields} if code in tables else {}
        for row in rows:
            key = str(row.get("key", ""))
            cells = _cells(row.get("cells") or {}, columns, f"/rows/{code}/{key}")
            out.rows.append(type_pb2.Row(table=code, key=key, cells=cells))
    request.idempotency_key = report.get("idempotency_key") or _key_of(request)
    return request


def _key_of(request: submission_pb2.PushRequest) -> str:
    """The same content gives the same key, so that a file sent twice counts once."""
    return "content-" + hashlib.sha256(request.SerializeToString(deterministic=True)).hexdigest()[:40]


def _cells(values: dict, fields: dict[str, registry_pb2.Field], place: str) -> list[type_pb2.Cell]:
    cells = []
    for code, value in values.items():
        kind = fields[code].kind if code in fields else None
        cell = _cell(code, value, kind, f"{place}/{code}")
        if cell is not None:
            cells.append(cell)
    return cells


def _cell(code: str, value, kind: int | None, place: str) -> type_pb2.Cell | None:
    cell = type_pb2.Cell(field=code)
    if isinstance(value, dict):
        for key in value:
            if key not in _VALUE_KEYS:
                raise ReportError(f"{place}: {key!r} is none of value, unit, explanation, not_applicable")
        cell.unit, cell.explanation = value.get("unit") or "", value.get("explanation") or ""
        if value.get("not_applicable"):
            cell.not_applicable = True
            return cell
        value = value.get("value")
    if value is None:
        return cell if cell.explanation else None
    if isinstance(value, bool):
        cell.flag = value
    elif isinstance(value, int) and kind != registry_pb2.FIELD_KIND_DECIMAL:
        cell.integer = value
    elif isinstance(value, (int, decimal.Decimal)):
        cell.decimal.CopyFrom(_decimal(value, place))
    elif isinstance(value, str) and kind in _NUMBERS and re.fullmatch(r"-?\d{1,18}(\.\d+)?", value):
        # Digits in quotes, for systems whose JSON writer would make a binary floating point number of them.
        if kind == registry_pb2.FIELD_KIND_INTEGER and "." not in value:
            cell.integer = int(value)
        else:
            cell.decimal.CopyFrom(_decimal(decimal.Decimal(value), place))
    elif isinstance(value, str):
        date = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", value) if kind == registry_pb2.FIELD_KIND_DATE else None
        if date:
            cell.date.CopyFrom(type_pb2.Date(year=int(date[1]), month=int(date[2]), day=int(date[3])))
        else:
            cell.text = value
    else:
        raise ReportError(f"{place}: a list is no value")
    return cell


def _decimal(value: int | decimal.Decimal, place: str) -> type_pb2.Decimal:
    sign, digits, exponent = decimal.Decimal(value).as_tuple()
    unscaled = int("".join(map(str, digits)) or "0") * (-1 if sign else 1)
    if exponent > 0:
        unscaled, exponent = unscaled * 10**exponent, 0
    if -exponent > 9 or not -(2**63) <= unscaled < 2**63:
        raise ReportError(f"{place}: {value} has more than 9 digits after the point, or more than 18 in all")
    return type_pb2.Decimal(unscaled_value=unscaled, scale=-exponent)
