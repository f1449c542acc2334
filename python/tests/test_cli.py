"""The installed program as people and pipelines use it: what goes to stdout, what to stderr, and the exit code."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from ekssim import engine

needs_engine = pytest.mark.skipif(not engine.has_core(), reason="the extension module is not built")

SCENARIO = """apiVersion: ekssim.dev/v1alpha1
kind: Scenario
metadata: {name: small}
cluster:
  metadata: {region: eu-central-1, version: "1.34"}
  managedNodeGroups:
  - {name: workers, instanceType: m5.large, desiredCapacity: 2}
manifests: [here]
run: {for: 10m, seed: 3}
expect:
- name: every pod finds a node
  that: max(ekssim_pods_unplaced) == 0
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      dnsPolicy: ClusterFirst
      containers:
      - {name: web, image: "nginx:1", resources: {requests: {cpu: 100m, memory: 64Mi}}}
"""
# More than two small nodes can hold, so that some pods find no node.
CROWDED = SCENARIO.replace("replicas: 3", "replicas: 300").replace("name: small", "name: crowded")


def ekssim(
    folder: Path, *arguments: str, given: str | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ekssim", *arguments],
        cwd=folder,
        env={**os.environ, **variables},
        input=given,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "small.yaml").write_text(SCENARIO)
    (tmp_path / "crowded.yaml").write_text(CROWDED)
    return tmp_path


# --- without the engine


def test_help_names_every_command(tmp_path: Path) -> None:
    finished = ekssim(tmp_path, "--help")
    assert finished.returncode == 0
    commands = "demo init validate resolve run test compare sweep import explain decide schema doctor version"
    for command in commands.split():
        assert f"\n  {command} " in finished.stdout
        own = ekssim(tmp_path, command, "--help")
        assert own.returncode == 0
        assert "Usage: ekssim" in own.stdout


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom ekssim.cli import main\nmain(['--help'])\n"
        "heavy = {'rich', 'yaml', 'pyarrow', 'zoneinfo', 'ekssim._core', 'ekssim.resolve'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["runn", "x.yaml"],
        ["run"],
        ["run", "none.yaml"],
        ["run", "small.yaml", "--sed", "3"],
        ["run", "small.yaml", "--seed", "many"],
        ["run", "small.yaml", "--replications", "5:2"],
        ["run", "small.yaml", "--until", "90"],
        ["run", "small.yaml", "-o", "xml"],
        ["run", "small.yaml", "-o", "junit"],
        ["run", "small.yaml", "--set", "run.for"],
        ["resolve", "none.yaml"],
        ["explain", "metrc"],
        ["explain", "rule", "EKS9999"],
        ["validate", "small.yaml", "--root", "none"],
    ],
    ids=" ".join,
)
def test_wrong_use_exits_with_2_and_says_why(folder: Path, arguments: list[str]) -> None:
    finished = ekssim(folder, *arguments)
    assert finished.returncode == 2, finished.stdout + finished.stderr
    assert finished.stdout == "" or arguments[0] == "validate"
    assert finished.stderr.strip()
    assert "Traceback" not in finished.stderr


def test_resolve_prints_one_json_document(folder: Path) -> None:
    finished = ekssim(folder, "resolve", "small.yaml")
    assert finished.returncode == 0, finished.stderr
    document = json.loads(finished.stdout)
    assert document["manifests"][0]["metadata"]["name"] == "web"
    assert document["files"] == ["small.yaml"]
    compact = ekssim(folder, "resolve", "--compact", "small.yaml").stdout
    assert compact.count("\n") == 1
    assert json.loads(compact) == document


def test_complaints_name_files_from_where_the_program_was_started(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub/bad.yaml").write_text(SCENARIO.replace("[here]", "[here, ../none.yaml]"))
    finished = ekssim(folder, "resolve", "sub/bad.yaml")
    assert finished.returncode == 2
    assert finished.stderr.startswith("sub/bad.yaml:8:19: error[EKS001]: there is no file ../none.yaml\n")


def test_a_rule_is_explained_also_by_a_name_in_small_letters(folder: Path) -> None:
    finished = ekssim(folder, "explain", "rule", "eks010")
    assert finished.returncode == 0
    assert "EKS010" in finished.stdout and "twice" in finished.stdout


def test_nothing_to_test_exits_with_5(folder: Path) -> None:
    if not engine.has_core():
        pytest.skip("the extension module is not built")
    (folder / "empty").mkdir()
    assert ekssim(folder, "test", "empty").returncode == 5


def test_init_writes_a_scenario_that_is_there_only_once(folder: Path) -> None:
    first = ekssim(folder, "init", "new.yaml")
    assert first.returncode == 0, first.stderr
    assert ekssim(folder, "resolve", "new.yaml").returncode == 0
    assert (folder / "new.yaml").read_text().count("#") >= 4
    again = ekssim(folder, "init", "new.yaml")
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert ekssim(folder, "init", "--force", "new.yaml").returncode == 0


@pytest.mark.parametrize("name", ["n.yaml", "12.yaml", "on.yaml", "1e3.yaml", "null.yaml"])
def test_init_quotes_a_name_that_yaml_would_misread(folder: Path, name: str) -> None:
    assert ekssim(folder, "init", name).returncode == 0
    document = json.loads(ekssim(folder, "resolve", name).stdout)
    assert document["metadata"]["name"] == name.removesuffix(".yaml")


def test_init_puts_a_scenario_around_manifests(folder: Path) -> None:
    (folder / "k8s").mkdir()
    selector = "      nodeSelector: {kubernetes.io/arch: arm64}\n"
    deployment = SCENARIO.split("---\n")[1].replace("      dnsPolicy", selector + "      dnsPolicy")
    (folder / "k8s/web site.yaml").write_text(deployment)
    (folder / "sim").mkdir()
    finished = ekssim(folder, "init", "sim/shop.yaml", "k8s/web site.yaml")
    assert finished.returncode == 0, finished.stderr
    document = json.loads(ekssim(folder, "resolve", "sim/shop.yaml").stdout)
    assert document["files"] == ["shop.yaml", "../k8s/web site.yaml"]
    assert document["cluster"]["managedNodeGroups"][0]["instanceType"].startswith("m7g.")


def test_init_refuses_broken_and_far_manifests(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "x.yaml"
    outside.write_text("kind: Pod\n")
    (folder / "broken.yaml").write_text("a: [\n")
    for manifest, word in ((str(outside), "project root"), ("broken.yaml", "EKS008"), ("none.yaml", "EKS001")):
        finished = ekssim(folder, "init", "new.yaml", manifest)
        assert finished.returncode == 2
        assert word in finished.stderr
        assert not (folder / "new.yaml").exists()


def test_doctor_reports_and_names_what_is_missing(folder: Path) -> None:
    finished = ekssim(folder, "doctor", "-o", "json")
    report = json.loads(finished.stdout)
    assert finished.returncode == (0 if report["ok"] else 2)
    states = {finding["what"]: finding["state"] for finding in report["findings"]}
    assert states["rich"] == states["typer"] == "ok"
    assert states["engine"] == ("ok" if engine.has_core() else "missing")
    for finding in report["findings"]:
        assert finding["found"] or finding["advice"]
    if engine.has_core():
        found = {finding["what"]: finding["found"] for finding in report["findings"]}
        assert re.search(r"compiled by (GNU|Clang|AppleClang) \d+\.\d+", found["engine"]), found["engine"]
        assert re.search(r"as of 20\d\d-\d\d-\d\d$", found["catalogue"]), found["catalogue"]


def test_a_missing_engine_is_named_with_advice(folder: Path) -> None:
    if engine.has_core():
        pytest.skip("the extension module is there")
    finished = ekssim(folder, "run", "small.yaml")
    assert finished.returncode == 2
    assert "_core" in finished.stderr and "pip" in finished.stderr


# --- with the engine


@needs_engine
def test_version_is_the_package_s(folder: Path) -> None:
    finished = ekssim(folder, "version")
    assert finished.stdout == f"ekssim {engine.version()}\n"
    assert ekssim(folder, "--version").stdout == finished.stdout


@needs_engine
def test_run_reports_verdicts_waiting_and_identity(folder: Path) -> None:
    finished = ekssim(folder, "run", "small.yaml")
    assert finished.returncode == 0, finished.stderr
    assert "PASS" in finished.stdout
    assert "every pod finds a node" in finished.stdout
    assert "Where waiting time went" in finished.stdout
    last = finished.stdout.strip().split("\n")[-1]
    assert f"ekssim {engine.version()}, seed 3, fingerprint " in last
    assert "\x1b" not in finished.stdout
    assert "--show-ignored" in finished.stdout
    assert "dnsPolicy" not in finished.stdout
    assert "dnsPolicy" in ekssim(folder, "run", "small.yaml", "--show-ignored").stdout


@needs_engine
def test_json_is_one_document_and_nothing_else(folder: Path) -> None:
    finished = ekssim(folder, "run", "small.yaml", "-o", "json", "-o", "human", "--seed", "7")
    document = json.loads(finished.stdout)
    assert document["format"] == "ekssim.dev/result/v1alpha1"
    assert document["seed"] == 7
    assert "PASS" in finished.stderr
    both = json.loads(ekssim(folder, "run", "small.yaml", "crowded.yaml", "-o", "json").stdout)
    assert [one["scenario"] for one in both["results"]] == ["small", "crowded"]


@needs_engine
def test_the_same_seed_gives_the_same_document(folder: Path) -> None:
    first, second = (json.loads(ekssim(folder, "run", "small.yaml", "-o", "json").stdout) for _ in range(2))
    for document in (first, second):
        document.pop("wall_seconds")
        document.pop("peak_memory_bytes")
    assert first == second


@needs_engine
def test_wrong_input_with_json_is_a_document_of_complaints(folder: Path) -> None:
    finished = ekssim(folder, "run", "small.yaml", "-o", "json", "--set", "run.for=60")
    assert finished.returncode == 2
    assert json.loads(finished.stdout)["complaints"][0]["rule"] == "EKS202"
    assert "--set run.for" in finished.stderr


@needs_engine
def test_test_judges_by_exit_code(folder: Path) -> None:
    assert ekssim(folder, "test", "small.yaml").returncode == 0
    failed = ekssim(folder, "test", "crowded.yaml")
    assert failed.returncode == 1
    assert "FAIL" in failed.stdout and "crowded.yaml:12:9" in failed.stdout
    assert failed.stdout.strip().endswith("1 failed")


@needs_engine
def test_a_scenario_that_announces_its_failure_passes_by_failing(folder: Path) -> None:
    (folder / "crowded.yaml").write_text(CROWDED.replace("expect:", "expectVerdict: fail\nexpect:"))
    (folder / "small.yaml").write_text(SCENARIO.replace("expect:", "expectVerdict: fail\nexpect:"))
    assert ekssim(folder, "test", "crowded.yaml").returncode == 0
    assert ekssim(folder, "test", "small.yaml").returncode == 1


@needs_engine
def test_a_folder_is_searched_for_scenarios(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep/third.yaml").write_text(SCENARIO.replace("name: small", "name: third"))
    (folder / "deep/manifest.yaml").write_text("kind: Pod\n")
    finished = ekssim(folder, "test", ".")
    assert finished.returncode == 1
    assert "2 passed, 1 failed" in finished.stdout


@needs_engine
def test_a_scenario_without_expectations_is_not_judged(folder: Path) -> None:
    (folder / "small.yaml").write_text(SCENARIO.split("expect:")[0] + "---\n" + SCENARIO.split("---\n")[1])
    finished = ekssim(folder, "test", "small.yaml")
    assert finished.returncode == 5
    assert "nothing was judged" in finished.stdout


@needs_engine
def test_files_for_machines_are_written_beside_the_report(folder: Path) -> None:
    outputs = [
        "-o",
        "junit=out/junit.xml",
        "-o",
        "sarif=out/log.sarif",
        "-o",
        "csv=out/csv",
        "-o",
        "github",
        "-o",
        "human",
    ]
    finished = ekssim(folder, "test", "small.yaml", "crowded.yaml", *outputs)
    assert finished.returncode == 1
    suites = ElementTree.parse(folder / "out/junit.xml").getroot()
    counts = {suite.get("name"): (suite.get("tests"), suite.get("failures")) for suite in suites}
    assert counts == {"small": ("1", "0"), "crowded": ("1", "1")}
    properties = {one.get("name"): one.get("value") for one in suites[0].iter("property")}
    assert properties["seed"] == "3" and len(properties["fingerprint"] or "") == 16
    assert json.loads((folder / "out/log.sarif").read_text())["version"] == "2.1.0"
    with (folder / "out/csv/expectations.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["scenario"], row["verdict"]) for row in rows] == [("small", "pass"), ("crowded", "fail")]
    assert "::error file=crowded.yaml,line=12,col=9" in finished.stdout


@needs_engine
def test_variants_of_a_matrix_stand_side_by_side(folder: Path) -> None:
    (folder / "small.yaml").write_text(SCENARIO.replace("run: {", "matrix: {run.seed: [1, 2]}\nrun: {"))
    finished = ekssim(folder, "run", "small.yaml", "-o", "json")
    results = json.loads(finished.stdout)["results"]
    assert [one["label"] for one in results] == [{"run.seed": 1}, {"run.seed": 2}]
    assert [one["seed"] for one in results] == [1, 2]
    assert ekssim(folder, "test", "small.yaml").stdout.count("PASS  small [run.seed=") == 2


@needs_engine
def test_sweep_shows_every_combination(folder: Path) -> None:
    group = "cluster.managedNodeGroups[workers].desiredCapacity"
    finished = ekssim(
        folder, "sweep", "crowded.yaml", "--over", f"{group}=2,20", "--over", "run.seed=1,2", "-o", "json"
    )
    assert finished.returncode == 0, finished.stderr
    results = json.loads(finished.stdout)["results"]
    assert [(one["label"][group], one["label"]["run.seed"]) for one in results] == [(2, 1), (2, 2), (20, 1), (20, 2)]
    assert results[0]["nodes"]["at_start"] == 2 and results[2]["nodes"]["at_start"] == 20


@needs_engine
def test_a_sweep_says_the_same_whatever_the_number_of_jobs(folder: Path) -> None:
    text = SCENARIO.replace("run: {", "variants:\n- name: longer\n  set: {run.for: 2h}\nrun: {")
    (folder / "forms.yaml").write_text(text)
    for how in ([], ["--replications", "3"], ["--replications", "2:4"]):
        said = []
        for jobs in ("1", "2", "5"):
            finished = ekssim(
                folder, "sweep", "forms.yaml", "--over", "run.seed=1,2", *how, "--jobs", jobs, "-o", "json"
            )
            assert finished.returncode == 0, finished.stderr
            said.append(json.loads(finished.stdout)["results"])
            for one in said[-1]:
                del one["wall_seconds"], one["peak_memory_bytes"]
        # As written and the variant, with each of two seeds.
        assert len(said[0]) == 4
        assert said[0] == said[1] == said[2]


@needs_engine
def test_a_sweep_tells_of_the_combination_that_cannot_be_run_and_runs_the_others(folder: Path) -> None:
    over = "cluster.managedNodeGroups[workers].instanceType=m5.large,m5.lurge"
    finished = ekssim(folder, "sweep", "crowded.yaml", "--over", over, "--jobs", "2", "-o", "json")
    assert finished.returncode == 2 and "m5.lurge" in finished.stderr
    assert len([one for one in json.loads(finished.stdout)["results"] if "nodes" in one]) == 1


@needs_engine
def test_compare_gives_every_difference_an_interval(folder: Path) -> None:
    finished = ekssim(folder, "compare", "small.yaml", "crowded.yaml", "--replications", "3", "-o", "json")
    assert finished.returncode == 0, finished.stderr
    document = json.loads(finished.stdout)
    assert len(document["variants"]) == 2
    assert document["differences"]
    assert all(len(one["interval"]) == 2 for one in document["differences"])
    assert ekssim(folder, "compare", "small.yaml").returncode == 2


@needs_engine
def test_explain_knows_metrics_causes_and_pods(folder: Path) -> None:
    assert "ekssim_pods_waiting" in ekssim(folder, "explain", "metric").stdout
    assert "gauge" in ekssim(folder, "explain", "metric", "ekssim_pods_waiting").stdout
    assert "address-cooling" in ekssim(folder, "explain", "cause").stdout
    near = ekssim(folder, "explain", "metric", "ekssim_pods_waitin")
    assert near.returncode == 2 and "ekssim_pods_waiting" in near.stderr
    expectation = ekssim(folder, "explain", "expectation", "every pod finds a node", "crowded.yaml")
    assert expectation.returncode == 0 and expectation.stdout.strip()


@needs_engine
def test_explain_knows_nodes_and_autoscalers(folder: Path) -> None:
    incidents = Path(__file__).parents[2] / "scenarios" / "incidents"
    blocked = str(incidents / "scale_down_blocked.yaml")
    # CA-47: a pod with an emptyDir keeps its node.
    node = ekssim(folder, "explain", "node", "workers-1", blocked, "--at", "90m")
    assert node.returncode == 0, node.stderr
    assert "LocalStorageRequested (BlockedByPod)" in node.stdout
    answer = json.loads(ekssim(folder, "explain", "node", "workers-1", blocked, "--at", "90m", "-o", "json").stdout)
    assert answer["node"] == "workers-1" and answer["autoscalers"][0]["who"] == "Cluster Autoscaler"
    delayed = str(incidents / "hpa_on_delayed_metric.yaml")
    hpa = json.loads(ekssim(folder, "explain", "hpa", "shop/api", delayed, "--at", "10m", "-o", "json").stdout)
    assert [one["type"] for one in hpa["conditions"]] == ["AbleToScale", "ScalingActive", "ScalingLimited"]
    assert hpa["metrics"][0]["metric"] == "Pods http_requests_per_second" and hpa["metrics"][0]["wins"]
    wrong = ekssim(folder, "explain", "hpa", "shop/ap", delayed)
    assert wrong.returncode == 2 and "shop/api" in wrong.stderr


@needs_engine
def test_explain_max_pods_shows_the_arithmetic(folder: Path) -> None:
    # IPAM-182: 3 x 9 x 16 + 2 under a ceiling of 110; nodeadm (IPAM-180) and Karpenter (IPAM-185) know no prefixes.
    shown = ekssim(folder, "explain", "max-pods", "m5.large", "--prefix-delegation", "--formula", "calculator").stdout
    assert "3 x 9 x 16 + 2" in shown and "434" in shown and "110" in shown
    by_formula = {words[0]: words[1] for words in map(str.split, shown.splitlines()) if len(words) == 2}
    assert by_formula["karpenter"] == by_formula["nodeadm"] == "29"
    both = ekssim(folder, "explain", "max-pods", "t3.nano", "m5.large").stdout
    assert "t3.nano" in both and "2 x 1 + 2" in both and "3 x 9 + 2" in both
    # IPAM-146: two ENIs carry pods, so nine of the 27 that nodeadm counts on find no address.
    custom = ekssim(folder, "explain", "max-pods", "m5.large", "--custom-networking").stdout
    assert "set maxPods to 20 or less" in custom
    answer = json.loads(ekssim(folder, "explain", "max-pods", "m5.large", "-o", "json").stdout)
    assert answer["max_pods"] == 29 and answer["steps"]


@needs_engine
def test_explain_refuses_options_of_another_question(folder: Path) -> None:
    for arguments in (
        ["max-pods"],
        ["max-pods", "m5.lrge"],
        ["max-pods", "m5.large", "--external-snat"],
        ["max-pods", "m5.large", "--pods-per-core", "3"],
        ["metric", "--max-eni", "2"],
        ["metric", "a", "b"],
        ["snat", "m5.large"],
        ["snat", "--subnet", "secret"],
    ):
        finished = ekssim(folder, "explain", *arguments)
        assert finished.returncode == 2, arguments
        assert "Traceback" not in finished.stderr


@needs_engine
def test_explain_snat_shows_who_reaches_whom(folder: Path) -> None:
    # FR-9: before 1.8 of the CNI, peers reached pods only without the node's translation.
    old = json.loads(ekssim(folder, "explain", "snat", "--cni-version", "1.7", "-o", "json").stdout)
    lost = [row for row in old["matrix"] if not row["reachable"] and row["peer"] == "a peered VPC"]
    assert {row["direction"] for row in lost} == {"to the pod"}
    # Pods with security groups of their own: with strict, the default, the node translates nothing of theirs.
    groups = ("explain", "snat", "--pod-security-groups", "--subnet", "public", "-o", "json")
    to_internet = {
        mode: next(
            row["reachable"]
            for row in json.loads(ekssim(folder, *groups, "--enforcing-mode", mode).stdout)["matrix"]
            if row["peer"] == "the internet" and row["direction"] == "from the pod"
        )
        for mode in ("strict", "standard")
    }
    assert to_internet == {"strict": False, "standard": True}
    shown = ekssim(folder, "explain", "snat", "--external-snat", "--connections-per-second", "400").stdout
    assert "64,512" in shown and "EXTERNALSNAT=true" in shown


@needs_engine
def test_decide_answers_line_by_line(folder: Path) -> None:
    lines = '{"schedule": "*/5 * * * *", "after": "2026-01-01T00:01:00Z"}\n'
    finished = ekssim(folder, "decide", "cron_next", given=lines + "no json\n")
    first, second = finished.stdout.splitlines()
    assert finished.returncode == 2
    assert isinstance(json.loads(first), (dict, list, str))
    assert json.loads(second)["error"] is True


@needs_engine
def test_the_schema_is_json(folder: Path) -> None:
    schema = json.loads(ekssim(folder, "schema").stdout)
    assert {"cluster", "manifests", "run", "expect"} <= set(schema["properties"])


@needs_engine
def test_a_bundled_scenario_refers_to_a_schema_that_accepts_it() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    from ekssim import bundled
    from ekssim.yaml_reader import read_file

    folder = bundled.folder()
    assert folder is not None
    schema = json.loads(engine.core().schema())
    for path in sorted(folder.glob("*.yaml")):
        assert path.read_text().startswith("# yaml-language-server: $schema="), path.name
        jsonschema.validate(read_file(path).documents[0].plain(), schema)


@needs_engine
def test_what_init_writes_validates_and_runs(folder: Path) -> None:
    assert ekssim(folder, "init", "new.yaml").returncode == 0
    assert ekssim(folder, "validate", "new.yaml").returncode == 0
    finished = ekssim(folder, "test", "new.yaml")
    assert finished.returncode == 0, finished.stdout + finished.stderr


@needs_engine
def test_ctrl_c_leaves_partial_results_and_130(folder: Path) -> None:
    # Some ten years of a busy cluster: nothing that ends by itself while this test waits.
    (folder / "long.yaml").write_text(
        SCENARIO.replace("10m", "3000d").split("---\n")[0]
        + "---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: tick}\nspec:\n  schedule: '* * * * *'\n"
        + "  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: 'b:1'}]}}}}\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-m", "ekssim", "run", "long.yaml", "-o", "json"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(8)  # on a busy machine it takes a while until the run is under way
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    document = json.loads(out)
    assert document["interrupted"] is True
    assert 0 < document["simulated_seconds"] < 3000 * 86400


@needs_engine
def test_output_into_a_closed_pipe_is_no_trouble(folder: Path) -> None:
    command = f"{sys.executable} -m ekssim explain metric | head -1"
    finished = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=False)
    assert finished.stderr == ""


@needs_engine
def test_a_terminal_that_knows_ascii_only_gets_a_report(folder: Path) -> None:
    finished = ekssim(folder, "run", "crowded.yaml", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert finished.returncode == 0, finished.stderr
    assert "#" in finished.stdout
