"""The trials: what was done to a store, what was said of it, and what was served all the same."""

import collections
import datetime
import random
import signal
import time

from quality_month.messages import submission_pb2
from quality_month.push import Reporter, receipt_bytes
from stranger.suite import PROGRAMS, SuiteError

from . import kinds
from .truth import (
    CALL_SECONDS, IN_TIME, REPORTING, SPARE, VERSIONS, Questions, Truth, answers, asked_of, client, outcome)

CONNECTING_SECONDS, VERIFYING_SECONDS, LONG_SECONDS = 5, 15, 1
# A correction before anything else is asked for, as often as after all of it.
EAGER = 0.5
# What a push changes beside its own report.
CHANGED_BY_PUSHES = ("list of reports", "completeness", "sums", "inbox")
TRUE_AT_LAST = "harmless"


class Trial:
    """One of them. `verdict` and what led to it are there when `play` has returned."""

    def __init__(self, suite, truth, chance, deed):
        self._suite, self._truth, self._chance, self._deed = suite, truth, chance, deed
        self._form, self._unit = deed.form or IN_TIME, deed.unit or chance.choice(REPORTING)
        # Statements that are not true; statements that something acknowledged is not there; no answers.
        self.false, self.denied, self.silent = [], [], []
        # The first fault that a program told of by itself: milliseconds after its start, which program, text.
        self.noticed = None
        # Whether the report in question was denied also after that.
        self.still_denied = False
        self.auditor, self.verifier, self.health, self.crash = None, None, "", None
        self._ended, self._current, self._false_answers = [], {}, []

    def play(self):
        deed = self._deed
        try:
            self._suite.start(environment=deed.environment, arguments={deed.service: deed.arguments})
            self._ended = self._suite.wait()
            self._ask()
            self._look()
        finally:
            self._suite.stop()
            self.crash = self._suite.crash()
            if self.crash is None:
                self._verify()
            if deed.undo:
                deed.undo()

    # While it runs

    def _ask(self):
        eager = self._chance.random() < EAGER
        with Questions(self._suite) as questions:
            target = f"report {self._form} {self._unit} 0"
            end = time.monotonic() + CONNECTING_SECONDS
            ask = questions.report(self._form, self._unit, 0)
            self._judge(target, _until_connected(ask, end, "submission" in self._ended))
            if eager:
                self._push()
            if self._deed.later:
                self._deed.later()
                self._push()
            everything, in_vain = dict(questions.all(self._truth)), set()
            for name in ("campaigns", "sums of late 1", "inbox of unit-00"):
                _until_connected(everything[name], end, asked_of(name) in self._ended)
            for name, ask in everything.items():
                # Who is away, or waits for what does not come, is given seconds for each call: one is enough.
                if asked_of(name) not in in_vain:
                    began = time.monotonic()
                    result = outcome(ask)
                    self._judge(name, result)
                    if not answers(result[0]) and time.monotonic() - began > LONG_SECONDS:
                        in_vain.add(asked_of(name))
        self._await_verification()
        with Questions(self._suite) as questions:
            everything = dict(questions.all(self._truth))
            for name in self._false_answers:
                code, answer = outcome(everything[name])
                if answers(code) and answer != self._truth.answers[name]:
                    self.false.append(f"{name}: is still another answer when the store was verified")
            if self.denied and "submission" not in self._ended:
                code, answer = outcome(questions.report(self._form, self._unit, 1))
                self.still_denied = code != "OK" and answers(code)
        if not eager and not self._deed.later:
            self._push()

    def _judge(self, name, result):
        code, answer = result
        if name in self._current:
            expected = self._current[name]
        elif self._current and name.startswith(CHANGED_BY_PUSHES):
            return
        else:
            expected = self._truth.answers[name]
        if not answers(code):
            self.silent.append((name, code, answer))
        elif code != "OK":
            self.denied.append(f"{name}: {code}: {answer}")
        elif answer != expected and self._deed.is_known and name == "list of reports" and len(answer) < len(expected):
            self.denied.append(f"{name}: one is missing")
        elif answer != expected:
            self._false_answers.append(name)
            self.false.append(f"{name}: is another answer than what was acknowledged")

    def _push(self):
        """A correction of the report in question, a first one, and two that came before."""
        truth, accepted = self._truth, self._truth.accepted[self._form, self._unit]
        chance = random.Random(f"{self._form} {self._unit}")
        with client(self._suite, "reporter") as calls:
            reporter = Reporter(calls, CALL_SECONDS)
            for form, unit, base in ((self._form, self._unit, len(accepted)), (IN_TIME, SPARE[0], 0)):
                if f"report {form} {unit} 0" not in self._current:
                    self._push_new(reporter, truth.make(form, unit, base, f"trial-{form}-{unit}-{base + 1}"))
                if "submission" in self._ended or self.silent and self.silent[-1][1] == "DEADLINE_EXCEEDED":
                    return
            code, answer = outcome(lambda: receipt_bytes(reporter.push(accepted[-1].push)))
            self._judge_known("its last push, sent again", code, answer, "OK", accepted[-1].receipt)
            one = accepted[self._deed.version - 1] if self._deed.version else chance.choice(accepted)
            code, answer = outcome(lambda: receipt_bytes(reporter.push(one.push)))
            self._judge_known(f"its push {one.version}, sent again", code, answer, "OK", one.receipt)
            code, answer = outcome(lambda: receipt_bytes(reporter.push(truth.refused)))
            self._judge_known("a push that was refused, sent again", code, answer, "INVALID_ARGUMENT", answer)

    def _push_new(self, reporter, push):
        unit, form = push.report.reporting_unit, push.report.form
        what = f"a {'correction' if push.base_version else 'first report'} of {form} {unit}"
        code, answer = outcome(lambda: reporter.push(push))
        if not answers(code):
            self.silent.append((what, code, answer))
        elif code != "OK":
            self.denied.append(f"{what}: {code}: {answer}")
        elif fault := self._truth.faults_of_receipt(push, answer):
            self.false.append(f"{what}: {fault}")
        if code != "OK":
            return
        name = f"report {form} {unit} 0"
        self._current[name] = None
        with Questions(self._suite) as questions:
            code, found = outcome(questions.report(form, unit, 0))
        self._current[name] = found if code == "OK" else None
        if code == "OK":
            message = submission_pb2.GetReportResponse.FromString(found)
            if message.report != push.report or message.receipt != answer.receipt:
                self.false.append(f"{what} was accepted, and another one is there")
        elif answers(code):
            self.denied.append(f"{what} was accepted, and then: {code}: {found}")

    def _judge_known(self, what, code, answer, expected_code, expected):
        if not answers(code):
            self.silent.append((what, code, answer))
        elif code == "OK" and (expected_code != "OK" or answer != expected):
            self.false.append(f"{what}, is answered with another verdict")
        elif code != expected_code:
            self.denied.append(f"{what}: {code}: {answer}")

    def _await_verification(self):
        """Until the store in question was verified in the background, or something was said of it."""
        name, end = self._deed.service, time.monotonic() + VERIFYING_SECONDS
        while name not in self._ended and time.monotonic() < end:
            lines = self._suite.lines(name)
            if any(level == "error" or text.startswith("the store was verified") for _, level, text in lines):
                return
            time.sleep(0.01)

    def _look(self):
        """What the programs say by themselves, and what somebody finds who kept a checkpoint."""
        name = self._deed.service
        ahead = 0
        if "QM_WRONGCLOCK" in self._deed.environment.get(name, {}):
            # Its log has its own instants.
            ahead = None
        # Health is reviewed once a second.
        end = time.monotonic() + 2
        while name not in self._ended and time.monotonic() < end:
            status, text = self._suite.readiness(name)
            if status != 200 or text != "ready":
                break
            time.sleep(0.2)
        if name not in self._ended:
            status, text = self._suite.readiness(name)
            self.health = "" if status == 200 and text == "ready" else " ".join(text.split())
        code, text = self._suite.qmctl("health")
        if code != 0 and not self.health:
            self.health = next((" ".join(line.split()) for line in text.splitlines() if "serving  " in line
                                or "impaired" in line or "not serving" in line), "")
        self._find_notice(ahead)
        for journal in ("registry", "submission"):
            if journal not in self._ended and self.auditor is None:
                code, text = self._suite.qmctl(
                    "journal", "verify", "--journal", journal, "--since", str(self._truth.checkpoint(journal)))
                if code == 1:
                    self.auditor = f"{journal}'s journal: {' '.join(text.split())}"

    def _find_notice(self, ahead):
        found = []
        for program in PROGRAMS:
            for instant, level, text in self._suite.lines(program):
                if level in ("error", "critical"):
                    seconds = 0 if ahead is None else _unix(instant) - self._suite.began[program]
                    found.append((seconds * 1000, program, text))
            if program in self._ended and not any(one[1] == program for one in found):
                found.append((0, program, self._last_words(program)))
        # What the service says of its own store tells more than what others say of it.
        found.sort(key=lambda one: (one[1] != self._deed.service, one[0]))
        self.noticed = found[0] if found else None

    def _last_words(self, program):
        text = (self._suite.state / f"{program}.log").read_text(errors="replace").strip()
        return text.splitlines()[-1] if text else "ended without a word"

    def _verify(self):
        """With all programs stopped."""
        code, text = self._suite.verify(self._deed.service, self._deed.place)
        self.verifier = " ".join(text.split()) if code != 0 else None

    # The verdict

    @property
    def is_known(self):
        """A report whose row was deleted is denied until its entry is reached: documented in README.md."""
        return bool(self.denied) and self._deed.is_known and self.noticed is not None

    @property
    def holds(self):
        return not self.false and not self.crash and (not self.denied or self.is_known)

    def verdict(self):
        if self.crash:
            return "CRASHED"
        if self.false:
            return "SERVED AS TRUE"
        if self.denied and not self.is_known:
            return "LOST, AND THE PROGRAM KNEW" if self.noticed else "LOST IN SILENCE"
        known = ", denied before (known)" if self.is_known else ""
        if self.noticed:
            milliseconds, program, text = self.noticed
            if program in self._ended:
                return "detected at start"
            after = f" after {milliseconds:.0f} ms" if milliseconds else ""
            if program != self._deed.service:
                return f"detected by {program}{after}"
            if self._deed.environment or self._deed.arguments:
                return f"detected while it runs{after}"
            if text.startswith("storage failed"):
                return "detected when written"
            return f"detected by verify in the background{after}{known}"
        if self.health:
            return "detected by health"
        if self.silent:
            return "detected when read"
        if self.auditor:
            return "detected by a kept checkpoint"
        if self.verifier:
            return "detected by store verify only"
        return TRUE_AT_LAST

    def reason(self):
        """In somebody's words, of whatever decided."""
        if self.crash:
            return self.crash
        if bad := self.false or ([] if self.is_known else self.denied):
            return bad[0] if len(bad) == 1 else f"{bad[0]} (and {len(bad) - 1} more)"
        if self.noticed:
            return f"{self.noticed[1]}: {self.noticed[2]}"
        if self.silent:
            return ": ".join(map(str, self.silent[0]))
        return self.health or self.auditor or self.verifier or ""


def _until_connected(ask, end, is_gone):
    """The first answer: the gateway may not have dialled yet."""
    while True:
        result = outcome(ask)
        if result[0] != "UNAVAILABLE" or is_gone or time.monotonic() > end:
            return result
        time.sleep(0.01)


def _unix(instant):
    return datetime.datetime.fromisoformat(instant.replace("Z", "+00:00")).timestamp()


def prepare(suite, seed):
    """The state that all trials start from; and one of an earlier day, and one of killed programs."""
    truth = Truth(suite, random.Random(f"{seed} reports"))
    suite.start()
    _all_run(suite)
    truth.publish()
    truth.report(VERSIONS // 2)
    truth.is_followed()
    suite.stop(signal.SIGKILL)
    suite.store.keep("earlier")
    suite.start()
    _all_run(suite)
    truth.register()
    truth.report(VERSIONS - VERSIONS // 2)
    truth.is_followed()
    suite.stop(signal.SIGKILL)
    suite.store.keep("killed")
    suite.start()
    _all_run(suite)
    truth.is_followed()
    truth.remember()
    suite.stop()
    suite.store.keep("clean")
    return truth


def _all_run(suite):
    if ended := suite.wait():
        raise SuiteError(f"{', '.join(ended)} ended: {(suite.state / f'{ended[0]}.log').read_text()[-1000:]}")


def play(suite, seed, count, only):
    """All trials. Returns whether nothing false was served."""
    began = time.monotonic()
    truth = prepare(suite, seed)
    reports = sum(map(len, truth.accepted.values()))
    print(f"{reports} reports and corrections were acknowledged; {len(truth.answers)} answers are held against that\n",
          flush=True)
    control = Trial(suite, truth, random.Random(seed), kinds.Deed("nothing", "submission"))
    suite.store.put_back("clean")
    control.play()
    if control.verdict() != TRUE_AT_LAST:
        suite.keep()
        raise SuiteError(
            f"with nothing changed: {control.verdict()}: {control.reason()}; all of it is in {suite.state}")
    drawn = kinds.drawn(suite.store.name, random.Random(f"{seed} kinds"), count)
    by_kind, failed, known, left_out = collections.defaultdict(collections.Counter), [], [], []
    for number, (kind, turn) in enumerate(drawn, 1):
        if only and number not in only:
            continue
        chance = random.Random(f"{seed} {number}")
        suite.store.put_back("clean")
        deed = kinds.KINDS[suite.store.name][kind](suite, truth, chance, turn)
        if deed is None:
            left_out.append(kind)
            print(f"{number:3}  {kind}: left out, it cannot be made here", flush=True)
            continue
        trial = Trial(suite, truth, chance, deed)
        trial.play()
        verdict = trial.verdict()
        reason = _short(trial.reason())
        print(f"{number:3}  {kind}: {deed.what}\n     {verdict}{_also(trial)}", flush=True)
        if reason:
            print(f"       {reason}", flush=True)
        by_kind[kind][_class(verdict)] += 1
        if trial.is_known and trial.holds:
            when = "before and after it was noticed" if trial.still_denied else "until it was noticed"
            known.append(f"{number}: {deed.what}: {when}: {_short(trial.denied[0])}")
        if not trial.holds:
            failed.append(number)
            # What was signed weighs most.
            for sentence in sorted([*trial.false, *trial.denied], key=lambda one: "receipt" not in one)[:5]:
                print(f"       - {_short(sentence)}")
            again = f"Tests/Faults/store-trials{_engine(suite)} --seed {seed} --only {number} {count}"
            print(f"       to see it again: {again}", flush=True)
            _keep_logs(suite, number)
    _summarise(by_kind, failed, known, left_out, time.monotonic() - began)
    if failed:
        suite.keep()
        print(f"FAILED: trials {', '.join(map(str, failed))}; logs are in {suite.state}")
    return not failed


def _keep_logs(suite, number):
    directory = suite.state / f"trial-{number}"
    directory.mkdir()
    for name in PROGRAMS:
        (directory / f"{name}.log").write_text("".join(
            f"{instant} {level} {text}\n" for instant, level, text in suite.lines(name)))


def _engine(suite):
    return " --postgres" if suite.store.name == "postgres" else ""


def _also(trial):
    """Who says so beside whoever was first."""
    said = [what for what, found in (
        ("health", trial.health), ("reads", any(code == "DATA_LOSS" for _, code, _ in trial.silent)),
        ("a kept checkpoint", trial.auditor), ("store verify", trial.verifier)) if found]
    return f"  [{', '.join(said)}]" if said else ""


def _short(text):
    text = " ".join(text.split())
    return text if len(text) <= 220 else text[:217] + "..."


def _class(verdict):
    return verdict.partition(" after ")[0].partition(",")[0]


def _summarise(by_kind, failed, known, left_out, seconds):
    print()
    for kind, verdicts in by_kind.items():
        print(f"{kind:24} {'; '.join(f'{count} {verdict}' for verdict, count in sorted(verdicts.items()))}")
    if known:
        print("\nknown: a report whose row was deleted is said not to be there, also before the background reaches its entry")
        for one in known:
            print(f"  {one}")
    tried = sum(sum(verdicts.values()) for verdicts in by_kind.values())
    print(f"\n{tried} trials in {seconds:.0f} s, {len(left_out)} left out, "
          f"{'nothing false was served' if not failed else f'{len(failed)} failed'}", flush=True)
