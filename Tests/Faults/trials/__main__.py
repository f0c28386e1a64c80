"""What Tests/Faults/store-trials calls."""

import argparse
import os
import pathlib
import random
import signal
import sys

from rounds.suite import free_ports
from stranger.suite import SuiteError

from . import run
from .suite import Processes


def options():
    parser = argparse.ArgumentParser(prog="Tests/Faults/store-trials")
    parser.add_argument("count", nargs="?", type=int, default=60)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--only", type=numbers, metavar="K[-L]")
    parser.add_argument("--keep", action="store_true")
    return parser.parse_args()


def numbers(text):
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def stopped(number, _):
    sys.exit(f"store-trials: stopped by {signal.Signals(number).name}")


def main():
    given, suite = options(), None
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stopped)
    seed = given.seed if given.seed is not None else random.SystemRandom().getrandbits(32)
    try:
        suite = Processes(given.bin, int(os.environ.get("QM_PORT", 0)) or free_ports())
        if given.keep:
            suite.keep()
            print(f"stores and logs are in {suite.state}", flush=True)
        print(f"seed {seed}, {given.count} trials, {suite.store.name}, executables {given.bin}", flush=True)
        return 0 if run.play(suite, seed, given.count, given.only) else 1
    except SuiteError as error:
        print(f"store-trials: {error}", file=sys.stderr)
        return 2
    finally:
        if suite:
            suite.close()


sys.exit(main())
