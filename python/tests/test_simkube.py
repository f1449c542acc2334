"""SimKube traces: each recorded apply and delete happens at its offset, and none is dropped."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import pytest
from ekssim.resolve import Resolved, resolve_value
from ekssim.resolve.message_pack import PackError, unpacked
from ekssim.resolve.simkube import recorded
from ekssim.scenario import Scenario

CLUSTER = {
    "metadata": {"region": "eu-west-1", "version": "1.34"},
    "managedNodeGroups": [{"name": "workers", "instanceType": "m5.large", "desiredCapacity": 1}],
}


@pytest.fixture(scope="session")
def traces() -> Path:
    folder = Path(os.environ.get("EKSSIM_WORKLOADS", "")) / "simkube-traces"
    if not os.environ.get("EKSSIM_WORKLOADS") or not folder.is_dir():
        pytest.skip("SimKube traces are not there: EKSSIM_WORKLOADS names no folder with them")
    return folder.resolve()


@pytest.fixture(name="_engine")
def fixture_engine() -> None:
    pytest.importorskip("ekssim._core", reason="the extension module is not built")


def packed(value: Any) -> bytes:
    """The other way round, for traces of our own; only what they need."""
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return b"\xd3" + struct.pack(">q", value)
    if isinstance(value, str):
        text = value.encode()
        return b"\xdb" + struct.pack(">I", len(text)) + text
    if isinstance(value, (list, tuple)):
        return b"\xdd" + struct.pack(">I", len(value)) + b"".join(packed(one) for one in value)
    return b"\xdf" + struct.pack(">I", len(value)) + b"".join(packed(key) + packed(one) for key, one in value.items())


def deployment(replicas: int, image: str = "nginx") -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "creationTimestamp": None},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": image}]},
            },
        },
    }


def trace(*events: tuple[int, list[Any], list[Any]], **more: Any) -> bytes:
    listed = [{"ts": at, "applied_objs": applied, "deleted_objs": deleted} for at, applied, deleted in events]
    return packed({"version": 2, "config": {}, "events": listed, "index": {}, "pod_lifecycles": {}, **more})


def scenario_with(path: Path, **more: Any) -> Resolved:
    entry = {"simkubeTrace": path.name, **more}
    document = {
        "apiVersion": "ekssim.dev/v1alpha1",
        "kind": "Scenario",
        "cluster": CLUSTER,
        "manifests": [entry],
        "run": {"for": "30m"},
    }
    return resolve_value(document, path.parent, path.parent)


def test_applies_and_deletes_keep_their_offsets() -> None:
    found = recorded(
        trace(
            (1000, [deployment(2)], []),
            (1060, [deployment(5)], []),
            (1060, [deployment(5)], []),
            (1120, [], [deployment(5)]),
            (1180, [deployment(1)], []),
        )
    )
    assert [one["metadata"]["name"] for one in found.objects] == ["web"]
    assert found.acts == [
        {"at": 0, "create": "Deployment/shop/web"},
        {"at": 60, "scale": "Deployment/shop/web", "replicas": 5},
        {"at": 120, "delete": "Deployment/shop/web"},
        {"at": 180, "create": "Deployment/shop/web"},
        {"at": 180, "scale": "Deployment/shop/web", "replicas": 1},
    ]


def test_every_event_of_the_real_traces_is_there(traces: Path) -> None:
    for path in sorted(traces.glob("*.sktrace")):
        raw = unpacked(path.read_bytes())
        first = raw["events"][0]["ts"]
        expected = [
            (event["ts"] - first, act, one["metadata"]["name"])
            for event in raw["events"]
            for act, key in (("create", "applied_objs"), ("delete", "deleted_objs"))
            for one in event[key]
        ]
        acts = recorded(path.read_bytes()).acts
        made = [
            (act["at"], verb, act[verb].split("/")[-1]) for act in acts for verb in ("create", "delete") if verb in act
        ]
        assert expected
        assert made == expected


@pytest.mark.usefixtures("_engine")
def test_recorded_pods_come_at_their_offsets_and_live_as_long_as_they_did(traces: Path) -> None:
    resolved = scenario_with(traces / "bare-pods.sktrace", at="5m")
    assert [one.text() for one in resolved.complaints if one.is_error] == []
    run = Scenario._checked(resolved).simulate()
    # Applied at 0, 42, 102 and 162 s; the first two lived 12 and 30 s.
    for offset, pods in ((299, 0), (301, 1), (341, 1), (344, 2), (404, 3), (464, 4)):
        own = [space for space in run.until(f"{offset}s").columns("pods")["namespace"] if space == "testing"]
        assert len(own) == pods
    columns = run.columns("pods")
    ended = [
        phase
        for phase, space in zip(columns["phase"], columns["namespace"], strict=True)
        if space == "testing" and phase == "Succeeded"
    ]
    assert len(ended) == 3


@pytest.mark.usefixtures("_engine")
def test_a_recorded_cron_job_ticks_from_its_apply_to_its_delete(traces: Path) -> None:
    resolved = scenario_with(traces / "cronjob.sktrace", at="5m")
    assert [one.text() for one in resolved.complaints if one.is_error] == []
    run = Scenario._checked(resolved).simulate()
    assert run.until("299s").columns("pods")["namespace"].count("default") == 0
    # It was there from 0 to 205 s: ticks at 60, 120 and 180 s, each 30 s long.
    assert run.until("490s").columns("pods")["namespace"].count("default") == 3
    assert run.until("20m").columns("pods")["namespace"].count("default") == 0


def test_what_is_no_trace_is_refused_with_its_place(tmp_path: Path) -> None:
    for content, why in (
        (b"not a trace", "no type of value|something follows|no list"),
        (packed({"version": 2}), "no list `events`"),
        (packed({"version": 1, "events": []}), "version is 1"),
        (trace((10, [], []), (5, [], [])), "before the first"),
        (trace((10, [{"kind": "Pod"}], [])), "without kind or name"),
    ):
        path = tmp_path / "x.sktrace"
        path.write_bytes(content)
        complaints = scenario_with(path).complaints
        assert [one.rule for one in complaints] == ["EKS035"], complaints
        import re

        assert re.search(why, complaints[0].message), complaints[0].message
    missing = scenario_with(tmp_path / "missing.sktrace").complaints
    assert [one.rule for one in missing] == ["EKS001"]


def test_message_pack_reads_what_it_should_and_nothing_else() -> None:
    assert unpacked(bytes([0x93, 0x01, 0xFF, 0xA1, 0x61])) == [1, -1, "a"]
    assert unpacked(packed({"a": [None, True, 7, "x"]})) == {"a": [None, True, 7, "x"]}
    assert unpacked(b"\xcf" + struct.pack(">Q", 2**64 - 1)) == 2**64 - 1
    for broken in (b"", b"\xa5ab", b"\xc1", b"\x01\x01", b"\x91" * 200, b"\xa1\xff"):
        with pytest.raises(PackError):
            unpacked(broken)
