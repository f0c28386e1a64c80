"""The real executables, on ports of this run: a test service, the gateway before it, and the suite's own services.

QM_BIN names the directory of the executables; without it, .build/debug of the repository.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from raw import PATIENCE_SECONDS  # noqa: E402

import quality_month.client  # noqa: E402

quality_month.client.CONNECT_SECONDS = PATIENCE_SECONDS
REPOSITORY = Path(__file__).resolve().parents[4]
TESTING = ("quality.testing.v1.TestService", "quality.testing.v1.BenchmarkService")


def executable(name: str) -> Path:
    path = Path(os.environ.get("QM_BIN") or REPOSITORY / ".build/debug") / name
    if not path.exists():
        pytest.skip(f"{path} is not built: swift build, or set QM_BIN")
    return path


def free_ports(count: int) -> list[int]:
    """Below those that the system gives to whoever dials, and below those of the tests in Swift."""
    ports: list[int] = []
    for port in random.SystemRandom().sample(range(18_500, 20_000), 1_500):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        ports.append(port)
        if len(ports) == count:
            return ports
    raise OSError("no ports are free between 18,500 and 20,000")


@dataclass(frozen=True)
class Target:
    """Where a test connects to, and as whom."""

    port: int
    service: str
    identity: Path
    name: str

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


class Suite:
    def __init__(self, state: Path):
        self.state, self.processes = state, []
        self.pki("init", "--domain", "quality.example")

    def pki(self, command: str, *arguments: str) -> None:
        subprocess.run(
            [executable("qmctl"), "pki", command, "--directory", self.state / "pki", *arguments],
            check=True, stdout=subprocess.DEVNULL)

    def identity(self, name: str, *arguments: str) -> Path:
        path = self.state / "identities" / name
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            self.pki("issue", *(arguments or ("--service", name)), "--output", str(path))
        return path

    def organisation(self, code: str, role: str = "reporter") -> Path:
        return self.identity(f"{code}-{role}", "--organisation", code, "--role", role)

    def start(self, name: str, configuration: str, *arguments: str) -> subprocess.Popen:
        identity = self.identity(name)
        ready = self.state / f"{name}.ready"
        ready.unlink(missing_ok=True)
        (self.state / f"{name}.yaml").write_text(
            f"tls: {{certificate: {identity}/cert.pem, key: {identity}/key.pem, authority: {identity}/ca.pem}}\n"
            + configuration)
        command = [executable(f"qm-{name}"), "--config", self.state / f"{name}.yaml", "--ready-file", ready, *arguments]
        process = self.launch(name, command)
        self.wait(process, lambda: ready.exists() and ready.stat().st_size > 0, name)
        return process

    def write_policy(self) -> Path:
        """The suite's own policy, with the testing services for everyone, and limits that no test reaches."""
        text = (REPOSITORY / "compose/policy.yaml").read_text()
        for old, new in [
            ('  "*":\n', '  "*":\n    - quality.testing.v1.*\n'),
            ("callsPerSecond: 1000, burstCalls: 2000, concurrentCalls: 500",
             "callsPerSecond: 1000000, burstCalls: 1000000, concurrentCalls: 100000"),
            # More than a connection to the gateway may have open, so that none waits for a place behind it.
            ("{concurrentCalls: 1000, queuedCalls", "{concurrentCalls: 1300, queuedCalls"),
        ]:
            assert old in text
            text = text.replace(old, new)
        path = self.state / "policy.yaml"
        path.write_text(text)
        return path

    def launch(self, name: str, command: list) -> subprocess.Popen:
        log = open(self.state / f"{name}.log", "ab")
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def wait(self, process: subprocess.Popen, condition, name: str) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{name} did not start: {(self.state / f'{name}.log').read_text()[-2000:]}")
            time.sleep(0.02)

    def start_benchmark(self, port: int) -> subprocess.Popen:
        command = [
            executable("qm-benchmark"), "serve", "--identity", self.identity("testing"), "--port", str(port),
            "--open-calls", "1500"]
        process = self.launch("benchmark", command)

        def answers() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        self.wait(process, answers, "benchmark")
        return process

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="session")
def suite(tmp_path_factory):
    suite = Suite(tmp_path_factory.mktemp("suite"))
    yield suite
    suite.stop()


@pytest.fixture(scope="session")
def targets(suite) -> dict[str, Target]:
    """The test service directly, and the same through the gateway."""
    backend, gateway, registry, submission = free_ports(4)
    suite.start_benchmark(backend)
    suite.ports = {"gateway": gateway, "registry": registry, "submission": submission}
    routes = "".join(f"  {name}: [127.0.0.1:{backend}]\n" for name in TESTING)
    routes += f"  quality.registry.v1.RegistryService: [127.0.0.1:{registry}]\n"
    routes += f"  quality.submission.v1.SubmissionService: [127.0.0.1:{submission}]\n"
    policy = suite.write_policy()
    suite.gateway = suite.start(
        "gateway", f"listen: {{host: 127.0.0.1, port: {gateway}}}\npolicy: {policy}\nroutes:\n{routes}")
    caller = suite.organisation("410100")
    return {
        "direct": Target(backend, "testing", caller, "direct"),
        "gateway": Target(gateway, "gateway", caller, "gateway"),
    }


# The notice that the samples belong to is of 2018.
CLOCK = "2018-10-11T09:00:00+08:00"


def start_service(suite, name: str) -> Target:
    configuration = f"listen: {{host: 127.0.0.1, port: {suite.ports[name]}}}\n"
    configuration += f"gateway: {{host: 127.0.0.1, port: {suite.ports['gateway']}}}\n"
    configuration += f"store: {{path: {suite.state}/{name}.db}}\n"
    suite.start(name, configuration, "--set", f"rehearsal.clockStartsAt={CLOCK}")
    return Target(suite.ports[name], name, suite.identity("gateway"), name)


@pytest.fixture(scope="session")
def registry(suite, targets) -> Target:
    return start_service(suite, "registry")


def qmctl(environment: dict[str, str], *arguments: str | Path) -> None:
    """The gateway was there long before the service, and looks for it again with pauses: exit code 3 says "not now"."""
    end = time.monotonic() + PATIENCE_SECONDS
    while (code := subprocess.run(
            [executable("qmctl"), *arguments], env=environment, stdout=subprocess.DEVNULL).returncode) == 3:
        assert time.monotonic() < end, arguments
        time.sleep(0.1)
    assert code == 0, arguments


@pytest.fixture(scope="session")
def submission(suite, registry) -> Target:
    """With Fujian's campaign of 2018 published."""
    environment = os.environ | {
        "QM_GATEWAY": f"127.0.0.1:{suite.ports['gateway']}", "QM_IDENTITY": str(suite.organisation("fujian", "publisher"))}
    campaign = REPOSITORY / "compose/campaigns/fujian-2018-quality-month.yaml"
    qmctl(environment, "campaign", "publish", campaign)
    target = start_service(suite, "submission")
    qmctl(environment, "call", "Submission/GetReceiptKey")
    return target


@pytest.fixture(params=["direct", "gateway"])
def target(request, targets) -> Target:
    return targets[request.param]


@pytest.fixture
def client(target):
    from quality_month import Client

    with Client(target.address, str(target.identity), service=target.service) as client:
        yield client
