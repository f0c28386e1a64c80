"""What was acknowledged before anything was changed, and how it is asked for again."""

import collections
import random
import time

from quality_month import CallError, Client, Code, receipts
from quality_month.log import LogError
from quality_month.messages import notification_pb2, registry_pb2, statistics_pb2, submission_pb2, type_pb2
from quality_month.push import Reporter, receipt_bytes
from quality_month.retry import Backoff
from rounds import reports
from rounds.journals import Journal
from rounds.judge import STATISTICS
from rounds.senders import NOTIFICATION, REGISTRY, SUBMISSION
from stranger.suite import SuiteError

CAMPAIGN, IN_TIME, LATE = "trials", reports.FORM, "late"
FORMS = (IN_TIME, LATE)
# All but two report, so that a first report can be tried.
REPORTING, SPARE = reports.UNITS[:22], reports.UNITS[22:]
# So many times each form of each unit: more than the 256 entries that a hash tile has.
VERSIONS = 6
CALL_SECONDS, SETTLING_SECONDS = 3, 30
# What says that there is no answer now. All else is a statement, and has to be true.
NO_ANSWER = (Code.UNAVAILABLE, Code.DATA_LOSS, Code.INTERNAL, Code.UNKNOWN, Code.DEADLINE_EXCEEDED, Code.CANCELLED,
             Code.RESOURCE_EXHAUSTED)
PAST = type_pb2.Date(year=2026, month=1, day=31)

Accepted = collections.namedtuple("Accepted", "push receipt version")


def client(suite, identity):
    """One that asks once: an answer that comes later is another one."""
    return Client(suite.gateway, suite.identity(identity), most_attempts=1,
                  backoff=Backoff(random.random, first_seconds=0.05))


def publication():
    request = reports.publication(CAMPAIGN)
    late = request.campaign.forms.add()
    late.CopyFrom(request.campaign.forms[0])
    late.code, late.title, late.annex = LATE, "迟报表", "附件2"
    late.due_date.CopyFrom(PAST)
    request.campaign.begins_on.CopyFrom(type_pb2.Date(year=2026, month=1, day=1))
    return request


class Truth:
    """Made with the suite as it should be."""

    def __init__(self, suite, chance):
        self._suite, self._chance = suite, chance
        # By form and unit, every version of a report in order.
        self.accepted = collections.defaultdict(list)
        # By index in the journal: form and unit.
        self.of_entry = {}
        self.refused = None
        self.key = None
        # By name of a question: the answer's bytes.
        self.answers = {}
        self.ends = {}

    # Making it

    def publish(self):
        with client(self._suite, "publisher") as publisher:
            _patiently(lambda: publisher.unary(REGISTRY + "PublishCampaign", publication(), CALL_SECONDS))

    def register(self):
        """One organisation more, so that the registry's store is another one than before."""
        request = registry_pb2.RegisterOrganisationRequest(organisation=reports.organisation("extra"))
        with client(self._suite, "publisher") as publisher:
            _patiently(lambda: publisher.unary(REGISTRY + "RegisterOrganisation", request, CALL_SECONDS))

    def report(self, versions):
        """One more version of every report, so many times; in the beginning one that is refused."""
        with client(self._suite, "reporter") as calls:
            reporter = Reporter(calls, CALL_SECONDS)
            self.key = _patiently(reporter.receipt_key)
            for _ in range(versions):
                for form in FORMS:
                    self._report(reporter, form)
            if not self.refused:
                self.refused = self.make(IN_TIME, SPARE[1], 0, "refused-1", wrong=True)
                if outcome(lambda: reporter.push(self.refused))[0] != "INVALID_ARGUMENT":
                    raise SuiteError("a wrong report is accepted")

    def _report(self, reporter, form):
        pushes = [self.make(form, unit, len(self.accepted[form, unit]), None) for unit in REPORTING]
        for first in range(0, len(pushes), 4):
            part = pushes[first:first + 4]
            for push, verdict in zip(part, _patiently(lambda: reporter.push_batch(part)), strict=True):
                if not verdict.HasField("accepted"):
                    raise SuiteError(f"{push.idempotency_key} is refused: {verdict.refused}")
                receipt = receipt_bytes(verdict.accepted)
                versions = self.accepted[form, push.report.reporting_unit]
                versions.append(Accepted(push, receipt, len(versions) + 1))
                self.of_entry[verdict.accepted.receipt.position.index] = form, push.report.reporting_unit

    def make(self, form, unit, base, key, wrong=False):
        push = reports.push(self._chance, CAMPAIGN, unit, base, key or f"{form}-{unit}-{base + 1}", wrong)
        push.report.form = form
        return push

    def is_followed(self):
        """Until statistics and inboxes have all that was acknowledged."""
        with client(self._suite, "viewer") as viewer:
            end = time.monotonic() + SETTLING_SECONDS
            while time.monotonic() < end:
                if all(self._reported(viewer, form) for form in FORMS) and self._is_told(viewer, REPORTING[-1]):
                    return
                time.sleep(0.1)
        raise SuiteError("statistics or an inbox does not come to what was acknowledged")

    def _reported(self, viewer, form):
        request = statistics_pb2.GetCompletenessRequest(campaign=CAMPAIGN, form=form)
        try:
            answer = viewer.unary(STATISTICS + "GetCompleteness", request, CALL_SECONDS)
        except CallError:
            return False
        found = {one.reporting_unit: one.version for one in answer.units if one.reported}
        return found == {unit: len(versions) for (of, unit), versions in self.accepted.items() if of == form}

    def _is_told(self, viewer, unit):
        request = notification_pb2.ListInboxRequest(organisation=unit, page_size=1000)
        code, answer = outcome(lambda: viewer.unary(NOTIFICATION + "ListInbox", request, CALL_SECONDS))
        return code == "OK" and len(answer.messages) >= sum(len(self.accepted[form, unit]) for form in FORMS)

    def remember(self):
        """Takes down all answers, which agree with what was acknowledged, and both journals' checkpoints."""
        with Questions(self._suite) as questions:
            for name, ask in questions.all(self):
                code, answer = outcome(ask)
                if code != "OK":
                    raise SuiteError(f"{name} is answered with {code}: {answer}")
                self.answers[name] = answer
        for (form, unit), versions in self.accepted.items():
            for one in versions:
                found = self.answers[f"report {form} {unit} {one.version}"]
                answer = submission_pb2.GetReportResponse.FromString(found)
                if answer.report != one.push.report or _bytes(answer.receipt) != one.receipt:
                    raise SuiteError(f"version {one.version} of {form} {unit} is not what was acknowledged")
        for journal in ("registry", "submission"):
            code, text = self._suite.qmctl("journal", "checkpoint", "--journal", journal)
            if code != 0:
                raise SuiteError(text)
            self.checkpoint(journal).write_text(text)
            self.ends[journal] = int(text.splitlines()[1])

    def checkpoint(self, journal):
        """The file with the checkpoint that was kept."""
        directory = self._suite.state / "checkpoints"
        directory.mkdir(exist_ok=True)
        return directory / journal

    # Holding something against it

    def timeliness(self, form, base):
        """What a receipt says of a push upon that version."""
        versions = next(versions for (of, _), versions in self.accepted.items() if of == form)
        receipt = receipts.decode(versions[min(base, 1)].receipt)
        return receipt.timeliness, receipt.corrected_late

    def faults_of_receipt(self, push, response):
        """What is wrong with the receipt of a new push, as a sentence; None when it is true."""
        receipt = response.receipt
        try:
            receipts.verify(receipt_bytes(response), self.key)
        except receipts.ReceiptError as error:
            return f"a receipt does not verify: {error}"
        known = receipts.decode(next(iter(self.accepted.values()))[0].receipt)
        now = time.time() * 1e6
        said = {
            "version": (receipt.report_version, push.base_version + 1),
            "timeliness": ((receipt.timeliness, receipt.corrected_late), self.timeliness(
                push.report.form, push.base_version)),
            "report": ((receipt.campaign, receipt.form, receipt.reporting_unit), (
                push.report.campaign, push.report.form, push.report.reporting_unit)),
            "epoch": (receipt.position.epoch, known.position.epoch),
            "place behind all that was acknowledged": (receipt.position.index >= self.ends["submission"], True),
            "instant": (abs(receipt.sealed_unix_us - now) < 60e6, True),
        }
        return next((f"a receipt's {what} is {found}, and should be {expected}"
                     for what, (found, expected) in said.items() if found != expected), None)


class Questions:
    """All that is asked of the suite, each with a name."""

    def __init__(self, suite):
        self._viewer, self._auditor = client(suite, "viewer"), client(suite, "statistics")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._viewer.close()
        self._auditor.close()

    def report(self, form, unit, version):
        def ask():
            request = submission_pb2.GetReportRequest(
                campaign=CAMPAIGN, form=form, reporting_unit=unit, version=version)
            answer = self._viewer.unary(SUBMISSION + "GetReport", request, CALL_SECONDS)
            if version:
                # Of an earlier version it is not what is asked for: another may have come meanwhile.
                answer.current_version = 0
            return _bytes(answer)
        return ask

    def all(self, truth):
        for form, unit in truth.accepted:
            for version in (0, *range(1, len(truth.accepted[form, unit]) + 1)):
                yield f"report {form} {unit} {version}", self.report(form, unit, version)
        yield "list of reports", self._ask(
            SUBMISSION + "ListReports", submission_pb2.ListReportsRequest(campaign=CAMPAIGN, page_size=1000))
        yield "receipt key", self._ask(SUBMISSION + "GetReceiptKey", submission_pb2.GetReceiptKeyRequest())
        yield "campaign", self._ask(REGISTRY + "GetCampaign", registry_pb2.GetCampaignRequest(code=CAMPAIGN))
        yield "campaigns", self._ask(REGISTRY + "ListCampaigns", registry_pb2.ListCampaignsRequest())
        yield "organisations", self._ask(
            REGISTRY + "ListOrganisations",
            registry_pb2.ListOrganisationsRequest(superior=reports.PROVINCE, page_size=1000))
        for unit in (reports.PROVINCE, "extra", *reports.UNITS):
            yield f"organisation {unit}", self._ask(
                REGISTRY + "GetOrganisation", registry_pb2.GetOrganisationRequest(code=unit))
        for unit in REPORTING[:2]:
            yield f"inbox of {unit}", self._ask(
                NOTIFICATION + "ListInbox", notification_pb2.ListInboxRequest(organisation=unit, page_size=1000))
        for form in FORMS:
            of = {"campaign": CAMPAIGN, "form": form}
            yield f"form {form}", self._ask(REGISTRY + "GetForm", registry_pb2.GetFormRequest(**of))
            yield f"reporters of {form}", self._ask(
                REGISTRY + "ListExpectedReporters", registry_pb2.ListExpectedReportersRequest(**of))
            yield f"completeness of {form}", self._ask(
                STATISTICS + "GetCompleteness", statistics_pb2.GetCompletenessRequest(**of))
            for grouping in (statistics_pb2.GROUPING_REPORTING_LINE, statistics_pb2.GROUPING_PLACE):
                yield f"sums of {form} {grouping}", self._ask(
                    STATISTICS + "GetRollup", statistics_pb2.GetRollupRequest(grouping=grouping, **of))
        for name, path in (("registry", REGISTRY), ("submission", SUBMISSION)):
            yield f"journal of {name}", self._journal(path + "Follow", name, truth)

    def _ask(self, path, request):
        def ask():
            answer = self._viewer.unary(path, request, CALL_SECONDS)
            if "watermark" in answer.DESCRIPTOR.fields_by_name:
                answer.ClearField("watermark")
            return _bytes(answer)
        return ask

    def _journal(self, path, name, truth):
        """The entries that were acknowledged: as many as there were. Other ones are held against the checkpoints that
        came with them, as each follower does."""
        def ask():
            found = entries()
            if name in truth.ends and found != truth.answers[f"journal of {name}"]:
                Journal(name).go_on(self._auditor, lambda *_: None)
            return found

        def entries():
            request = type_pb2.FollowRequest(stop_at_end=True)
            call, entries = self._auditor.call(path, [request], CALL_SECONDS), []
            try:
                for response in call:
                    entries += [_bytes(entry) for entry in response.entries]
            finally:
                call.cancel()
            return b"".join(entries[:truth.ends.get(name, len(entries))])
        return ask


def outcome(ask):
    """The status's name, and the answer or the text."""
    try:
        return "OK", ask()
    except CallError as error:
        return error.code.name, error.text
    except (receipts.ReceiptError, LogError) as error:
        # The client holds each receipt to its encoding, and what it follows to its checkpoints.
        return "DATA_LOSS", str(error)


def asked_of(question):
    """The program that answers it."""
    word, *_, last = question.split(" ") * 2
    return {"report": "submission", "list": "submission", "receipt": "submission", "inbox": "notification",
            "completeness": "statistics", "sums": "statistics", "journal": last}.get(word, "registry")


def answers(code):
    """Whether that states something, instead of saying that there is no answer."""
    return code == "OK" or Code[code] not in NO_ANSWER


def _bytes(message):
    return message.SerializeToString(deterministic=True)


def _patiently(call):
    """What was started a moment ago knows the others soon."""
    end = time.monotonic() + SETTLING_SECONDS
    while True:
        try:
            return call()
        except CallError as error:
            if error.code not in (Code.UNAVAILABLE, Code.NOT_FOUND) or time.monotonic() > end:
                raise SuiteError(str(error)) from error
            time.sleep(0.05)
