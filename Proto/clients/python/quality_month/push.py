"""Reports in, receipts out: what a reporting unit's own system does with the gateway."""

from __future__ import annotations

from google.protobuf.message import DecodeError, Message

from quality_month import receipts
from quality_month.client import Client
from quality_month.messages import registry_pb2, submission_pb2, type_pb2
from quality_month.status import CallError, Code

_SUBMISSION = "quality.submission.v1.SubmissionService/"
_REGISTRY = "quality.registry.v1.RegistryService/"
MOST_ITEMS = 1_000


class Reporter:
    """Sends reports over a Client. Every push carries an idempotency key, so that sending one again is always safe, and
    the client does so by itself where the protocol allows it."""

    def __init__(self, client: Client, timeout_seconds: float = 60.0):
        self._client, self._timeout = client, timeout_seconds
        self._forms: dict[tuple[str, str], registry_pb2.FormDefinition] = {}

    def form(self, campaign: str, form: str) -> registry_pb2.FormDefinition:
        """The form as it is published now; asked for once."""
        if (campaign, form) not in self._forms:
            request = registry_pb2.GetFormRequest(campaign=campaign, form=form)
            try:
                found = self._client.unary(_REGISTRY + "GetForm", request, self._timeout).form
            except CallError as error:
                if error.code is not Code.NOT_FOUND:
                    raise
                found = registry_pb2.FormDefinition()  # submission will say what is unknown, with the other verdicts
            self._forms[campaign, form] = found
        return self._forms[campaign, form]

    def push(self, request: submission_pb2.PushRequest) -> submission_pb2.PushResponse:
        """Returns once the report is durable, checked and receipted. Raises CallError with `detail.findings`: all of
        them."""
        _check_key(request)
        body = self._client.unary_bytes(_SUBMISSION + "Push", request, self._timeout)
        answer = _decode(submission_pb2.PushResponse, body)
        _check_receipt(answer, body)
        return answer

    def push_batch(
        self, requests: list[submission_pb2.PushRequest], whole: bool = False
    ) -> list[submission_pb2.Verdict]:
        """One verdict a report, in their order; at most 1,000. `whole`: all or none."""
        if len(requests) > MOST_ITEMS:
            raise ValueError(f"{len(requests)} reports in a batch; at most {MOST_ITEMS}")
        for request in requests:
            _check_key(request)
        atomicity = submission_pb2.ATOMICITY_WHOLE if whole else submission_pb2.ATOMICITY_EACH
        batch = submission_pb2.PushBatchRequest(items=requests, atomicity=atomicity)
        body = self._client.unary_bytes(_SUBMISSION + "PushBatch", batch, self._timeout)
        verdicts = list(_decode(submission_pb2.PushBatchResponse, body).verdicts)
        if [v.idempotency_key for v in verdicts] != [r.idempotency_key for r in requests]:
            raise CallError(Code.INTERNAL, "the verdicts are not those of the reports that were sent")
        for verdict in verdicts:
            if verdict.HasField("accepted"):
                _check_receipt(verdict.accepted, body)
        return verdicts

    def receipt_key(self) -> bytes:
        """The service's public key, 32 bytes. Keep it: it verifies receipts when the service is out of reach."""
        answer = self._client.unary(_SUBMISSION + "GetReceiptKey", submission_pb2.GetReceiptKeyRequest(), self._timeout)
        if receipts.key_id(answer.public_key) != answer.key_id:
            raise receipts.ReceiptError("the service's key and its id do not belong together")
        return answer.public_key


def receipt_bytes(response: submission_pb2.PushResponse) -> bytes:
    """The receipt as it is kept: its one encoding, which `receipts.verify` reads."""
    return response.receipt.SerializeToString(deterministic=True)


def _decode(kind: type[Message], body: bytes):
    try:
        return kind.FromString(body)
    except DecodeError as error:
        raise CallError(Code.INTERNAL, f"a response that is no {kind.DESCRIPTOR.full_name}: {error}") from error


def _check_receipt(response: submission_pb2.PushResponse, body: bytes) -> None:
    """A receipt's bytes are evidence: what is kept must be what came."""
    encoded = receipt_bytes(response)
    receipts.decode(encoded)
    if encoded not in body:
        raise receipts.ReceiptError("the service's receipt is not encoded as a receipt must be")


def _check_key(request: submission_pb2.PushRequest) -> None:
    key = request.idempotency_key
    if not 8 <= len(key) <= 64 or not all("!" <= c <= "~" for c in key):
        raise ValueError(f"idempotency_key {key!r}: 8 to 64 printable ASCII characters without blanks")


def severity_name(finding: type_pb2.Finding) -> str:
    return {1: "强制性", 2: "核实性", 3: "提示性"}.get(finding.severity, f"severity {finding.severity}")
