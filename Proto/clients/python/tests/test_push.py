"""Reports pushed to the real services through the gateway, and their receipts verified without them."""

from __future__ import annotations

import json
import os
import subprocess
import uuid

import pytest
from conftest import REPOSITORY, executable
from quality_month import CallError, Client, Code, receipts
from quality_month.__main__ import main
from quality_month.push import Reporter, receipt_bytes
from quality_month.reports import ReportError, push_request, read

SAMPLES = REPOSITORY / "compose/samples"


@pytest.fixture
def arguments(suite, submission):
    return ["--gateway", f"127.0.0.1:{suite.ports['gateway']}", "--identity", str(suite.organisation("fujian"))]


@pytest.fixture
def reporter(suite, submission):
    with Client(f"127.0.0.1:{suite.ports['gateway']}", str(suite.organisation("fujian"))) as client:
        yield Reporter(client)


def test_push_verify_and_push_again(arguments, tmp_path, capsys):
    file = str(SAMPLES / "fujian-statistics.json")
    assert main(["push", file, *arguments, "--receipts", str(tmp_path / "a")]) == 0
    assert main(["push", file, *arguments, "--receipts", str(tmp_path / "b")]) == 0
    assert "accepted before" in capsys.readouterr().out
    names = sorted(p.name for p in (tmp_path / "a").iterdir())
    assert len(names) == len(read(SAMPLES / "fujian-statistics.json"))
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    key = tmp_path / "key.hex"
    assert main(["key", *arguments, "--output", str(key)]) == 0
    kept = [str(tmp_path / "a" / name) for name in names]
    assert main(["verify", *kept, "--key", str(key)]) == 0
    changed = tmp_path / "changed.receipt.json"
    changed.write_text((tmp_path / "a" / names[0]).read_text().replace('"report_version": 1', '"report_version": 2'))
    assert main(["verify", str(changed), "--key", str(key)]) == 1


def test_qmctl_and_this_client_send_the_same_and_verify_each_others_receipts(suite, arguments, tmp_path):
    """Both push the same file under the same keys: whoever is second gets the first one's receipts."""
    file, ours, theirs, key = SAMPLES / "fujian-statistics.json", tmp_path / "ours", tmp_path / "theirs", tmp_path / "key"
    environment = os.environ | {
        "QM_GATEWAY": f"127.0.0.1:{suite.ports['gateway']}", "QM_IDENTITY": str(suite.organisation("fujian"))}
    assert main(["push", str(file), *arguments, "--receipts", str(ours)]) == 0
    assert main(["key", *arguments, "--output", str(key)]) == 0
    qmctl = [executable("qmctl")]
    for command in (
        ["report", "push", file, "--receipts", theirs], ["receipt", "verify", ours, "--key", key],
        ["receipt", "verify", theirs, "--key", key],
    ):
        subprocess.run(qmctl + command, check=True, env=environment, stdout=subprocess.DEVNULL)
    assert main(["verify", *map(str, theirs.iterdir()), "--key", str(key)]) == 0
    for path in ours.iterdir():
        assert json.loads(path.read_text()) == json.loads((theirs / path.name).read_text())


@pytest.mark.parametrize("name", ["several-errors", "wrong-unit", "too-many-decimals", "unknown-field", "all-blank"])
def test_a_wrong_report_is_refused_with_all_findings(arguments, tmp_path, capsys, name):
    assert main(["push", str(SAMPLES / f"errors/{name}.json"), *arguments, "--receipts", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert "INVALID_ARGUMENT" in said and "强制性" in said
    assert list(tmp_path.iterdir()) == []


def test_several_errors_are_all_shown(reporter):
    report = read(SAMPLES / "errors/several-errors.json")[0]
    with pytest.raises(CallError) as caught:
        reporter.push(push_request(report, reporter.form(report["campaign"], report["form"])))
    detail = caught.value.detail
    assert caught.value.code is Code.INVALID_ARGUMENT and len(detail.findings) > 1
    assert detail.thing and detail.place and detail.remedy


@pytest.mark.parametrize("name", ["unknown-campaign", "unknown-unit", "unknown-form-version", "stale-base"])
def test_what_does_not_exist_or_fit_is_said(arguments, tmp_path, name):
    assert main(["push", str(SAMPLES / f"errors/{name}.json"), *arguments, "--receipts", str(tmp_path)]) == 1


def test_a_batch_has_a_verdict_an_item_and_shows_what_was_refused(arguments, tmp_path, capsys):
    good, bad = SAMPLES / "fujian-statistics.json", SAMPLES / "errors/wrong-unit.json"
    assert main(["push", str(good), str(bad), *arguments, "--receipts", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert said.count("accepted as version") == len(read(good)) and said.count("refused") == 1


def test_another_units_certificate_is_denied(suite, submission, tmp_path):
    code = main([
        "push", str(SAMPLES / "fujian-statistics.json"), "--gateway", f"127.0.0.1:{suite.ports['gateway']}", "--identity",
        str(suite.organisation("henan-zhengzhou")), "--receipts", str(tmp_path)])
    assert code == 1 and list(tmp_path.iterdir()) == []


def test_the_same_key_with_other_content_already_exists(reporter):
    report = read(SAMPLES / "fujian-statistics.json")[0]
    form = reporter.form(report["campaign"], report["form"])
    first = reporter.push(push_request(report, form))
    report["cells"]["theme"] = "别的主题"
    with pytest.raises(CallError) as caught:
        reporter.push(push_request(report, form))
    assert caught.value.code is Code.ALREADY_EXISTS
    report["idempotency_key"] = str(uuid.uuid4())
    with pytest.raises(CallError) as caught:
        reporter.push(push_request(report, form))
    assert caught.value.code is Code.ABORTED
    report["base_version"] = first.receipt.report_version
    second = reporter.push(push_request(report, form))
    assert second.receipt.report_version == first.receipt.report_version + 1
    assert receipts.verify(receipt_bytes(second), reporter.receipt_key()).digest == receipts.digest(
        push_request(report, form).report)


BAD_KEYS = [
    "with blank", " leading", "trailing ", "\u00a0no-break", "tab\there", "line\nend", "rub\x7fout", "short-7", "k" * 65,
    "中文中文中文"]
GOOD_KEYS = ["12345678", "k" * 64, "!\"#$%&'()*+,-./", ":;<=>?@[\\]^_`{|}~"]


@pytest.mark.parametrize("key", BAD_KEYS + GOOD_KEYS)
def test_this_client_and_the_service_take_and_refuse_the_same_keys(reporter, suite, key):
    report = read(SAMPLES / "fujian-statistics.json")[0] | {"form": "no-such-form", "idempotency_key": key}
    request = push_request(report, reporter.form(report["campaign"], report["form"]))
    assert request.idempotency_key == key
    method = "quality.submission.v1.SubmissionService/Push"
    with Client(f"127.0.0.1:{suite.ports['gateway']}", str(suite.organisation("fujian"))) as client:
        with pytest.raises(CallError) as caught:
            client.unary(method, request, 60.0)
    if key in GOOD_KEYS:
        # The service has looked beyond the key, and so does the client.
        assert caught.value.code is Code.NOT_FOUND
        with pytest.raises(CallError):
            reporter.push(request)
    else:
        assert caught.value.code is Code.INVALID_ARGUMENT and "8 to 64" in caught.value.text
        with pytest.raises(ValueError, match="8 to 64"):
            reporter.push(request)
        with pytest.raises(ValueError, match="8 to 64"):
            reporter.push_batch([request])


def test_without_a_gateway_there_is_no_verdict(suite, submission, tmp_path, capsys):
    code = main([
        "push", str(SAMPLES / "fujian-statistics.json"), "--gateway", "127.0.0.1:1", "--identity",
        str(suite.organisation("fujian")), "--receipts", str(tmp_path), "--timeout", "0.5"])
    assert code == 3 and "same file again" in capsys.readouterr().err


def test_bad_files_are_named(tmp_path):
    for content in ("{", "[1]", '{"campaign": 1}', '{"campaign": "a", "campaign": "b"}', '{"typo": 1}'):
        file = tmp_path / "x.json"
        file.write_text(content)
        with pytest.raises(ReportError, match="x.json"):
            read(file)
