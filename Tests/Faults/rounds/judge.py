"""What must hold after each round, asked through the gateway and recomputed from the journals."""

import collections
import time

from google.protobuf.message import DecodeError
from quality_month import CallError, receipts
from quality_month.log import LogError, root_from_path
from quality_month.messages import notification_pb2, registry_pb2, statistics_pb2, submission_pb2
from quality_month.notes import Checkpoint
from quality_month.push import Reporter, receipt_bytes

from . import reports
from .journals import Journal
from .senders import CALL_SECONDS, NO_VERDICT, NOTIFICATION, PAUSE_SECONDS, REGISTRY, SUBMISSION, client

STATISTICS = "quality.statistics.v1.StatisticsService/"
PATIENCE_SECONDS = 30
# Pushes of earlier rounds that are sent again: so many are remembered, and so many of them sent after each round.
REMEMBERED, RESENT = 2000, 20
# Receipts of a round whose signature is checked; all are checked against the journal. Python takes 10 ms for one.
SIGNATURES = 2
ITEMS_OF_A_BATCH = 500
ACCEPTED, REJECTED = "report.accepted", "report.rejected"
PUBLISHED, REGISTERED = "campaign.published", "organisation.registered"

# One message of an inbox, as far as the journals say what it must be.
Message = collections.namedtuple("Message", "id kind campaign form occurred_unix_us")
Version = collections.namedtuple("Version", "number index key first_sealed_unix_us")


class Broken(Exception):
    """What did not hold."""


def require(holds, sentence):
    if not holds:
        raise Broken(sentence)


class Judge:
    """What is known from the journals so far, and what was acknowledged."""

    def __init__(self, suite, chance):
        self._chance = chance
        # Statistics may follow both journals, the province sees and reports for all units.
        self._auditor, self._viewer = client(suite, "statistics"), client(suite, "viewer")
        self._publisher = client(suite, "publisher")
        self._reporter = Reporter(client(suite, "reporter"), CALL_SECONDS)
        self.journals = {name: Journal(name) for name in ("registry", "submission")}
        # By campaign: by unit, the version in force.
        self._versions = collections.defaultdict(dict)
        # The same with the report, as the journal has it.
        self._reports = collections.defaultdict(dict)
        # Of each key that is in the journal: the index of its entry. Of each campaign and organisation as well.
        self._index_of = {}
        self._inboxes = collections.defaultdict(list)
        self._told = set()
        # By unit, how many of its messages have been seen in their place, and the last one's id.
        self._seen = collections.Counter()
        self.last_id = collections.Counter()
        self._marked = {}
        # Of this round and the one before, whose calls may have been carried out after it was judged.
        self._sent, self._sent_before = {}, {}
        self._remembered = []
        # Pushes that nobody got an answer to, and that were carried out.
        self.found = 0

    def publish(self, campaign):
        request = reports.publication(campaign)
        self._patiently(f"publishing {campaign}", lambda: self._publisher.unary(
            REGISTRY + "PublishCampaign", request, CALL_SECONDS))

    # A round

    def judge(self, campaign, record):
        """All that must hold now. Raises Broken."""
        self._sent, self._sent_before = record.sent, self._sent
        self._marked.update(record.marked)
        try:
            self._resend(record)
            self._absorb()
            while True:
                try:
                    self._judge_state(campaign, record)
                    break
                except Broken:
                    # What a sender gave up may be carried out after its call: judge again if that was it.
                    if not self._absorb():
                        raise
        except LogError as error:
            raise Broken(f"a journal does not verify: {error}") from error
        except (receipts.ReceiptError, DecodeError) as error:
            raise Broken(str(error)) from error
        for journal in self.journals.values():
            journal.forget_roots()
        self.found += sum(1 for key in record.sent if key in self._index_of and key not in record.acknowledged
                          and key not in record.refused)

    def judge_all(self, campaigns):
        """The journals from their first entry, whole inboxes, and every campaign's sums."""
        try:
            self._absorb()
            for journal in self.journals.values():
                self._patiently(f"following {journal.name}", lambda: journal.from_the_first(self._auditor))
            for unit in reports.UNITS:
                self._seen[unit] = self.last_id[unit] = 0
            self._judge_inboxes()
            for campaign in campaigns:
                self._judge_statistics(campaign)
        except LogError as error:
            raise Broken(f"a journal does not verify from its first entry: {error}") from error

    def _judge_state(self, campaign, record):
        self._judge_keys(record)
        self._judge_receipts(record)
        self._judge_registry(record)
        self._judge_reports(campaign, record)
        self._judge_statistics(campaign)
        self._judge_inboxes()

    # Asking

    def _patiently(self, what, call):
        """All programs run: within a while each must answer."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return call()
            except CallError as error:
                if error.code not in NO_VERDICT or time.monotonic() > end:
                    raise Broken(f"{what} is not answered: {error}") from error
                time.sleep(PAUSE_SECONDS)

    def _ask(self, path, request):
        return self._patiently(path, lambda: self._viewer.unary(path, request, CALL_SECONDS))

    # Pushes and receipts

    def _resend(self, record):
        """Every acknowledged push brings its first receipt again, byte for byte."""
        pairs = [(record.sent[key], receipt) for key, receipt in record.acknowledged.items()]
        earlier = self._chance.sample(self._remembered, min(RESENT, len(self._remembered)))
        self._remembered += self._chance.sample(pairs, min(RESENT, len(pairs)))
        if len(self._remembered) > REMEMBERED:
            self._remembered = self._chance.sample(self._remembered, REMEMBERED)
        pairs += earlier
        for begin in range(0, len(pairs), ITEMS_OF_A_BATCH):
            part = pairs[begin:begin + ITEMS_OF_A_BATCH]
            verdicts = self._patiently(
                "pushing again", lambda: self._reporter.push_batch([push for push, _ in part]))
            for (push, receipt), verdict in zip(part, verdicts, strict=True):
                key = push.idempotency_key
                require(verdict.HasField("accepted"),
                        f"{key} was acknowledged, and is refused when it comes again: {verdict.refused}")
                require(receipt_bytes(verdict.accepted) == receipt,
                        f"{key} gets another receipt when it comes again: {verdict.accepted.receipt}, and had "
                        f"{receipts.decode(receipt)}")
                require(verdict.accepted.repeated_push,
                        f"{key} was acknowledged, and is taken for new when it comes again")

    def _judge_keys(self, record):
        for key in record.acknowledged:
            require(key in self._index_of, f"{key} was acknowledged, and is not in the journal")
        for key in record.refused:
            require(key in self._index_of or self._refusal(record.sent[key].report) in self._told,
                    f"{key} was refused, and its unit is not told in the journal")
        for keys in record.wholes:
            there = [key in self._index_of for key in keys]
            require(all(there) or not any(there), f"of a batch that is all or none there is a part: {keys} {there}")

    def _judge_receipts(self, record):
        journal = self.journals["submission"]
        for key, encoded in record.acknowledged.items():
            receipt = receipts.decode(encoded)
            index = receipt.position.index
            require(receipt.position.epoch == journal.epoch, f"{key}'s receipt is of another epoch")
            require(index == self._index_of[key],
                    f"{key}'s receipt names entry {index}, and it is {self._index_of[key]}")
            leaf = receipts.entry(receipt).leaf_hash()
            require(leaf == journal.leaves[index], f"{key}'s receipt proves another entry than there is at {index}")
            head = Checkpoint.parse(receipt.checkpoint)
            require(root_from_path(leaf, index, head.size, receipt.path) == head.root == journal.root(head.size),
                    f"{key}'s receipt is not under the root that the journal has at {head.size}")
        for key in self._chance.sample(sorted(record.acknowledged), min(SIGNATURES, len(record.acknowledged))):
            receipts.verify(record.acknowledged[key], journal.key)

    # Journals

    def _absorb(self):
        """Reads on in both journals. Returns how many entries have come."""
        before = sum(len(journal.leaves) for journal in self.journals.values())
        for journal in self.journals.values():
            self._patiently(f"following {journal.name}", lambda: journal.go_on(self._auditor, self._take))
        return sum(len(journal.leaves) for journal in self.journals.values()) - before

    def _take(self, index, entry):
        if entry.kind == ACCEPTED:
            self._take_accepted(index, entry, submission_pb2.ReportAccepted.FromString(entry.body))
        elif entry.kind == REJECTED:
            self._take_rejected(index, entry, submission_pb2.ReportRejected.FromString(entry.body))
        elif entry.kind == PUBLISHED:
            campaign = registry_pb2.CampaignPublished.FromString(entry.body).campaign
            self._once(campaign.code, index)
            for unit in campaign.forms[0].expected_reporters:
                kind = notification_pb2.INBOX_MESSAGE_KIND_CAMPAIGN_PUBLISHED
                self._tell(unit, 0, index, entry, kind, campaign.code, "")
        elif entry.kind == REGISTERED:
            self._once(registry_pb2.OrganisationRegistered.FromString(entry.body).organisation.code, index)

    def _once(self, key, index):
        require(key not in self._index_of, f"{key} is in the journal twice: {self._index_of.get(key)} and {index}")
        self._index_of[key] = index

    def _take_accepted(self, index, entry, accepted):
        report, key = accepted.report, accepted.idempotency_key
        self._once(key, index)
        before = self._versions[report.campaign].get(report.reporting_unit)
        expected = before.number + 1 if before else 1
        require(accepted.version == expected,
                f"entry {index} is version {accepted.version} of {report.reporting_unit}, after {expected - 1}")
        first = before.first_sealed_unix_us if before else entry.sealed_unix_us
        self._versions[report.campaign][report.reporting_unit] = Version(accepted.version, index, key, first)
        self._reports[report.campaign][report.reporting_unit] = reports.without_personal(report)
        sent = self._sent.get(key) or self._sent_before.get(key)
        require(sent is not None, f"entry {index} has the key {key}, which nobody sent in this round or the last")
        require(reports.without_personal(report) == reports.without_personal(sent.report),
                f"entry {index} holds another report than was sent with {key}")
        contact = reports.personal(sent.report)
        require(contact is None or contact.encode() not in entry.body, f"entry {index} holds personal data")
        self._tell(report.reporting_unit, 1, index, entry, notification_pb2.INBOX_MESSAGE_KIND_REPORT_RECEIVED,
                   report.campaign, report.form)

    def _take_rejected(self, index, entry, rejected):
        self._once(rejected.idempotency_key, index)
        # All that is refused here is refused for the same: of the same content it is told once, whatever the key.
        what = (rejected.reporting_unit, rejected.campaign, rejected.digest)
        require(what not in self._told, f"entry {index} tells {rejected.reporting_unit} again of the same refusal")
        self._told.add(what)
        self._tell(rejected.reporting_unit, 1, index, entry, notification_pb2.INBOX_MESSAGE_KIND_REPORT_REJECTED,
                   rejected.campaign, rejected.form)

    @staticmethod
    def _refusal(report):
        """Of a report whose refusal may be in the journal under another key. With personal data no two are alike, and
        the digest is the service's alone."""
        return report.reporting_unit, report.campaign, receipts.digest(report)

    def _tell(self, unit, source, index, entry, kind, campaign, form):
        """The id is made as Services/Notification makes it: the millisecond, the journal, the entry's last 20 bits."""
        number = entry.sealed_unix_us // 1000 << 21 | source << 20 | index & (1 << 20) - 1
        self._inboxes[unit].append(Message(number, kind, campaign, form, entry.sealed_unix_us))

    def _judge_registry(self, record):
        for code in record.registered:
            require(code in self._index_of, f"{code} was registered, and is not in the journal")
        if record.registered:
            code = self._chance.choice(record.registered)
            answer = self._ask(REGISTRY + "GetOrganisation", registry_pb2.GetOrganisationRequest(code=code))
            require(answer.organisation == reports.organisation(code), f"{code} is registered as {answer.organisation}")

    # Reports, sums, inboxes

    def _judge_reports(self, campaign, record):
        """Each unit's report is the last one in the journal."""
        for unit, version in self._versions[campaign].items():
            request = submission_pb2.GetReportRequest(campaign=campaign, form=reports.FORM, reporting_unit=unit)
            answer = self._ask(SUBMISSION + "GetReport", request)
            require(answer.version == answer.current_version == version.number,
                    f"{unit} has version {answer.version} of {answer.current_version}, and {version} is in the journal")
            require(answer.report == record.sent[version.key].report, f"{unit}'s report is not what {version.key} sent")
            acknowledged = record.acknowledged.get(version.key)
            require(acknowledged in (None, answer.receipt.SerializeToString(deterministic=True)),
                    f"{unit} has another receipt than {version.key} got")

    def _judge_statistics(self, campaign):
        versions = self._versions[campaign]
        watermark = statistics_pb2.Watermark(**{name: journal.cursor for name, journal in self.journals.items()})
        request = statistics_pb2.GetCompletenessRequest(campaign=campaign, form=reports.FORM, at_least=watermark)
        answer = self._ask(STATISTICS + "GetCompleteness", request)
        found = {
            unit.reporting_unit: (unit.version, unit.first_sealed_unix_us) for unit in answer.units if unit.reported}
        expected = {unit: (version.number, version.first_sealed_unix_us) for unit, version in versions.items()}
        require(found == expected, f"{campaign}: statistics have {found}, and the journal {expected}")
        for grouping in (statistics_pb2.GROUPING_REPORTING_LINE, statistics_pb2.GROUPING_PLACE):
            request = statistics_pb2.GetRollupRequest(
                campaign=campaign, form=reports.FORM, grouping=grouping, at_least=watermark)
            self._judge_groups(campaign, self._ask(STATISTICS + "GetRollup", request).groups)

    def _judge_groups(self, campaign, groups):
        in_force = {unit: self._reports[campaign].get(unit) for unit in reports.UNITS}
        require({group.code for group in groups} >= {"", *reports.UNITS}, f"{campaign}: groups are missing in the sums")
        for group in groups:
            # Whatever is not a unit is above all of them.
            members = [in_force[group.code]] if group.code in in_force else list(in_force.values())
            reported = sum(1 for report in members if report)
            require((group.expected, group.reported, group.late) == (len(members), reported, 0),
                    f"{campaign}: of group {group.code!r} {group.reported} of {group.expected} reported, "
                    f"{group.late} late")
            found = {
                one.field: (reports.exact(one.sum), one.with_value, one.not_applicable, one.missing, one.not_reported)
                for one in group.sums}
            expected = reports.sums(members)
            require(found == expected,
                    f"{campaign}: group {group.code!r} adds up to {found}, and the journal to {expected}")

    def _judge_inboxes(self):
        """Each message once, and no other: those behind what was seen before."""
        end = time.monotonic() + PATIENCE_SECONDS
        for unit in reports.UNITS:
            expected = sorted(self._inboxes[unit][self._seen[unit]:])
            while True:
                messages = self._messages(unit)
                found = [Message(one.id, one.kind, one.campaign, one.form, one.occurred_unix_us) for one in messages]
                if found == expected:
                    break
                require(time.monotonic() < end,
                        f"{unit}'s inbox lacks {sorted(set(expected) - set(found))}, and has too many of "
                        f"{sorted((collections.Counter(found) - collections.Counter(expected)).elements())}")
                time.sleep(PAUSE_SECONDS / 5)
            for one in messages:
                marked = self._marked.get((unit, one.id), one.acknowledged_unix_us)
                require(one.acknowledged_unix_us == marked,
                        f"{unit} acknowledged message {one.id} at {marked}, and now it is {one.acknowledged_unix_us}")
            self._seen[unit] += len(expected)
            if messages:
                self.last_id[unit] = messages[-1].id

    def _messages(self, unit):
        messages, after, more = [], self.last_id[unit], True
        while more:
            request = notification_pb2.ListInboxRequest(organisation=unit, after_id=after, page_size=1000)
            answer = self._ask(NOTIFICATION + "ListInbox", request)
            messages += answer.messages
            more, after = answer.more, messages[-1].id if messages else after
        return messages
