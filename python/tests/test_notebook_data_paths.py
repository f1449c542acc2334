"""The notebook of data paths: what its sentences say is held against the rules, figure by figure, and it runs."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ekssim._core", reason="the extension module is not built")
matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed: pip install 'ekssim[notebooks]'")
matplotlib.use("Agg")

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOK = FOLDER / "data_paths.py"
sys.path.insert(0, str(FOLDER))

from data_path_figures import changes, connections, limits, proxies, published  # noqa: E402
from data_path_figures.figure import MODES, Figure  # noqa: E402

MODULES = (connections, published, changes, limits, proxies)
FIGURES: dict[str, Callable[[], Figure]] = {
    f"{module.__name__.rpartition('.')[2]}.{name}": getattr(module, name)
    for module in MODULES
    for name in module.__all__
}
FLAT = tuple(mode for mode in MODES if not mode.startswith("iptables"))


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


Cells = Callable[[str], list[str]]


@pytest.fixture(name="cells")
def fixture_cells(read_notebook: Callable[[Path], Any]) -> Cells:
    whole = read_notebook(NOTEBOOK)
    return lambda kind: [cell["source"] for cell in whole["cells"] if cell["cell_type"] == kind]


def test_notebook_shows_each_figure_once(cells: Cells) -> None:
    shown = [match[1] for text in cells("code") for match in re.finditer(r"([a-z_]+\.[a-z_]+)\(\)\.show\(\)", text)]
    assert sorted(shown) == sorted(FIGURES)


def test_notebook_accounts_for_all_symptoms(cells: Cells) -> None:
    """DPS-1 to DPS-25: each is a figure's, or is named among those that are none."""
    drawn = {rule for made in FIGURES.values() for rule in made().rules}
    last = cells("markdown")[-1]
    for number in range(1, 26):
        rule = f"DPS-{number}"
        assert (rule in drawn) != bool(re.search(rf"{rule}\b", last)), rule


@pytest.mark.parametrize("name", FIGURES)
def test_each_figure_draws_what_it_says(name: str) -> None:
    figure = FIGURES[name]()
    drawn = figure.drawn()
    axes = drawn.axes[0]
    assert axes.lines or axes.patches
    assert axes.get_ylabel()
    assert figure.sentence.endswith(".") and "nan" not in figure.sentence and figure.rules
    drawn.canvas.draw()


def test_connections_slow_down_with_iptables_alone() -> None:
    """DPS-1, DPD-11, DPD-14."""
    figure = connections.connect_times()
    growth = figure.numbers["growth_us"]
    # 1.5 scans of 30000 services without comments at 11.94 ns, 1.45 times as much as at saturation.
    assert growth["iptables-legacy"] == pytest.approx(1.5 * 30_000 * 0.01194 * 1.45, rel=0.01)
    assert growth["iptables-nft"] == pytest.approx(1.5 * 30_000 * 0.0204 * 1.45, rel=0.01)
    assert all(abs(growth[mode]) < 0.01 for mode in FLAT)
    assert f"{growth['iptables-legacy']:.0f} us" in figure.sentence


def test_slopes_are_those_of_the_measurements_and_the_charts() -> None:
    """DPS-1: 6.8 +- 0.5, 4.8, 19, 0 ns; the published tail within 15 % with cold caches."""
    numbers = connections.scan_slopes().numbers
    assert numbers["warm_ns"] == pytest.approx([6.8, 4.8, 19, 0, 0], abs=0.5)
    assert all(numbers["cold_ns"][0] == pytest.approx(slope, rel=0.15) for slope in numbers["published_ns"])


def test_open_connections_do_not_notice() -> None:
    """DPS-2: less than 2 % from 1 to 30000 services in every mode."""
    numbers = connections.open_connections().numbers
    assert all(abs(share - 1) < 0.02 for values in numbers["request"].values() for share in values)
    assert numbers["connection"]["iptables-legacy"][-1] > 3 and numbers["connection"]["nftables"][-1] < 1.01


def test_strangers_slow_down_too() -> None:
    """DPS-4."""
    ratio = connections.strangers().numbers["ratio"]
    assert ratio["iptables-nft"] > ratio["iptables-legacy"] > 2
    assert all(ratio[mode] == pytest.approx(1) for mode in FLAT)


def test_endpoints_cost_with_iptables_alone() -> None:
    """DPS-5: +190 us with legacy iptables, within the 10 % of c_ep; none with nftables or eBPF."""
    added = connections.many_endpoints().numbers["added_us"]
    assert added["iptables-legacy"][-1] == pytest.approx(190, rel=0.10)
    assert added["iptables-nft"][-1] > added["iptables-legacy"][-1]
    assert all(abs(added[mode][-1]) < 1e-6 for mode in FLAT)


def test_no_mode_shows_at_little_load() -> None:
    """DPS-25: within 5 %."""
    assert 0 < connections.low_load().numbers["spread"] < 0.05


def test_published_row_is_met_and_the_lines_cross() -> None:
    """DPS-3: within 10 % after fitting one factor; the crossover about 20000."""
    numbers = published.crossover().numbers
    assert max(numbers["errors"]) < 0.10
    assert all(15_000 < size < 25_000 for size in numbers["meets"].values())


def test_contradiction_is_stated(cells: Cells) -> None:
    """DPA-6: 2.2 times slower, 1.5 times faster; the model has the sign of the second."""
    figure = published.contradiction()
    chained, overlay, _, host, _, ours = figure.numbers["ratios"].values()
    assert 1 / chained == pytest.approx(2.2, abs=0.1) and 1 / overlay == pytest.approx(2.2, abs=0.1)
    assert host == pytest.approx(1.5, abs=0.05)
    assert ours > 1 and "This is open" in figure.sentence
    assert any("contradiction" in text for text in cells("markdown"))


def test_lags_are_those_of_the_rule() -> None:
    """DPS-6: 1.2 s and up to as much more; a full resync of iptables-nft nearly 2 min. DPS-17: above 30 s."""
    numbers = changes.sync_lags().numbers
    assert numbers["commented"]["lone"] == pytest.approx(1.2, abs=0.1)
    assert 1.0 <= numbers["commented"]["most"] - numbers["commented"]["lone"] < 1.3
    lag = {mode: values[-1] for mode, values in numbers["lag_s"].items()}
    assert 100 < lag["iptables-nft"] < 120
    for mode, size in numbers["wrong_pod_from"].items():
        over = [at for at, seconds in zip(changes.SIZES, numbers["lag_s"][mode], strict=True) if seconds > 30]
        assert size == (over[0] if over else None)
    assert numbers["wrong_pod_from"]["iptables-legacy"] is None


def test_new_nodes_are_dead_for_two_minutes_with_nftables() -> None:
    """DPS-6, DPD-13: 134 s were measured."""
    first = {mode: values[-1] for mode, values in changes.new_nodes().numbers["first_s"].items()}
    assert first["nftables"] == pytest.approx(134, rel=0.05)
    assert max(first[mode] for mode in first if mode != "nftables") < 10


def test_rollout_fails_a_share_until_all_nodes_have_synced() -> None:
    """DPC-53: removed over E, from the change to the last sync."""
    lags = changes.after_rollout().numbers["lag_s"]
    assert all(lag["stale"] == 0.25 and lag["lone"] <= lag["most"] for lag in lags.values())
    assert min(lags, key=lambda mode: lags[mode]["most"]) == "ebpf-hostrouting"


def test_stops_fail_for_the_lag() -> None:
    """DPS-24."""
    numbers = changes.stops().numbers
    for mode, lag in numbers["lag_s"].items():
        for sleep, fails in zip(numbers["sleeps"], numbers["fails_s"][mode], strict=True):
            assert fails == pytest.approx(max(0, lag - sleep))
        assert numbers["fails_s"][mode][-1] == 0


def test_half_dead_services_fail_by_half() -> None:
    """DPS-10: 50 %, with one retry 25 %."""
    fails = changes.half_dead().numbers["fails_percent"]
    assert fails[2][:2] == [50, 25] and fails[4][:2] == [25, 6.25]


def test_conntrack_is_full_after_26_seconds() -> None:
    """DPS-7: until 120 s, then 22 %."""
    course = limits.conntrack_course().numbers["course"]
    assert course["refuses_at_seconds"] == pytest.approx(26, abs=0.5)
    assert course["recovers_at_seconds"] == 120
    assert course["success_later"] == pytest.approx(0.22, abs=0.005) and course["success_while_full"] < 0.01


def test_half_open_flood_hurts_nobody() -> None:
    """DPS-8."""
    numbers = limits.flood().numbers
    assert numbers["half_open"]["full_at_seconds"] is not None
    assert numbers["half_open"]["success_later"] == 1
    assert numbers["answered"]["success_later"] < 0.25


def test_ports_run_out_to_one_destination_alone() -> None:
    """DPS-9, DPC-36: about 64500 ports that rest 120 s."""
    numbers = limits.source_ports().numbers
    busy, other = numbers["succeed_percent"].values()
    assert numbers["breaks"] - 50 <= 64_500 / 120 < numbers["breaks"]
    assert busy[-1] < 50 and min(other) == 100


def test_map_of_frontends_overflows() -> None:
    """DPS-18, DPD-19: 65536 entries hold 13107 services of four endpoints."""
    numbers = limits.frontends().numbers
    assert numbers["first"] - 500 <= 65_536 / 5 < numbers["first"]
    assert numbers["dead_percent"][-1] == pytest.approx(100 * (1 - 65_536 / 150_000))


def test_resolver_carries_256_external_lookups() -> None:
    """DPS-14."""
    assert limits.resolver().numbers["most"] == 256


def test_policy_takes_most_of_a_saturated_rate_and_little_time() -> None:
    """DPS-19: 80 to 90 %, less than 1 ms."""
    numbers = proxies.policy().numbers
    assert 0.80 < numbers["falls"] < 0.90
    assert 0 < numbers["p99_ms"]["node-proxy"] - numbers["p99_ms"]["none"] < 1


def test_sidecars_cost_twice_a_node_proxy() -> None:
    """DPS-20: 200 us for each request and proxy; memory goes with pods."""
    numbers = proxies.node_or_pods().numbers
    assert numbers["cores"]["node-proxy"][-1] == pytest.approx(3000 * 200e-6)
    assert numbers["ratio"] == pytest.approx(2)
    assert numbers["sidecars_mb"] == 50 * 60


def test_instance_targets_take_a_second_node() -> None:
    """DPS-22: 1 - 1/nodes."""
    numbers = proxies.targets().numbers
    assert numbers["second_hop"][0] == 0 and numbers["second_hop"][-1] == pytest.approx(0.9)
    assert numbers["us"]["instance targets"][-1] > numbers["us"]["instance targets"][0] > numbers["us"]["ip targets"][0]


def test_notebook_runs(execute_notebook: Callable[[Path], Any]) -> None:
    """All its cells, in a kernel of its own; each figure's sentence is among what they print."""
    notebook = execute_notebook(NOTEBOOK)
    printed = " ".join(
        output["text"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output["output_type"] == "stream"
    )
    pictures = [
        output for cell in notebook.cells for output in cell.get("outputs", []) if "image/png" in output.get("data", {})
    ]
    assert len(pictures) == len(FIGURES)
    for made in FIGURES.values():
        assert made().sentence[:60] in " ".join(printed.split())
