"""The rounds: who is killed when, and what is printed of it."""

import collections
import random
import time

from stranger.suite import PROGRAMS, SuiteError

from . import disk, reports, senders
from .judge import Broken, Judge

# After so many rounds, and at the end: the journals from their first entry, whole inboxes, the sums of some campaigns.
ROUNDS_BETWEEN_WHOLE_CHECKS, CAMPAIGNS_OF_A_WHOLE_CHECK = 10, 5
# When the next kill comes, how long the killed stay away, and when one is killed again while it starts.
BEFORE_A_KILL_SECONDS, AWAY_SECONDS, INTO_START_SECONDS = (0.05, 0.5), (0, 0.15), (0, 0.3)
KILLED_AGAIN = 0.25
# Of the kills: those with which all senders end, whatever has not been answered.
GIVEN_UP = 0.15
KILLS_OF_A_ROUND = (1, 1, 2, 2, 3)
# How many at a time, and how often.
VICTIMS, WEIGHTS = (1, 2, 3, 5), (60, 25, 10, 5)
HOW = (disk.KEPT, disk.LOST, disk.LOST, disk.TORN, disk.TORN)


class Rounds:
    """All rounds upon one suite. What it raises is Broken or SuiteError."""

    def __init__(self, suite, seed):
        self._suite, self._seed = suite, seed
        self._judge = Judge(suite, random.Random(f"{seed} judge"))
        self._counts, self._kills = collections.Counter(), collections.Counter()
        self._done = 0

    def begin(self):
        for name in PROGRAMS:
            self._suite.start(name)
        self._suite.wait()

    def play(self, number, is_last):
        began = time.monotonic()
        campaign = reports.campaign_of(number)
        self._judge.publish(campaign)
        record, killed = self._send_and_kill(number)
        self._judge.judge(campaign, record)
        if fault := self._suite.fault():
            raise Broken(fault)
        self._count(record)
        print(f"round {number:3}  {time.monotonic() - began:4.1f} s  {len(record.acknowledged):4} acknowledged of "
              f"{len(record.sent):4} in {record.attempts:4} calls  {'; '.join(killed)}", flush=True)
        if is_last or number % ROUNDS_BETWEEN_WHOLE_CHECKS == 0:
            self._judge_all()

    def _send_and_kill(self, number):
        """Returns what was sent and answered, and what was killed, in words."""
        chance = random.Random(f"{self._seed} {number}")
        threads = senders.of_round(self._suite, number, self._seed, self._judge.last_id[reports.UNITS[0]])
        for thread in threads:
            thread.start()
        killed = [self._kill(chance, threads if chance.random() < GIVEN_UP else ())
                  for _ in range(chance.choice(KILLS_OF_A_ROUND))]
        self._suite.wait()
        for thread in threads:
            thread.finish()
        for thread in threads:
            thread.join()
        record = senders.Record()
        for thread in threads:
            if thread.fault:
                raise Broken(thread.fault)
            record.add(thread.record)
        return record, killed

    def _kill(self, chance, give_up):
        """Kills some, starts them again, and perhaps kills one of these while it starts.

        `give_up`: senders that end with the kill, whether what they sent has been answered or not.
        """
        time.sleep(chance.uniform(*BEFORE_A_KILL_SECONDS))
        for thread in give_up:
            thread.finish(abandon=True)
        # Submission has most to lose.
        drawn = chance.sample((*self._suite.victims, "submission"), chance.choices(VICTIMS, WEIGHTS)[0])
        victims = list(dict.fromkeys(drawn))
        words = [self._kill_one(name, chance) for name in victims]
        time.sleep(chance.uniform(*AWAY_SECONDS))
        for name in victims:
            self._suite.start(name)
        if chance.random() < KILLED_AGAIN:
            time.sleep(chance.uniform(*INTO_START_SECONDS))
            name = chance.choice(victims)
            words.append(f"{self._kill_one(name, chance)} while starting")
            self._suite.start(name)
        return ", ".join(words)

    def _kill_one(self, name, chance):
        how = chance.choice(HOW)
        lost = self._suite.kill(name, how, chance)
        self._kills[name] += 1
        self._counts["bytes lost"] += lost
        self._counts["kills that lost some"] += bool(lost)
        return f"{name} ({how}, -{lost // 1024} KiB)" if lost else name

    def _judge_all(self):
        earlier = random.Random(f"{self._seed} {self._done}").sample(
            range(1, self._done + 1), min(CAMPAIGNS_OF_A_WHOLE_CHECK, self._done))
        self._judge.judge_all([reports.campaign_of(number) for number in earlier])
        self._counts["whole checks"] += 1

    def _count(self, record):
        self._done += 1
        self._counts["pushes sent"] += len(record.sent)
        self._counts["pushes acknowledged"] += len(record.acknowledged)
        self._counts["pushes refused, as they had to be"] += len(record.refused)
        self._counts["organisations registered"] += len(record.registered)
        self._counts["messages acknowledged"] += len(record.marked)

    def summary(self):
        for name, journal in self._judge.journals.items():
            self._counts[f"entries of {name}'s journal"] = len(journal.leaves)
            self._counts["checkpoints verified"] += journal.checkpoints
        self._counts["pushes not answered and yet carried out"] = self._judge.found
        kills = ", ".join(f"{name} {count}" for name, count in sorted(self._kills.items()))
        print(f"\n{self._done} rounds; killed: {kills}")
        for what, count in self._counts.items():
            print(f"{count:13,}  {what}")


def play(suite, seed, count, again):
    """All rounds. Returns whether all held. Raises SuiteError when the programs cannot be started at all.

    `again`: the command that plays them again, without the number of rounds.
    """
    rounds = Rounds(suite, seed)
    rounds.begin()
    began = time.monotonic()
    try:
        for number in range(1, count + 1):
            rounds.play(number, is_last=number == count)
    except (Broken, SuiteError) as broken:
        suite.keep()
        print(f"FAILED in round {number}: {' '.join(str(broken).split())}")
        if fault := suite.fault():
            print(f"  {fault}")
        print(f"  stores and logs are in {suite.state}; to see it again: {again} {number}", flush=True)
        return False
    rounds.summary()
    print(f"\nall held, {(time.monotonic() - began) / count:.2f} s a round")
    return True
