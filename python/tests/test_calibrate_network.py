"""The card stage (DPR-9), on the loopback of a network namespace of its own: no traffic leaves it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("ekssim._core", reason="the extension module is not built")

from ekssim.calibrate import allowances, linux
from ekssim.calibrate.network import call, serve
from ekssim.cli.app import app
from ekssim.errors import Error

needs_rights = pytest.mark.skipif(
    sys.platform != "linux" or bool(linux.capabilities()), reason="network namespaces need root"
)
EKSSIM = f"{sys.executable} -m ekssim calibrate network"


def in_namespace(script: str) -> subprocess.CompletedProcess[str]:
    whole = ["unshare", "-n", "sh", "-c", f"ip link set lo up; {script}"]
    return subprocess.run(whole, capture_output=True, text=True, timeout=120, check=False)


def client(more: str = "") -> str:
    """As soon as the server answers, which has to compile first."""
    once = f"{EKSSIM} --client 127.0.0.1 --seconds 0.3 {more}"
    return f"for i in 1 2 3 4 5 6 7 8 9 10; do {once} && break; sleep 1; done"


@needs_rights
def test_client_measures_the_way_to_the_server(tmp_path: Path) -> None:
    """DPR-9: round trip, requests and connections; both ends read counters before and after."""
    done = in_namespace(
        f"{EKSSIM} --server -o json >{tmp_path}/server & server=$!; {client('-o json')};"
        "kill -TERM $server; wait $server"
    )
    assert done.returncode == 0, done.stderr
    seen, server = json.loads(done.stdout), json.loads((tmp_path / "server").read_text())
    assert seen["role"] == "client" and server["role"] == "server"
    # A message to oneself takes longer than a microsecond and less than a busy machine's scheduling.
    assert 0 < seen["round_trip_us"]["least"] <= seen["round_trip_us"]["smoothed"] < 20_000
    for kind in ("request", "connection"):
        assert seen[kind]["done"] > 10 and seen[kind]["failed"] == 0
        assert seen[kind]["per_second"] == pytest.approx(1e6 / seen[kind]["wall_us"], rel=0.01)
        assert seen[kind]["client_cpu_us"] > 0
    assert seen["connection"]["wall_us"] > seen["request"]["wall_us"], "a connection takes three times the way"
    # The loopback's MTU is 65536: 40 bytes of headers and 12 of timestamps leave this.
    assert seen["path_mtu"] >= 65_535 and seen["segment_bytes"] > 10_000
    for one in (seen, server):
        assert one["allowances"] == {"before": {}, "after": {}, "exceeded": {}}, "loopback has none"


@needs_rights
def test_screen_says_what_was_seen() -> None:
    done = in_namespace(f"{EKSSIM} --server & server=$!; {client()}; kill $server; wait $server")
    text = " ".join(done.stdout.split())
    assert "answers at port 9475" in text and "round trip" in text and "connections a second" in text
    assert "rtt_zone" in text and "no interface here counts allowances" in text


@needs_rights
def test_nothing_that_answers_is_an_error_with_advice() -> None:
    done = in_namespace(f"{EKSSIM} --client 127.0.0.1 --port 1 || exit 7")
    assert done.returncode == 7
    assert "nothing answers at 127.0.0.1 port 1" in " ".join(done.stderr.split()) and "--server" in done.stderr


def test_stranger_that_answers_is_told() -> None:
    """Something else on that port, which hangs up."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        child = os.fork()
        if child == 0:
            connection, _ = listening.accept()
            connection.recv(64)
            connection.shutdown(socket.SHUT_RDWR)
            os._exit(0)
        with pytest.raises(Error, match=r"is no `ekssim calibrate network --server`|nothing answers"):
            call("127.0.0.1", listening.getsockname()[1], 0.1)
        os.waitpid(child, 0)


def test_port_that_is_taken_is_told() -> None:
    with socket.socket() as listening:
        listening.bind(("0.0.0.0", 0))
        listening.listen()
        port = listening.getsockname()[1]
        with pytest.raises(Error, match=f"port {port} cannot be served"):
            serve(port, lambda: None, lambda: None)


@needs_rights
def test_server_ends_with_its_parent() -> None:
    """Nothing goes on answering when the command itself is killed."""
    done = in_namespace(
        f"{EKSSIM} --server & server=$!; {client()}; kill -KILL $server; wait $server; sleep 0.5;"
        f"{EKSSIM} --client 127.0.0.1 || echo gone"
    )
    assert "round trip" in done.stdout
    assert "gone" in done.stdout


@needs_rights
def test_counters_of_a_driver_are_read() -> None:
    """A pair of virtual interfaces has counters; EC2's driver names those of its allowances so."""
    program = (
        "from ekssim.calibrate.allowances import counters, of_all_interfaces; print(counters('one')); "
        "print(of_all_interfaces(), counters('lo'))"
    )
    done = in_namespace(f'ip link add one type veth peer name two; {sys.executable} -c "{program}"')
    first, second = done.stdout.splitlines()
    assert "'peer_ifindex': " in first, done.stderr
    assert second == "{} {}"


def test_only_what_moves_is_exceeded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """DPD-28: the counters stand since boot."""
    seen = {
        "eth0": {"tx_packets": 5, "pps_allowance_exceeded": 7, "conntrack_allowance_exceeded": 0},
        "eth1": {"tx_packets": 9},
    }
    for name in (*seen, "gone"):
        (tmp_path / name).mkdir()

    def counters(interface: str) -> dict[str, int]:
        if interface not in seen:
            raise OSError("no such device")
        return seen[interface]

    monkeypatch.setattr(allowances, "counters", counters)
    before = allowances.of_all_interfaces(tmp_path)
    assert before == {"eth0": {"pps_allowance_exceeded": 7, "conntrack_allowance_exceeded": 0}}
    after = {"eth0": {"pps_allowance_exceeded": 12, "conntrack_allowance_exceeded": 0}}
    assert allowances.exceeded(before, after) == {"eth0": {"pps_allowance_exceeded": 5}}
    assert allowances.exceeded(after, after) == {}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["network"], "on one node --server"),
        (["network", "--server", "--client", "10.0.0.1"], "on one node --server"),
        (["network", "--server", "--full"], "calibrate network has no such option"),
        (["network", "--client", "10.0.0.1", "--name", "x"], "calibrate network has no such option"),
        (["datapath", "--server"], "calibrate datapath has no such option"),
        (["datapath", "--seconds", "1"], "calibrate datapath has no such option"),
    ],
)
def test_options_of_the_other_kind_are_refused(arguments: list[str], told: str) -> None:
    done = CliRunner().invoke(app, ["calibrate", *arguments])
    assert done.exit_code == 2
    assert told in " ".join(done.output.replace("│", " ").split())
