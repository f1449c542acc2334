"""`ekssim size` and `ekssim.size`: what a newcomer calls, and what comes back."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ekssim
import pytest
from ekssim import bundled, engine
from ekssim.cli import main
from ekssim.sizing import Sizing
from ekssim.sizing_input import scenario_around

pytestmark = pytest.mark.skipif(not engine.has_core(), reason="the extension module is not built")


def deployment(name: str, replicas: int, cpu: str, memory: str, **pod: Any) -> dict[str, Any]:
    container = {"name": name, "image": "x:1", "resources": {"requests": {"cpu": cpu, "memory": memory}}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container], **pod}},
        },
    }


WEB = deployment("web", 9, "700m", "1Gi")
API = deployment("api", 4, "250m", "3Gi")


@pytest.fixture(scope="module")
def small() -> Sizing:
    return ekssim.size([WEB, API], region="eu-central-1", families=["m7g", "c7g", "m5"], top=3, replications=3)


def test_the_answer_is_a_fleet_with_a_price_a_bound_and_a_verdict(small: Sizing) -> None:
    best = small.best
    assert best is not None and best.meets_objectives
    assert best.lower_bound_usd_per_hour <= best.usd_per_hour
    assert best.usd_per_month == pytest.approx(best.usd_per_hour * 730, rel=1e-6)  # AWS-120
    assert best.label in small.sentence
    assert [one.rank for one in small.candidates] == list(range(1, len(small.candidates) + 1))
    assert sum(group.nodes for group in best.groups) == best.nodes
    prices = [one.usd_per_hour for one in small.candidates if one.meets_objectives]
    assert prices == sorted(prices)


def test_a_price_is_that_of_its_nodes_and_their_volumes(small: Sizing) -> None:
    for one in small.candidates:
        parts = sum(g.nodes * (g.usd_per_hour_each + g.volume_usd_per_hour_each) for g in one.groups)
        assert one.usd_per_hour == pytest.approx(parts)
        price = one.document["price"]
        split = sum(entry["usd_per_hour"] for entry in price["workloads"])
        split += price["daemon_sets_usd_per_hour"] + price["system_usd_per_hour"] + price["idle_usd_per_hour"]
        assert split == pytest.approx(one.usd_per_hour, abs=1e-6)


def test_the_density_table_has_what_binds(small: Sizing) -> None:
    rows = {row["instance_type"]: row for row in small.density("Deployment/shop/web")}
    # 1930m less 125m of DaemonSets hold two pods of 700m (rules KUBELET-23, IPAM-181).
    assert rows["m5.large"]["pods"] == 2 and rows["m5.large"]["binds"] == "cpu"
    with pytest.raises(KeyError, match="Deployment/shop/web"):
        small.density("Deployment/shop/wbe")


def test_a_sizing_is_a_value(small: Sizing) -> None:
    again = ekssim.size([WEB, API], region="eu-central-1", families=["m7g", "c7g", "m5"], top=3, replications=3)
    assert again == small
    assert Sizing(json.loads(json.dumps(small.to_dict()))) == small
    assert "Buy" in repr(small)


def test_what_changes_the_answer_is_tried(small: Sizing) -> None:
    tried = {one["what"] for one in small.sensitivity}
    assert {"headroom", "replicas", "prefix delegation", "loss of a zone"} <= tried
    more = next(one for one in small.sensitivity if one["to"] == "20 % more")
    assert more["change_usd_per_hour"] > 0 and more["changes_answer"]


def test_headroom_and_zones_make_a_fleet_dearer() -> None:
    def price(**wishes: Any) -> float:
        found = ekssim.size([WEB], region="eu-central-1", types=["m5.large"], simulate=False, **wishes).best
        assert found is not None
        return found.usd_per_hour

    assert price() < price(headroom=0.3) < price(headroom=0.3, survive_zone_loss=True)


def test_spot_and_reserved_are_cheaper_than_on_demand_and_stand_beside_it() -> None:
    found = ekssim.size(
        [WEB], region="us-east-1", types=["m5.large"], purchases=["on-demand", "spot", "reserved-1y"], simulate=False
    )
    by_purchase = {one.document["purchase"]: one.usd_per_hour for one in found.candidates}
    assert by_purchase["spot"] < by_purchase["on-demand"]
    assert by_purchase["reserved-1y"] < by_purchase["on-demand"]


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"architectures": ["arm"]}, "amd64, arm64"),
        ({"purchases": ["reserved"]}, "reserved-1y"),
        ({"headroom": 1.5}, "from 0 to 0.9"),
        ({"nodes_min": 4, "nodes_max": 3}, "4 or more"),
        ({"replications": 0}, "1 or more"),
    ],
)
def test_values_out_of_range_are_refused_with_the_range(wishes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ekssim.size([WEB], **wishes)


def test_wrong_names_are_input_errors_with_a_near_miss() -> None:
    with pytest.raises(ekssim.InputError, match="did you mean m5"):
        ekssim.size([WEB], types=["m5.lrage"], simulate=False)
    with pytest.raises(ekssim.InputError, match="EKS301"):
        ekssim.size([WEB], families=["m7q"], simulate=False)


def test_manifests_get_a_region_and_something_that_happens() -> None:
    scenario, assumed = scenario_around([WEB])
    assert {one["what"] for one in assumed} == {"region", "run.for", "timeline"}
    steps = scenario.document["timeline"]
    assert [(step["at"], step["replicas"]) for step in steps] == [("10m", 4), ("20m", 9)]


def test_the_bundled_scenario_reverses_the_order_and_names_the_cause() -> None:
    """IPAM-27, IPAM-28: addresses rest after their pods, which a packing does not see."""
    folder = bundled.folder()
    assert folder is not None
    path = folder / "sizing" / "addresses_that_cool.yaml"
    forms = ekssim.load(path).variants()
    found = ekssim.size(path, families=["t4g", "c6g"], top=3)
    assert found.is_reversed and found.best is not None
    assert found.best.static_rank > 1
    cheapest = next(one for one in found.candidates if one.static_rank == 1)
    assert cheapest.meets_objectives is False
    assert cheapest.usd_per_hour < found.best.usd_per_hour
    assert any("address-cooling" in reason for reason in found.reasons)
    # It is the rest that is wanting: the same nodes do what is asked where addresses do not rest.
    assert [(group.instance_type, group.nodes) for group in cheapest.groups] == [("t4g.small", 5)]
    verdicts = {label["variant"]: form.run().verdict for label, form in forms}
    assert verdicts == {
        "as written": "pass",
        "the cheapest packing": "fail",
        "the cheapest packing, where addresses do not rest": "pass",
    }
    # What was found wanting is no answer to what might change either.
    kept = {one["answer"] for one in found.sensitivity if one["what"] == "memory that hypervisor and kernel take"}
    assert all("t4g.small" not in answer for answer in kept)


def test_the_fleet_of_the_field_report_is_what_size_names() -> None:
    """FR-34: the scenario's remedy is the answer of the command that its comment names."""
    folder = bundled.folder()
    assert folder is not None
    path = folder / "field-reports" / "fr_34_instance_types.yaml"
    assert "ekssim size scenarios/field-reports/fr_34_instance_types.yaml --family m5,c5,r5" in path.read_text("utf-8")
    scenario = ekssim.load(path)
    (remedy,) = [one for one in scenario.document["variants"] if one["name"] == "what ekssim size names"]
    written = {group["instanceType"]: group["desiredCapacity"] for group in remedy["set"]["cluster.managedNodeGroups"]}
    found = ekssim.size(path, families=["m5", "c5", "r5"])
    assert found.best is not None
    assert {group.instance_type: group.nodes for group in found.best.groups} == written
    assert found.best.meets_objectives
    # What the comment says of price and bound, and that the tightest packing needs a node more than it has.
    assert round(found.best.usd_per_hour, 2) == 1.00
    assert round(found.best.lower_bound_usd_per_hour, 2) == 0.91
    assert found.is_reversed
    by_hand = 3 * 0.92  # m5.4xlarge in eu-central-1
    assert by_hand > 2.5 * found.best.usd_per_hour


# --- the command line


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s" / "web.json").write_text(json.dumps(WEB), encoding="utf-8")
    return tmp_path / "k8s"


@pytest.fixture
def size(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., tuple[int, str, str]]]:
    def called(*words: str | Path) -> tuple[int, str, str]:
        code = main(["size", *map(os.fspath, words)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    yield called


QUICK = ("--type", "m5.large,m7g.large", "--region", "eu-central-1", "--top", "2", "--replications", "2", "-q")


def test_the_table_ranks_fleets(size: Callable[..., tuple[int, str, str]], manifests: Path) -> None:
    code, out, err = size(manifests, *QUICK)
    assert code == 0, err
    assert out.startswith("Buy ")
    for word in ("USD/h", "USD/month", "bound", "gap", "p99 start", "Who pays", "idle", "Prices as of"):
        assert word in out


def test_json_is_one_document(size: Callable[..., tuple[int, str, str]], manifests: Path) -> None:
    code, out, _ = size(manifests / "web.json", *QUICK, "-o", "json")
    document = json.loads(out)
    assert code == 0
    assert document["format"] == "ekssim.dev/sizing/v1alpha1"
    assert document["wishes"]["top"] == 2


def test_files_are_written(size: Callable[..., tuple[int, str, str]], manifests: Path, tmp_path: Path) -> None:
    code, _, err = size(manifests, *QUICK, "-o", f"csv={tmp_path / 'tables'}", "-o", f"md={tmp_path / 'size.md'}")
    assert code == 0, err
    with (tmp_path / "tables" / "density.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["instance_type"] for row in rows} == {"m5.large", "m7g.large"}
    text = (tmp_path / "size.md").read_text(encoding="utf-8")
    assert text.startswith("# Sizing of k8s") and "| # | fleet |" in text


def test_a_page_is_written(size: Callable[..., tuple[int, str, str]], manifests: Path, tmp_path: Path) -> None:
    code, out, err = size(manifests, *QUICK, "-o", f"html={tmp_path / 'size.html'}", "-o", "json")
    assert code == 0, err
    text = (tmp_path / "size.html").read_text(encoding="utf-8")
    assert len(text) < 500_000
    sentence = json.loads(out)["recommendation"]["sentence"]
    assert "m5.large" in text and sentence.split(":")[0] in text
    assert "<script" not in text and "http://" not in text.replace("http://www.w3.org/", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--type", "m5.lrage"), "did you mean m5.large"),
        (("-o", "xml"), "csv=DIR, md=FILE, html=FILE"),
        (("--headroom", "much"), "such as 20%"),
        (("--purchase", "cheap"), "on-demand, spot"),
        (("--region", "eu-nowhere-1"), "eu-nowhere-1"),
    ],
)
def test_mistakes_are_named(
    size: Callable[..., tuple[int, str, str]], manifests: Path, words: tuple[str, ...], said: str
) -> None:
    code, out, err = size(manifests, *words, "-q")
    assert code == 2
    assert said in err and not out


def test_a_scenario_stands_alone(size: Callable[..., tuple[int, str, str]], manifests: Path, tmp_path: Path) -> None:
    assert main(["init", os.fspath(tmp_path / "scenario.yaml")]) == 0
    code, _, err = size(tmp_path / "scenario.yaml", manifests, "-q")
    assert code == 2 and "manifests" in err


# --- exactly


def test_the_integer_program_proves_what_the_packing_found() -> None:
    pytest.importorskip("highspy")
    found = ekssim.size(
        [WEB, API], region="eu-central-1", families=["m7g", "c7g", "r7g"], simulate=False, exact=True, exact_seconds=30
    )
    exact = found.exact
    assert exact is not None and exact["status"] == "optimal relaxation"
    cheapest = min(one.document["price"]["static_usd_per_hour"] for one in found.candidates)
    bounds = [one.lower_bound_usd_per_hour for one in found.candidates if one.document["kind"] == "mixed"]
    # A bound of one method holds for what the other found.
    assert exact["lower_bound_usd_per_hour"] <= cheapest + 1e-6
    assert exact["usd_per_hour"] >= exact["lower_bound_usd_per_hour"] - 1e-6
    assert all(bound <= exact["usd_per_hour"] + 1e-6 for bound in bounds)


def test_without_the_solver_the_way_to_get_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "highspy", None)
    with pytest.raises(ekssim.Error, match=r"pip install 'ekssim\[exact\]'"):
        ekssim.size([WEB], exact=True, simulate=False)
