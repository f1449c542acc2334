"""The calibration rig for real: it measures in rooms of its own, refuses what is not its own, leaves nothing behind.

What needs root and network namespaces is skipped elsewhere, and says so.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

pytest.importorskip("ekssim._core", reason="the extension module is not built")

from ekssim.calibrate import calibrate_datapath, linux
from ekssim.calibrate.defaults import DEFAULTS
from ekssim.calibrate.probe import Findings, probe

needs_rights = pytest.mark.skipif(
    probe().hindrance is not None, reason=f"the rig cannot measure here: {probe().hindrance}"
)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "ekssim", "calibrate", *arguments]


def calibrate(folder: Path, *arguments: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    whole = [*before, *command(*arguments)]
    return subprocess.run(whole, cwd=folder, capture_output=True, text=True, timeout=300, check=False)


def outside() -> dict[str, object]:
    """What of this machine the rig must leave as it was."""
    names = Path("/run/netns")
    rules = {}
    for program in (["iptables-legacy-save"], ["nft", "list", "ruleset"]):
        if shutil.which(program[0]):
            rules[program[0]] = subprocess.run(program, capture_output=True, text=True, check=False).stdout
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=False).stdout
    groups = subprocess.run(
        ["find", "/sys/fs/cgroup", "-name", "ekssim*"], capture_output=True, text=True, check=False
    ).stdout
    return {
        "namespaces": sorted(os.listdir(names)) if names.is_dir() else [],
        "rules": {
            name: [line for line in text.splitlines() if not line.startswith("#")] for name, text in rules.items()
        },
        "links": links,
        "groups": groups,
        "limit": Path("/proc/sys/net/netfilter/nf_conntrack_max").read_text(),
    }


def group_root() -> Path:
    """Where the unified hierarchy of control groups is mounted."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(place)
    pytest.skip("no cgroup2 is mounted")


def descendants(ancestor: int) -> dict[int, str]:
    """The processes below one, with what tells them from later ones of the same number."""
    parents: dict[int, tuple[int, str]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents[int(folder.name)] = (int(fields[1]), fields[19])
    below: dict[int, str] = {}
    grown = True
    while grown:
        more = {pid: started for pid, (parent, started) in parents.items() if parent == ancestor or parent in below}
        grown = more.keys() != below.keys()
        below = more
    return below


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def alive(processes: dict[int, str]) -> set[int]:
    still = set()
    for pid, started in processes.items():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if fields[19] == started and fields[0] != "Z":
            still.add(pid)
    return still


@pytest.fixture
def measuring(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A calibration in the midst of its rounds."""
    running = subprocess.Popen(
        command("datapath", "--rounds", "5000"),
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert running.stderr is not None
    assert any("round" in line for line in running.stderr), "it ended before it measured"
    yield running
    if running.poll() is None:
        running.kill()
    running.communicate()


@needs_rights
def test_short_run_measures_and_leaves_nothing(tmp_path: Path) -> None:
    """DPR-1, DPR-2, DPR-10: a profile with the ends and the routed path measured, and the machine as it was."""
    before = outside()
    done = calibrate(tmp_path, "datapath", "--rounds", "3", "--name", "here", "-o", "json")
    assert done.returncode == 0, done.stderr
    profile = json.loads(done.stdout)
    assert profile == yaml.safe_load((tmp_path / "here.datapath.yaml").read_text())
    assert profile["schema"] == "ekssim.dev/datapath-profile/v1alpha1" and profile["name"] == "here"
    assert profile["run"]["rounds"] == 3
    assert profile["coefficients"].keys() == DEFAULTS.keys()
    medians = {(one["mode"], one["workload"]): one["median"] for one in profile["raw"]["run_us"]}
    # A connection through a node costs more than one without; ten packets of it cross the node (DPC-10).
    assert 5 < medians["direct", "short"] < 5000
    assert medians["direct", "open"] < medians["direct", "short"] / 2
    assert profile["raw"]["packets"]["short"] == pytest.approx(10, abs=1.5)
    assert profile["raw"]["packets"]["open"] == pytest.approx(2, abs=0.5)
    assert profile["coefficients"]["k_conn"]["seen"] > 0
    assert all(one["failed"] == 0 for one in profile["raw"]["run_us"])
    for one in profile["coefficients"].values():
        assert one["low"] <= one["value"] <= one["high"] or not one["measured"]
        assert one["measured"] or one["method"].startswith("default")
    # DPR-3: event export costs the path something for each packet, and the reader something for each event.
    if "ebpf-events" not in profile["left_out"]:
        assert medians["ebpf-events", "short"] > medians["ebpf-legacy", "short"]
        assert len(profile["raw"]["event_reader_us"]) == 10 and min(profile["raw"]["event_reader_us"]) > 0
        assert profile["coefficients"]["h_evt_path"]["seen"] > 0
        assert profile["coefficients"]["h_evt_agent"]["seen"] > 0
    # DPR-3: IPVS where the kernel has it.
    assert ("ipvs" in {mode for mode, _ in medians}) != ("ipvs" in profile["left_out"])
    assert outside() == before


@needs_rights
@pytest.mark.skipif(not (probe().iptables_legacy or probe().iptables_nft), reason="no iptables program")
def test_thousands_of_rules_are_seen(tmp_path: Path) -> None:
    """DPC-12: 5000 services of the installed form cost a new connection at least a nanosecond each."""
    done = calibrate(tmp_path, "datapath", "--rounds", "3", "-o", "json")
    rows = json.loads(done.stdout)["raw"]["run_us"]
    few = min(one["median"] for one in rows if one["mode"].startswith("iptables") and one["services"] == 1
              and one["workload"] == "short")  # fmt: skip
    many = [one["median"] for one in rows if one["mode"].startswith("iptables") and one["services"] == 5000]
    assert many and many[0] > few + 5


@needs_rights
@pytest.mark.parametrize(
    ("sign", "code"),
    [
        (signal.SIGINT, 130),
        (signal.SIGTERM, -signal.SIGTERM),
        (signal.SIGHUP, -signal.SIGHUP),
        (signal.SIGKILL, -signal.SIGKILL),
    ],
)
def test_signals_leave_nothing(measuring: subprocess.Popen[str], tmp_path: Path, sign: int, code: int) -> None:
    """DPR-1: everything goes on exit, on a signal, and when nobody is left to clean up."""
    processes = descendants(measuring.pid)
    assert len(processes) > 10, "both ends of several variants run"
    measuring.send_signal(sign)
    assert measuring.wait(timeout=20) == code
    deadline = time.monotonic() + 20
    while alive(processes) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(processes)
    after = outside()
    assert not [name for name in after["namespaces"] if str(name).startswith("ekssim")]  # type: ignore[attr-defined]
    assert after["groups"] == ""
    assert "ekssim" not in str(after["rules"])
    assert not list(tmp_path.iterdir()), "no profile of half a measurement"


@needs_rights
def test_killed_guard_takes_everything_with_it(measuring: subprocess.Popen[str]) -> None:
    """DPR-1: the kernel cleans up where the watchdog itself is killed, and the next run clears what stands outside."""
    processes = descendants(measuring.pid)
    guard = next(pid for pid in processes if parent_of(pid) == measuring.pid)
    os.kill(guard, signal.SIGKILL)
    assert measuring.wait(timeout=20) == 2
    assert measuring.stderr is not None and "ended early" in measuring.stderr.read()
    deadline = time.monotonic() + 20
    while alive(processes) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(processes)
    calibrate_datapath("again", rounds=2)
    assert outside()["groups"] == ""


@needs_rights
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGHUP])
def test_guard_cleans_up_when_it_is_told_to_end(measuring: subprocess.Popen[str], sign: int) -> None:
    """DPR-1: a terminal that goes sends SIGHUP to all."""
    processes = descendants(measuring.pid)
    guard = next(pid for pid in processes if parent_of(pid) == measuring.pid)
    os.kill(guard, sign)
    assert measuring.wait(timeout=20) == 2
    assert not alive(processes)
    assert outside()["groups"] == ""


@needs_rights
def test_control_groups_of_others_are_left_alone(tmp_path: Path) -> None:
    """DPR-1: that of a guard that lives, such as in another container, and what only begins like ours."""
    made = [group_root() / name for name in (f"ekssim-calibrate-{os.getpid()}", "ekssim-calibrate-mine")]
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    left_over = group_root() / f"ekssim-calibrate-{int(gone.stdout)}"
    try:
        for folder in (*made, left_over):
            folder.mkdir()
        calibrate_datapath("beside", rounds=2)
        assert all(folder.is_dir() for folder in made)
        assert not left_over.exists()
    finally:
        for folder in (*made, left_over):
            if folder.is_dir():
                folder.rmdir()


@pytest.mark.skipif(sys.platform != "linux", reason="a signal of Linux")
def test_worker_whose_parent_is_gone_ends_at_once() -> None:
    """The parent may end between fork() and prctl(2), of which no signal tells."""
    program = """
import os
from ekssim.calibrate import linux
alive, held = os.pipe()
linux.die_with_parent(alive)
os.close(held)
try:
    linux.die_with_parent(alive)
except ProcessLookupError:
    print("gone")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "gone\n", done.stderr


@needs_rights
def test_second_calibration_is_refused(tmp_path: Path) -> None:
    """Two would measure each other."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as lock:
        lock.bind("\0ekssim-calibrate")
        done = calibrate(tmp_path, "datapath", "--rounds", "2")
    assert done.returncode == 2 and "another calibration runs" in done.stderr
    assert not list(tmp_path.iterdir())


@needs_rights
@pytest.mark.skipif(shutil.which("unshare") is None, reason="no unshare program")
def test_namespaces_of_its_names_are_refused_and_left_alone(tmp_path: Path) -> None:
    """DPR-1."""
    stage = 'mount -t tmpfs none /run && mkdir /run/netns && : >/run/netns/ekssim-mine; "$@"; echo $?; ls /run/netns'
    done = calibrate(tmp_path, "datapath", "--rounds", "2", before=("unshare", "-m", "sh", "-c", stage, "sh"))
    assert done.stdout.split() == ["2", "ekssim-mine"]
    assert "network namespaces called ekssim-mine" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0 and shutil.which("setpriv") is None, reason="no setpriv to drop rights with")
def test_without_the_rights_it_says_what_stays_at_default(tmp_path: Path) -> None:
    """DPR-12: exits with success."""
    drop = ("setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin") if os.geteuid() == 0 else ()
    done = calibrate(tmp_path, "datapath", before=drop)
    assert done.returncode == 0, done.stderr
    assert "Nothing was measured: not allowed: CAP_SYS_ADMIN" in done.stdout
    for name in DEFAULTS:
        assert name in done.stdout
    assert not list(tmp_path.iterdir())
    shown = json.loads(calibrate(tmp_path, "datapath", "-o", "json", before=drop).stdout)
    assert shown["run"]["kind"] == "none"
    for name, default in DEFAULTS.items():
        one = shown["coefficients"][name]
        assert (one["value"], one["measured"], one["n"]) == (default.value, False, 0)
        assert "CAP_SYS_ADMIN" in one["method"]


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (Findings(system="Darwin"), "this is Darwin"),
        (Findings(missing_rights=["CAP_NET_ADMIN"]), "CAP_NET_ADMIN missing"),
        (Findings(compiler=None), "no C compiler"),
        (Findings(compiler="cc", ip=None), "iproute2"),
    ],
)
def test_machines_that_cannot_be_measured_say_why(monkeypatch: pytest.MonkeyPatch, found: Findings, told: str) -> None:
    """DPR-12: without root or on other systems."""
    monkeypatch.setattr("ekssim.calibrate.probe.probe", lambda: found)
    profile = calibrate_datapath("nowhere")
    assert told in profile["left_out"]["everything"]
    assert not any(one["measured"] for one in profile["coefficients"].values())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("cluster",), "nothing to calibrate called cluster"),
        (("datapath", "--name", "Not A Name"), "is no name"),
        (("datapath", "--write", "profile.txt"), "neither in .yaml nor in .json"),
        (("datapath", "--write", "nowhere/profile.json"), "does not exist"),
        (("datapath", "--rounds", "1"), "--rounds"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_measured(
    tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    done = calibrate(tmp_path, *arguments)
    assert done.returncode == 2 and told in done.stderr
    assert not list(tmp_path.iterdir())


def test_profile_that_exists_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "measured.datapath.yaml").write_text("mine\n")
    done = calibrate(tmp_path, "datapath")
    assert done.returncode == 2 and "--force" in done.stderr
    assert (tmp_path / "measured.datapath.yaml").read_text() == "mine\n"


def test_rights_are_read_from_the_kernel() -> None:
    assert set(linux.capabilities()) <= {"CAP_SYS_ADMIN", "CAP_NET_ADMIN"}
