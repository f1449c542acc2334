"""Pages of results: they say what the document says, ask for nothing from elsewhere, stay small, and take no words of
the user's for markup.
"""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import ekssim
import pytest
from ekssim.pages import cell, kind_of, page
from ekssim.pages.charts import charts_of, levels_of, pick
from ekssim.pages.svg import Line, area_chart, line_chart

CHURN = "scenarios/one_minute_cronjobs.yaml"
LARGEST = 500_000  # bytes of a page
VOID = {"meta", "link", "br", "img", "wbr", "hr", "input"}


class Outline(HTMLParser):
    """The elements of a page, and whether each is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data

    def count(self, tag: str) -> int:
        return sum(1 for name, _ in self.seen if name == tag)


@pytest.fixture(scope="module")
def run() -> dict[str, Any]:
    return ekssim.load(CHURN).run(seed=7).to_dict()


@pytest.fixture(scope="module")
def comparison() -> dict[str, Any]:
    forms = [one.with_set({"run.for": "30m"}) for _, one in ekssim.load(CHURN).variants()[:4]]
    return ekssim.compare(*forms, replications=2).to_dict()


@pytest.fixture(scope="module")
def sweep() -> dict[str, Any]:
    return ekssim.load(CHURN).sweep({"run.for": ["20m", "30m"], "run.seed": [1, 2]}).to_dict()


@pytest.fixture(scope="module")
def sizing() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "sizing.json").read_text("utf-8"))
    return document


@pytest.fixture(params=["run", "comparison", "sweep", "sizing"])
def document(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.getfixturevalue(request.param)
    return found


def test_a_page_is_whole_small_and_asks_for_nothing(document: dict[str, Any]) -> None:
    text = page(document)
    assert len(text.encode()) < LARGEST
    outline = Outline(text)
    assert outline.open == []
    assert outline.count("script") == 0 and outline.count("img") == 0
    for tag, attributes in outline.seen:
        for name in ("src", "href", "action", "data", "poster", "xlink:href"):
            target = attributes.get(name)
            assert target is None or target.startswith(("#", "data:")), (tag, name, target)
        assert not any(name.startswith("on") for name in attributes)
    assert "url(" not in text and "@import" not in text
    assert outline.count("h1") == 1 and outline.count("main") == 1
    for tag, attributes in outline.seen:
        if tag == "svg" and attributes.get("class") == "chart":
            assert attributes["role"] == "img" and attributes["aria-label"]
    assert outline.count("title") >= 1 and outline.count("desc") == text.count('class="chart"')


def test_a_cell_is_a_block_without_a_page_around_it(document: dict[str, Any]) -> None:
    text = cell(document)
    assert Outline(text).open == []
    assert text.startswith("<div") and "<html" not in text and "<body" not in text and "<script" not in text
    # A theme is the notebook's: what the reader's system prefers says nothing about it.
    assert "prefers-color-scheme" not in text
    # Rules for the block alone: a notebook has much else.
    style = re.sub(r"\{[^}]*\}", "{}", text[text.index("<style>") + 7 : text.index("</style>")])
    for selector in re.findall(r"([^{}]+)\{\}", style):
        assert all(part.strip().startswith(".ekssim") for part in selector.split(",")), selector


def test_a_run_says_its_verdicts_causes_costs_and_origin(run: dict[str, Any]) -> None:
    text = Outline(page(run)).text
    for one in run["expectations"]:
        assert one["name"] in text and one["that"] in text
    for cause in run["waiting"]["by_cause"]:
        assert cause in text
    for word in ("list prices of " + run["prices_date"], run["fingerprint"], "seed 7", "idle", "a month", "730"):
        assert word in text
    for assumption in run["assumptions"]:
        assert assumption["what"] in text
    for one in run["ignored"]:
        assert one["path"] in text
    assert [chart.title for chart in charts_of(run)] == [
        "Addresses of the nodes",
        "Waiting pods by cause",
        "Pods",
        "Nodes",
        "Cost an hour",
        "Free addresses of subnets",
    ][: len(charts_of(run))]


def test_money_is_by_the_hour_and_the_month(run: dict[str, Any]) -> None:
    """The run's own bill over the time that counts, a month of 730 hours: worked out from the document's numbers."""
    hours = (run["simulated_seconds"] - run["warm_up_seconds"]) / 3600
    text = Outline(page(run)).text
    assert f"${run['cost_usd'] / hours:,.2f} an hour" in text
    assert f"${run['cost_usd'] / hours * 730:,.2f} a month" in text
    idle = next(
        one["total"]
        for one in run["metrics"]["ekssim_workload_cost_usd_total"]
        if one["labels"]["workload"] == "__idle__" and one["labels"]["by"] == "requests"
    )
    assert f"${idle / hours * 730:,.2f}" in text


def test_printed_it_is_the_report_and_by_itself_a_line(run: dict[str, Any], comparison: dict[str, Any]) -> None:
    result = ekssim.Result(run)
    text = str(result)
    assert "Where waiting time went" in text and "a month of 730 hours" in text and "\x1b" not in text
    assert repr(result).count("\n") == 0 and run["fingerprint"] in repr(result)
    assert "95% interval" in str(ekssim.Comparison(comparison))


def test_a_result_without_levels_over_time_says_how_to_get_them(run: dict[str, Any]) -> None:
    bare = {key: value for key, value in run.items() if key != "series"}
    assert charts_of(bare) == []
    assert "--series" in Outline(page(bare)).text
    assert '<svg class="chart"' not in cell(bare)


def test_words_of_the_users_are_no_markup(run: dict[str, Any], sizing: dict[str, Any], sweep: dict[str, Any]) -> None:
    evil = '<script>alert("x")</script>'
    bad = copy.deepcopy(run)
    bad["scenario"] = evil
    bad["expectations"][0].update(name=evil, message=evil)
    bad["assumptions"] = [{"what": evil, "value": evil, "rule": evil}]
    bad["inputs"] = {"file": evil, "set": {evil: evil}, "command": evil}
    for level in bad["series"]["list"]:
        level["labels"] = {
            key: evil if key in ("cause", "subnet", "node_group") else value for key, value in level["labels"].items()
        }
    bad_sizing = copy.deepcopy(sizing)
    bad_sizing["recommendation"]["sentence"] = evil
    bad_sizing["candidates"][0]["label"] = evil
    bad_sweep = copy.deepcopy(sweep)
    bad_sweep["variants"][0]["label"] = {evil: evil}
    compared = {
        "variants": [bad, bad],
        "names": [evil, evil],
        "differences": [
            {"metric": evil, "unit": evil, "variant": 1, "a": 1, "b": 2, "difference": 1, "interval": [0, 2]}
        ],
    }
    for one in (bad, bad_sizing, bad_sweep, compared):
        for text in (page(one), cell(one)):
            assert "<script" not in text
            assert Outline(text).count("script") == 0


def test_a_comparison_shows_each_form_against_the_first(comparison: dict[str, Any]) -> None:
    text = Outline(page(comparison)).text
    for variant in comparison["variants"]:
        assert variant["fingerprint"] in text
    assert "cost an hour" in text and "waiting seconds" in text
    assert "idle" in text and "all, a month" in text
    hourly = [one for one in comparison["differences"] if one["metric"] == "cost an hour"]
    assert {one["variant"] for one in hourly} == {1, 2, 3}
    for one in hourly:
        for key, index in (("a", 0), ("b", one["variant"])):
            variant = comparison["variants"][index]
            hours = (variant["simulated_seconds"] - variant["warm_up_seconds"]) / 3600
            assert one[key] == pytest.approx(variant["cost_usd"] / hours)


def test_a_sweep_has_a_row_for_each_run(sweep: dict[str, Any]) -> None:
    text = page(sweep)
    assert len(sweep["variants"]) == 4
    for one in sweep["variants"]:
        assert one["result"]["fingerprint"] in text
    assert text.count("<circle") == 4


def test_a_sizing_says_what_to_buy_and_why(sizing: dict[str, Any]) -> None:
    outline = Outline(page(sizing))
    text = outline.text
    recommendation = sizing["recommendation"]
    for sentence in (recommendation["sentence"], *recommendation["reasons"], recommendation["how_sure"]):
        assert sentence in text
    for one in sizing["candidates"]:
        assert one["label"] in text and f"${one['price']['usd_per_month']:,.2f}" in text
    for one in sizing["sensitivity"]:
        assert one["what"] in text and one["answer"] in text
    for part in ("operating system", "kube-reserved", "eviction threshold", "DaemonSets", "left for pods"):
        assert part in text
    assert sizing["selection"]["reversal"] in text
    assert "Addresses against vCPU" in text and "Addresses against memory" in text and "Cost against risk" in text
    assert sizing["prices_date"] in text and sizing["misfits"][0]["why"] in text
    # Each of four simulated candidates is a dot in both pictures of risk, each of eight types one in the two others.
    assert outline.count("circle") == 2 * (4 + 1) + 2 * 8


def test_a_sizing_without_an_answer_says_so(sizing: dict[str, Any]) -> None:
    nothing = {**sizing, "recommendation": {"candidate": None, "sentence": "", "reasons": [], "how_sure": ""}}
    assert "ringed" in Outline(page(sizing)).text and "ringed" not in Outline(page(nothing)).text
    nothing["candidates"], nothing["sensitivity"], nothing["exact"] = [], [], None
    text = Outline(page(nothing)).text
    assert "No fleet that was tried meets the objectives." in text and "BUY" not in text


def test_lines_stand_where_their_values_are() -> None:
    """A picture is 1000 units wide and 150 high: at half of the time a line goes from 0 up to half of the axis."""
    svg = line_chart("t", "d", [Line("a", [0, 50, 75], [0, 5, 10], 3)], 100, str)
    assert 'd="M0 150H500V75H750V0H1000"' in svg
    assert 'class="line s3 d0"' in svg


def test_a_shorter_run_ends_where_it_ends() -> None:
    svg = line_chart("t", "d", [Line("a", [0], [1], until=50), Line("b", [0], [1])], 100, str)
    assert 'd="M0 0H500"' in svg and 'd="M0 0H1000"' in svg


def test_areas_stand_on_each_other() -> None:
    svg = area_chart("t", "d", [Line("a", [0, 50], [2, 0], 1), Line("b", [0, 50], [2, 4], 2)], 100, str)
    assert re.findall(r'class="area f(\d)" d="([^"]+)"', svg) == [
        ("2", "M0 0H1000V150H0Z"),
        ("1", "M0 75H500V150H1000V150H0Z"),
    ]


def test_a_busy_line_keeps_its_extremes_and_stays_short() -> None:
    times = [float(i) for i in range(50_000)]
    values = [float(i % 2) for i in range(50_000)]
    values[31_415] = 7.0
    svg = line_chart("t", "d", [Line("a", times, values)], 50_000, str)
    # 7 of the axis' 8: an eighth of 150 from the top.
    assert "V18.8" in svg and len(svg) < 12_000


def test_levels_of_a_run_are_those_of_the_document(run: dict[str, Any]) -> None:
    (free,) = pick(levels_of(run), "addresses", state="free")
    line = next(one for one in run["series"]["list"] if one["labels"] == {"state": "free"})
    assert free.at == line["at_seconds"] and free.values == line["values"]


@pytest.mark.parametrize(
    ("text", "told"),
    [([], "no JSON object"), ({"a": 1}, "no result document"), ({"complaints": []}, "did not come to an end")],
)
def test_what_is_no_result_is_refused(text: Any, told: str) -> None:
    with pytest.raises(ekssim.Error, match="this"):
        kind_of(text)


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "ekssim", *arguments], capture_output=True, text=True, check=False)


def test_the_command_line_writes_pages(tmp_path: Path) -> None:
    target, again, result = tmp_path / "sub" / "run.html", tmp_path / "again.html", tmp_path / "result.json"
    scenario = str(tmp_path / "scenario.yaml")
    assert call("init", scenario).returncode == 0
    done = call("run", scenario, "--set", "run.for=20m", "-q", "-o", f"html={target}", "-o", "json", "--series")
    assert done.returncode in (0, 1), done.stderr
    result.write_text(done.stdout, "utf-8")
    assert call("report", str(result), "-o", str(again)).returncode == 0
    first, second = target.read_text("utf-8"), again.read_text("utf-8")
    assert first == second, "the page of a run and that of its document differ"
    outline = Outline(first)
    assert f"ekssim run {scenario} --seed" in outline.text and "--set run.for=20m" in outline.text
    # Without --series the document has no levels over time, and the page still has.
    plain = call("run", scenario, "--set", "run.for=20m", "-q", "-o", f"html={target}", "-o", "json")
    assert '"series"' not in plain.stdout
    assert target.read_text("utf-8").count('class="chart"') == first.count('class="chart"') > 0


def test_compare_and_sweep_write_pages_too(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    scenario = "scenarios/field-reports/fr_29_who_pays.yaml"
    done = call(
        "compare",
        scenario,
        scenario,
        scenario,
        "--set",
        "run.for=5m",
        "--replications",
        "2",
        "-q",
        "-o",
        f"html={target}",
    )
    assert done.returncode == 0, done.stderr
    assert Outline(target.read_text("utf-8")).text.count("12 forms compared") >= 1
    assert target.read_text("utf-8").count('class="chart"') >= 3
    done = call("sweep", scenario, "--set", "run.for=5m", "--over", "run.seed=1,2,3", "-q", "-o", f"html={target}")
    assert done.returncode == 0, done.stderr
    text = target.read_text("utf-8")
    assert "12 runs" in text, "four forms, three seeds"


def test_report_says_what_is_wrong(tmp_path: Path) -> None:
    for text, told in (("{", "no JSON document (line 1, column 2"), ("[]", "no result document")):
        file = tmp_path / "x.json"
        file.write_text(text, "utf-8")
        done = call("report", str(file), "-o", str(tmp_path / "x.html"))
        assert done.returncode == 2 and told in done.stderr
    done = call("report", str(tmp_path / "none.json"))
    assert done.returncode == 2 and "cannot be read" in done.stderr
    # A page never takes the place of something else by accident.
    precious = tmp_path / "scenario.yaml"
    precious.write_text("kind: Scenario\n", "utf-8")
    result = tmp_path / "r.json"
    result.write_text(json.dumps({"verdict": "none", "waiting": {}}), "utf-8")
    done = call("report", str(result), "-o", str(precious))
    assert done.returncode == 2 and "--force" in done.stderr and precious.read_text("utf-8") == "kind: Scenario\n"
    assert call("report", str(result), "-o", str(precious), "--force").returncode == 0


def test_several_runs_are_drawn_over_each_other() -> None:
    scenario = ekssim.load("scenarios/field-reports/fr_29_who_pays.yaml").with_set({"run.for": "10m"})
    runs = [{"label": {"n": i}, **scenario.run(seed=i).to_dict()} for i in (1, 2)]
    text = page({"format": "ekssim.dev/results/v1alpha1", "results": runs})
    assert text.count('class="chart"') >= 3 and "Ready pods" in text


def test_the_terminal_has_lines_over_time_and_costs() -> None:
    done = call("run", CHURN, "--set", "run.for=20m")
    text = " ".join(done.stdout.split())  # lines may be wrapped anywhere
    assert "Over time" in text and "pods waiting" in text
    assert "an hour" in text and "a month of 730 hours, at list prices of" in text
    # Where nothing changes there is nothing to draw.
    assert "Over time" not in call("run", "scenarios/field-reports/fr_29_who_pays.yaml", "--set", "run.for=20m").stdout
