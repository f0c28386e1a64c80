"""Those who report while programs are killed: each sends again, with the same keys, what was not answered."""

import random
import threading
import time

from quality_month import CallError, Client, Code
from quality_month.messages import notification_pb2, registry_pb2, submission_pb2
from quality_month.push import Reporter, receipt_bytes
from quality_month.retry import Backoff

from . import reports

SUBMISSION = "quality.submission.v1.SubmissionService/"
REGISTRY = "quality.registry.v1.RegistryService/"
NOTIFICATION = "quality.notification.v1.NotificationService/"
# "No verdict": the same is sent again.
NO_VERDICT = (Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED, Code.CANCELLED)
CALL_SECONDS = 2
PAUSE_SECONDS = 0.05
# How long after the last start all that is under way may take to be answered.
SETTLING_SECONDS = 30


class Unserved(Exception):
    """What a sender got and must not get; or nothing, for too long after all ran again."""


def client(suite, identity):
    return Client(suite.gateway, suite.identity(identity), backoff=Backoff(random.random, first_seconds=PAUSE_SECONDS))


class Record:
    """What was sent and answered in a round."""

    def __init__(self):
        # By key: PushRequest; the receipt's bytes; the status code of a refusal.
        self.sent, self.acknowledged, self.refused = {}, {}, {}
        # Keys of a batch that is all or none.
        self.wholes = []
        # Codes of organisations that the registry said it has.
        self.registered = []
        # Of a message's organisation and id: when it was acknowledged.
        self.marked = {}
        self.attempts = 0

    def add(self, other):
        for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True):
            if isinstance(mine, dict):
                mine.update(theirs)
            elif isinstance(mine, list):
                mine.extend(theirs)
        self.attempts += other.attempts


class Sender(threading.Thread):
    """One thread. `finish` has it begin nothing more; it ends when all that is under way has been answered, or with
    `abandon` at once."""

    def __init__(self, suite, identity, round_number, name, chance):
        super().__init__(name=name, daemon=True)
        self.record, self.fault = Record(), None
        self.campaign = reports.campaign_of(round_number)
        self._prefix = f"{self.campaign}-{name}-"
        self._client, self._chance = client(suite, identity), chance
        self._finishing, self._abandoned = threading.Event(), False
        self._number = 0

    def run(self):
        try:
            while not self._finishing.is_set() and self.step():
                self._finishing.wait(self._chance.uniform(0, self.pause_seconds))
        except Exception as error:  # any: a thread that ended in silence would be taken for one that was served
            self.fault = f"{self.name}: {type(error).__name__}: {error} {getattr(error, 'detail', None) or ''}"
        finally:
            self._client.close()

    def finish(self, abandon=False):
        self._abandoned = self._abandoned or abandon
        self._end = time.monotonic() + SETTLING_SECONDS
        self._finishing.set()
        if abandon:
            self._client.close()

    def key(self):
        self._number += 1
        return f"{self._prefix}{self._number:04}"

    def until_answered(self, call):
        """What `call` returns; None when it was given up."""
        while True:
            self.record.attempts += 1
            try:
                return call()
            except CallError as error:
                if error.code not in NO_VERDICT:
                    raise
                if self._finishing.is_set():
                    if self._abandoned:
                        return None
                    if time.monotonic() > self._end:
                        raise Unserved(f"no verdict {SETTLING_SECONDS} s after all ran again: {error}") from error
            time.sleep(PAUSE_SECONDS)


class Pusher(Sender):
    """Reports and corrections of some units, a call at a time."""

    def __init__(self, suite, round_number, name, units, chance):
        super().__init__(suite, "reporter", round_number, name, chance)
        self._reporter = Reporter(self._client, CALL_SECONDS)
        # The version in force of each unit that is not left in doubt.
        self._versions = dict.fromkeys(units, 0)

    def make(self, count):
        """Pushes of so many units."""
        units = self._chance.sample(sorted(self._versions), count)
        pushes = [
            reports.push(self._chance, self.campaign, unit, self._versions[unit], self.key()) for unit in units]
        self.record.sent.update((push.idempotency_key, push) for push in pushes)
        return pushes

    def accepted(self, push, response):
        self.record.acknowledged[push.idempotency_key] = receipt_bytes(response)
        self._versions[push.report.reporting_unit] = response.receipt.report_version

    def verdicts(self, pushes, verdicts):
        for push, verdict in zip(pushes, verdicts, strict=True):
            if not verdict.HasField("accepted"):
                raise Unserved(f"{push.idempotency_key} was refused: {verdict.refused}")
            self.accepted(push, verdict.accepted)


class Pushes(Pusher):
    """Single ones; now and then one that is refused."""

    pause_seconds = 0.01
    WRONG = 0.03

    def step(self):
        if self._chance.random() < self.WRONG:
            return self._wrong()
        push, = self.make(1)
        response = self.until_answered(lambda: self._reporter.push(push))
        if response:
            self.accepted(push, response)
        return response is not None

    def _wrong(self):
        unit = self._chance.choice(sorted(self._versions))
        push = reports.push(self._chance, self.campaign, unit, self._versions[unit], self.key(), wrong=True)
        self.record.sent[push.idempotency_key] = push
        try:
            response = self.until_answered(lambda: self._reporter.push(push))
        except CallError as error:
            if error.code is not Code.INVALID_ARGUMENT:
                raise
            self.record.refused[push.idempotency_key] = error.code
            return True
        if response:
            raise Unserved(f"{push.idempotency_key} was accepted")
        return False


class Batches(Pusher):
    """Each item alone, or all or none."""

    pause_seconds = 0.05

    def step(self):
        pushes = self.make(self._chance.randint(2, 8))
        whole = self._chance.random() < 0.4
        if whole:
            self.record.wholes.append([push.idempotency_key for push in pushes])
        verdicts = self.until_answered(lambda: self._reporter.push_batch(pushes, whole))
        if verdicts:
            self.verdicts(pushes, verdicts)
        return verdicts is not None


class Streams(Pusher):
    """Items one by one, and the verdicts at the end."""

    pause_seconds = 0.05

    def step(self):
        pushes = self.make(self._chance.randint(2, 8))
        response = self.until_answered(lambda: self._stream(pushes))
        if response:
            self.verdicts(pushes, response.verdicts)
        return response is not None

    def _stream(self, pushes):
        call = self._client.call(SUBMISSION + "PushStream", None, CALL_SECONDS)
        try:
            for push in pushes:
                call.send(submission_pb2.PushStreamRequest(item=push))
            call.finish()
            return submission_pb2.PushStreamResponse.FromString(call.one_response_bytes())
        finally:
            call.cancel()


class Registrations(Sender):
    """New organisations for the registry."""

    pause_seconds = 0.1

    def __init__(self, suite, round_number, chance):
        super().__init__(suite, "publisher", round_number, "registrations", chance)

    def step(self):
        code = f"extra-{self.key()}"
        request = registry_pb2.RegisterOrganisationRequest(organisation=reports.organisation(code))
        response = self.until_answered(
            lambda: self._client.unary(REGISTRY + "RegisterOrganisation", request, CALL_SECONDS))
        if response:
            self.record.registered.append(code)
        return response is not None


class Reader(Sender):
    """A unit that acknowledges what lies in its inbox."""

    pause_seconds = 0.1

    def __init__(self, suite, round_number, chance, after):
        super().__init__(suite, "unit", round_number, "reader", chance)
        # Ids up to here are of earlier rounds.
        self._after = after

    def step(self):
        unit = reports.UNITS[0]
        request = notification_pb2.ListInboxRequest(organisation=unit, after_id=self._after, page_size=1000)
        inbox = self._ask("ListInbox", request)
        new = [one.id for one in inbox.messages if (unit, one.id) not in self.record.marked] if inbox else []
        if not new:
            return inbox is not None
        request = notification_pb2.AcknowledgeMessageRequest(organisation=unit, id=self._chance.choice(new))
        answer = self._ask("AcknowledgeMessage", request)
        if answer:
            self.record.marked[unit, request.id] = answer.message.acknowledged_unix_us
        return answer is not None

    def _ask(self, method, request):
        return self.until_answered(lambda: self._client.unary(NOTIFICATION + method, request, CALL_SECONDS))


def of_round(suite, round_number, seed, inbox_after):
    """All of a round's senders. Each kind has its own units: whoever corrects knows which version it corrects."""
    def chance(name):
        return random.Random(f"{seed} {round_number} {name}")

    pushers = [
        kind(suite, round_number, name, reports.UNITS[index::3], chance(name))
        for index, (kind, name) in enumerate(((Pushes, "pushes"), (Batches, "batches"), (Streams, "streams")))]
    return [
        *pushers, Registrations(suite, round_number, chance("registrations")),
        Reader(suite, round_number, chance("reader"), inbox_after)]
