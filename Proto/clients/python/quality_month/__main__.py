"""The command: python -m quality_month push|verify|export|key."""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from pathlib import Path

from quality_month import receipts
from quality_month.client import Client
from quality_month.identity import IdentityError
from quality_month.push import MOST_ITEMS, Reporter, severity_name
from quality_month.reports import ReportError, push_request, read
from quality_month.status import CallError, Code

_TIMELINESS = {1: "on time (按时)", 2: "on time by extension (延期内)", 3: "late (迟报)"}


def main(arguments: list[str] | None = None) -> int:
    """Exit codes: 0 all well, 1 something was refused or does not verify, 2 wrong use, 3 no answer (try again)."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except CallError as error:
        _print_refusal(error.code, error.text, error.detail)
        if error.code is Code.UNAVAILABLE or error.code is Code.DEADLINE_EXCEEDED:
            print("no verdict: send the same file again, unchanged; it counts once (没有结论，请原样重发)", file=sys.stderr)
            return 3
        return 1
    except (ReportError, IdentityError, receipts.ReceiptError, ValueError, OSError) as error:
        print(f"quality_month: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="quality_month", description="Quality Month (质量月): reports in, receipts out.")
    commands = parser.add_subparsers(required=True)

    def connected(name: str, help: str, run) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=help)
        command.add_argument("--gateway", default=os.environ.get("QM_GATEWAY"), help="HOST:PORT (or QM_GATEWAY)")
        command.add_argument(
            "--identity", default=os.environ.get("QM_IDENTITY"),
            help="directory with cert.pem, key.pem, ca.pem (or QM_IDENTITY)")
        command.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS")
        command.set_defaults(run=run)
        return command

    push = connected("push", "send reports (JSON files)", _push)
    push.add_argument("files", nargs="+", type=Path, metavar="FILE")
    push.add_argument("--receipts", type=Path, default=Path("receipts"), help="where receipts go (default: receipts)")
    push.add_argument("--whole", action="store_true", help="all or none")
    key = connected("key", "fetch the public key that receipts verify against", _key)
    key.add_argument("--output", type=Path, help="file for it (default: standard output)")
    verify = commands.add_parser("verify", help="verify receipts, without any connection")
    verify.add_argument("files", nargs="+", type=Path, metavar="RECEIPT", help="NAME.receipt.json or NAME.tlog-proof")
    verify.add_argument("--key", type=Path, required=True, help="the file that `key` wrote, or one with a verifier key")
    verify.set_defaults(run=_verify)
    export = commands.add_parser("export", help="write NAME.tlog-proof beside each NAME.receipt.json, for other verifiers")
    export.add_argument("files", nargs="+", type=Path, metavar="RECEIPT")
    export.set_defaults(run=_export)
    return parser


def _reporter(options) -> tuple[Client, Reporter]:
    if not options.gateway or not options.identity:
        raise ValueError("--gateway HOST:PORT and --identity DIRECTORY are needed (or QM_GATEWAY and QM_IDENTITY)")
    client = Client(options.gateway, options.identity)
    return client, Reporter(client, options.timeout)


def _push(options) -> int:
    reports = [report for path in options.files for report in read(path)]
    if len(reports) > MOST_ITEMS:
        raise ValueError(f"{len(reports)} reports; at most {MOST_ITEMS} at once: send them in several commands")
    client, reporter = _reporter(options)
    refused = 0
    with client:
        requests = []
        for report in reports:
            requests.append(push_request(report, reporter.form(report["campaign"], report["form"])))
        if len(requests) == 1:
            outcomes = [reporter.push(requests[0])]
        else:
            outcomes = []
            for verdict in reporter.push_batch(requests, options.whole):
                outcomes.append(verdict.accepted if verdict.HasField("accepted") else verdict.refused)
        options.receipts.mkdir(parents=True, exist_ok=True)
        for request, outcome in zip(requests, outcomes, strict=True):
            name = f"{request.report.reporting_unit} {request.report.form}"
            if hasattr(outcome, "receipt"):
                _keep(name, outcome, options.receipts)
            else:
                refused += 1
                print(f"{name}: refused")
                _print_refusal(_code(outcome.code), outcome.message, outcome.detail)
    return 1 if refused else 0


def _code(number: int) -> Code:
    return Code(number) if number <= 16 else Code.UNKNOWN


def _keep(name: str, response, directory: Path) -> None:
    receipt = response.receipt
    path = directory / f"{receipt.campaign}.{receipt.form}.{receipt.reporting_unit}.v{receipt.report_version}.receipt.json"
    part = path.with_suffix(".part")
    part.write_text(receipts.to_json(receipt), encoding="utf-8")
    os.replace(part, path)
    again = ", accepted before" if response.repeated_push else ""
    print(f"{name}: accepted as version {receipt.report_version}, {_TIMELINESS.get(receipt.timeliness)}{again}: {path}")
    _print_findings(response.findings)


def _print_findings(findings) -> None:
    for finding in findings:
        print(f"  {severity_name(finding)} {finding.pointer} [{finding.rule}] {finding.message}")


def _print_refusal(code: Code, text: str, detail) -> None:
    print(f"  {code.name}: {text}")
    if detail is not None:
        _print_findings(detail.findings)


def _key(options) -> int:
    client, reporter = _reporter(options)
    with client:
        line = reporter.receipt_key().hex() + "\n"
    if options.output:
        options.output.write_text(line)
    else:
        print(line, end="")
    return 0


def _read_receipt(path: Path) -> bytes:
    text = path.read_bytes().decode()
    return receipts.from_tlog_proof(text) if path.suffix == ".tlog-proof" else receipts.from_json(text)


def _export(options) -> int:
    for path in options.files:
        proof = path.with_name(path.name.removesuffix(".json").removesuffix(".receipt") + ".tlog-proof")
        text = receipts.to_tlog_proof(receipts.decode(_read_receipt(path)))
        proof.write_bytes(text.encode())
        print(proof)
    return 0


def _verify(options) -> int:
    text = options.key.read_text("utf-8").strip()
    key = text if "+" in text else bytes.fromhex(text)
    wrong = 0
    for path in options.files:
        try:
            receipt = receipts.verify(_read_receipt(path), key)
        except (receipts.ReceiptError, UnicodeDecodeError) as error:
            wrong += 1
            print(f"{path}: does NOT verify: {error}")
            continue
        sealed = datetime.datetime.fromtimestamp(
            receipt.sealed_unix_us / 1_000_000, datetime.timezone(datetime.timedelta(hours=8)))
        print(
            f"{path}: verifies: {receipt.reporting_unit}, {receipt.campaign}, {receipt.form}, version "
            f"{receipt.report_version}, {_TIMELINESS[receipt.timeliness]}, sealed {sealed:%Y-%m-%d %H:%M:%S} +08:00, "
            f"content {receipt.digest.hex()}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
