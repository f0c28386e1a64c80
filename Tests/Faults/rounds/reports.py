"""The campaigns of the rounds, the reports in them, and what they add up to."""

import decimal

from quality_month.messages import registry_pb2, submission_pb2, type_pb2

PROVINCE = "province"
FORM = "figures"
UNITS = tuple(f"unit-{number:02}" for number in range(24))
# All lie in one place.
DIVISION = "410100"
DATE = type_pb2.Date(year=2099, month=12, day=31)
NUMBERS = ("visitors", "value")


def campaign_of(round_number):
    return f"round-{round_number}"


def organisation(code):
    return registry_pb2.Organisation(
        code=code, name=code, kind=registry_pb2.ORGANISATION_KIND_AUTHORITY,
        division_code="410000" if code == PROVINCE else DIVISION, reports_to="" if code == PROVINCE else PROVINCE)


def publication(code):
    """A campaign of one form, in which all units are to report."""
    fields = [
        registry_pb2.Field(code="visitors", label="参观人数", section="活动", kind=registry_pb2.FIELD_KIND_INTEGER,
                           unit="人次", minimum=type_pb2.Decimal()),
        registry_pb2.Field(code="value", label="货值", section="活动", kind=registry_pb2.FIELD_KIND_DECIMAL, unit="万元",
                           decimals=2),
        registry_pb2.Field(code="contact", label="联系人", section="活动", kind=registry_pb2.FIELD_KIND_TEXT,
                           personal=True),
    ]
    form = registry_pb2.FormDefinition(
        code=FORM, version=1, title="统计表", annex="附件1", fields=fields,
        reporters=registry_pb2.REPORTER_GROUP_LISTED, expected_reporters=UNITS, due_date=DATE, lock_date=DATE)
    campaign = registry_pb2.Campaign(
        code=code, title=code, year=2099, issuer=PROVINCE, begins_on=type_pb2.Date(year=2099, month=1, day=1),
        ends_on=DATE, forms=[form],
        notices=[registry_pb2.Notice(document_number="豫市监办〔2099〕1号", title="通知", issuer="省局", body="通知")])
    return registry_pb2.PublishCampaignRequest(
        campaign=campaign, organisations=[organisation(one) for one in (PROVINCE, *UNITS)])


def push(chance, campaign, unit, base_version, key, wrong=False):
    """A report of a unit. A wrong one is refused whatever comes."""
    request = submission_pb2.PushRequest(base_version=base_version, idempotency_key=key)
    report = request.report
    report.campaign, report.form, report.form_version, report.reporting_unit = campaign, FORM, 1, unit
    kind = chance.random()
    if wrong:
        report.cells.add(field="visitors", integer=-1, unit="人次")
    elif kind < 0.7:
        report.cells.add(field="visitors", integer=chance.randrange(10_000), unit="人次")
    elif kind < 0.8:
        report.cells.add(field="visitors", not_applicable=True)
    # A report without anything in it is refused.
    if chance.random() < 0.8 or not report.cells:
        hundredths = type_pb2.Decimal(unscaled_value=chance.randrange(-10_000, 1_000_000), scale=2)
        report.cells.add(field="value", decimal=hundredths, unit="万元")
    if chance.random() < 0.25:
        report.cells.add(field="contact", text=f"某某{chance.randrange(10**11):011}")
    return request


def without_personal(report):
    """What the journal shows of a report."""
    shown = submission_pb2.Report()
    shown.CopyFrom(report)
    del shown.cells[:]
    shown.cells.extend(cell for cell in report.cells if cell.field != "contact")
    return shown


def personal(report):
    return next((cell.text for cell in report.cells if cell.field == "contact"), None)


def sums(reports):
    """Of each number: the sum, and how many units have a value, have none to give, left it out, and did not report.

    `reports`: one a unit, None where there is none.
    """
    result = {}
    for field in NUMBERS:
        total, counts = decimal.Decimal(0), [0, 0, 0, 0]
        for report in reports:
            value = report and next((cell for cell in report.cells if cell.field == field), None)
            if report is None:
                counts[3] += 1
            elif value is None:
                counts[2] += 1
            elif value.not_applicable:
                counts[1] += 1
            else:
                counts[0] += 1
                total += value.integer if field == "visitors" else exact(value.decimal)
        result[field] = (total, *counts)
    return result


def exact(value):
    return decimal.Decimal(value.unscaled_value).scaleb(-value.scale)
