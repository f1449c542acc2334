"""Wrong input of every kind: a clear complaint at the line at fault, with a hint, exit code 2, in bounded memory.

A case is the text of a scenario (or several files) in which the line at fault ends in `#!`. What only the engine can
find is skipped where the extension module is not built.
"""

# A case a line reads better than any folding of it.
# ruff: noqa: E501

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ekssim import engine
from ekssim.cli import main

HEAD = "apiVersion: ekssim.dev/v1alpha1\nkind: Scenario\n"
CLUSTER = """cluster:
  metadata: {region: eu-central-1, version: "1.34"}
  managedNodeGroups:
  - {name: workers, instanceType: m5.large, desiredCapacity: 2}
"""
RUN = "run: {for: 1h}\n"
GOOD = HEAD + CLUSTER + RUN


@dataclass(frozen=True)
class Bad:
    name: str
    rule: str
    word: str  # of the message or the hint
    scenario: str | bytes
    files: dict[str, str | bytes] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    also: tuple[str, ...] = ()  # what else is wrong with the same input, by rule
    place: str | None = None  # where no line can carry the mark: `file:line`, or a file alone

    @property
    def needs_engine(self) -> bool:
        return not self.rule.startswith("EKS0") and self.rule != "EKS307"

    def expected_place(self) -> str:
        if self.place is not None:
            return self.place
        for name, text in {"s.yaml": self.scenario, **self.files}.items():
            lines = text.split(b"\n") if isinstance(text, bytes) else text.encode().split(b"\n")
            for number, line in enumerate(lines, start=1):
                if line.rstrip().endswith(b"#!"):
                    return f"{name}:{number}"
        raise AssertionError(f"{self.name} has no mark")


def with_cluster(cluster: str) -> str:
    return HEAD + cluster + RUN


def with_group(group: str) -> str:
    return with_cluster(
        f'cluster:\n  metadata: {{region: eu-central-1, version: "1.34"}}\n  managedNodeGroups:\n  - {group}\n'
    )


def with_vpc(subnets: str) -> str:
    return with_cluster(
        CLUSTER.replace("2}", "2, privateNetworking: true}")
        + f"  vpc:\n    cidr: 10.0.0.0/16\n    subnets:\n      private:\n{subnets}"
    )


def with_run(run: str) -> str:
    return HEAD + CLUSTER + run


def with_object(text: str) -> str:
    return GOOD + "manifests: [here]\n---\n" + text


def deployment(spec: str = "", container: str = "", kind: str = "Deployment", replicas: str = "replicas: 1") -> str:
    return with_object(
        f"""apiVersion: apps/v1
kind: {kind}
metadata: {{name: web, namespace: shop}}
spec:
  {replicas}
  selector: {{matchLabels: {{app: web}}}}
{spec}  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers:
      - name: web
        image: nginx:1
{container}"""
    )


def cronjob(schedule: str, more: str = "") -> str:
    return with_object(
        f"""apiVersion: batch/v1
kind: CronJob
metadata: {{name: tick}}
spec:
  schedule: {schedule}
{more}  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{{name: tick, image: "busybox:1"}}]
"""
    )


def expecting(line: str) -> str:
    return GOOD + f"expect:\n- name: it holds\n  that: {line}\n"


WEB = deployment().split("---\n")[1]
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]{' #!' if b == 'e' else ''}\n"
    for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)

CASES = [
    # --- the file and its text
    Bad("an empty file", "EKS005", "cluster", "", place="s.yaml:1"),
    Bad("nothing but comments", "EKS005", "cluster", "# to be done\n", place="s.yaml:1"),
    Bad("a file that is not there", "EKS001", "no file", GOOD + "manifests:\n- web.yaml #!\n"),
    Bad("a file that is nearly there", "EKS001", "shop.yaml", GOOD + "manifests:\n- shp.yaml #!\n", {"shop.yaml": WEB}),
    Bad("a manifest outside the root", "EKS002", "--root", GOOD + "manifests:\n- ../../../etc/passwd #!\n"),
    Bad("an absolute path outside the root", "EKS002", "--root", GOOD + "manifests:\n- /etc/hostname #!\n"),
    Bad("an address instead of a path", "EKS002", "download", GOOD + "manifests:\n- https://example.com/a.yaml #!\n"),
    Bad("binary garbage", "EKS006", "UTF-8", b"\x7fELF\x02\x01\x80\xff" * 40, place="s.yaml:1"),
    Bad("a binary manifest", "EKS006", "archive", GOOD + "manifests: [m.yaml]\n", {"m.yaml": b"\x1f\x8b\x08data"}, place="m.yaml:1"),
    Bad("UTF-16", "EKS006", "UTF-16", GOOD.encode("utf-16"), place="s.yaml:1"),
    Bad("Latin-1", "EKS006", "UTF-8", (GOOD + "metadata: {name: caf\xe9} #!\n").encode("latin-1")),
    Bad("a NUL byte", "EKS007", "NUL", GOOD + "metadata: {name: a\0b} #!\n"),
    Bad("a list that never ends", "EKS008", "never closed", GOOD + "manifests: [a.yaml, #!\n"),
    Bad("a quote that never ends", "EKS008", "never closed", GOOD + 'metadata: {name: "x} #!\n'),
    Bad("uneven indentation", "EKS008", "indent", HEAD + "metadata:\n    name: x\n  description: y #!\n" + RUN),
    Bad("a colon in a plain text", "EKS008", "quotes", GOOD + "metadata:\n  name: a: b #!\n"),
    Bad("a key without a colon", "EKS008", "colon", GOOD + "expect #!\nmanifests: []\n"),
    Bad("a tab", "EKS009", "spaces", HEAD + "run:\n\tfor: 1h #!\n"),
    Bad("a duplicate key", "EKS010", "line 7", GOOD + RUN.replace("\n", " #!\n")),
    Bad("a duplicate key in a manifest", "EKS010", "m.yaml:2:1", GOOD + "manifests: [m.yaml]\n", {"m.yaml": "kind: Pod\na: 1\na: 2 #!\n"}),
    Bad("an unknown anchor", "EKS011", "&base", GOOD + "metadata: *base #!\n"),
    Bad("a cyclic anchor", "EKS012", "own anchor", GOOD + "behaviour: &x [*x] #!\n"),
    Bad("a bomb of aliases", "EKS013", "aliases", GOOD + BOMB),
    Bad("a bomb in a manifest", "EKS013", "aliases", GOOD + "manifests: [m.yaml]\n", {"m.yaml": BOMB}),
    Bad("nested too deeply", "EKS014", "100", GOOD + "matrix: " + "[" * 120 + "]" * 120 + " #!\n"),
    Bad("a tag that makes objects", "EKS015", "tag", GOOD + "metadata: !!python/object:os.system {} #!\n"),
    Bad("a template that was not rendered", "EKS016", "template", GOOD + "manifests: [m.yaml]\n", {"m.yaml": "name: {{ .Values.name }} #!\n"}),
    Bad("a merge of a text", "EKS017", "map", GOOD + "metadata: {<<: name} #!\n"),
    Bad("an infinite number", "EKS018", "finite", GOOD + "assume: {percentageOfNodesToScore: .inf} #!\n"),
    Bad("a manifest instead of a scenario", "EKS020", "manifests", "kind: Deployment #!\napiVersion: apps/v1\n"),
    Bad("an eksctl file instead of a scenario", "EKS020", "cluster.from", "kind: ClusterConfig #!\nmetadata: {name: x}\n"),
    Bad("a list instead of a scenario", "EKS020", "kind: Scenario", "- a #!\n- b\n"),
    Bad("two scenarios in a file", "EKS021", "own", GOOD + "---\napiVersion: ekssim.dev/v1alpha1 #!\nkind: Scenario\n"),
    Bad("documents without here", "EKS022", "here", GOOD + "---\napiVersion: v1 #!\nkind: Pod\n"),
    Bad("here without documents", "EKS023", "dashes", GOOD + "manifests: [here] #!\n"),
    Bad("manifests that are no list", "EKS024", "dash", GOOD + "manifests: shop #!\n"),
    Bad("an entry that is a number", "EKS024", "glob", GOOD + "manifests:\n- 7 #!\n"),
    Bad("an unknown entry", "EKS024", "helmValues", GOOD + "manifests:\n- {helmValue: x.yaml} #!\n"),
    Bad("a glob that matches nothing", "EKS025", "no file", GOOD + "manifests:\n- '*.yml' #!\n"),
    Bad("an empty folder", "EKS025", "folder", GOOD + "manifests:\n- k8s #!\n", {"k8s/readme.txt": "x"}),
    Bad("a manifest that is a text", "EKS026", "map", GOOD + "manifests: [m.yaml]\n", {"m.yaml": "just words #!\n"}),
    Bad("a List without items", "EKS027", "items", GOOD + "manifests: [m.yaml]\n", {"m.yaml": "kind: List\napiVersion: v1\nitems: {a: 1} #!\n"}),
    Bad("a cluster from a manifest", "EKS028", "ClusterConfig", HEAD + "cluster: {from: m.yaml}\n" + RUN, {"m.yaml": "kind: Pod #!\n"}),
    Bad("a broken eksctl file", "EKS008", "never closed", HEAD + "cluster: {from: c.yaml}\n" + RUN, {"c.yaml": "kind: ClusterConfig\nx: [ #!\n"}),
    Bad("broken configurationValues", "EKS029", "closed", HEAD + CLUSTER + "  addons:\n  - {name: vpc-cni, configurationValues: 'env: {'} #!\n" + RUN),
    Bad("a trace that goes back in time", "EKS030", "rise", GOOD + "behaviour: [{usage: {trace: u.csv}}]\n", {"u.csv": "seconds,cpu\n0,1\n60,2\n30,3\n"}, place="u.csv:4"),
    Bad("a trace without units", "EKS030", "600Mi", GOOD + "behaviour: [{usage: {trace: u.csv}}]\n", {"u.csv": "seconds,memory\n0,1Mi\n60,629145600\n"}, place="u.csv:3"),
    Bad("a trace that uses a thousand times too much", "EKS030", "350m", deployment().replace("---\n", "behaviour: [{for: Deployment/shop/web, usage: {trace: u.csv}}]\n---\n"), {"u.csv": "seconds,cpu\n0,1500\n"}, place="u.csv:2"),
    Bad("a trace without titles", "EKS030", "seconds,cpu,memory", GOOD + "behaviour: [{usage: {trace: u.csv}}]\n", {"u.csv": "0,350m\n60,2\n"}, place="u.csv:1"),
    Bad("helm values that are a list", "EKS033", "map", GOOD + "manifests:\n- {helmValues: v.yaml, chart: cilium} #!\n", {"v.yaml": "- 1\n"}),
    Bad("an override without a value", "EKS032", "run.for=2h", GOOD, options=("--set", "run.for"), place="--set run.for"),
    Bad("an override that is no YAML", "EKS032", "closed", GOOD, options=("--set", "run.for=[1"), place="--set run.for=[1"),
    # --- shape
    Bad("no cluster", "EKS103", "cluster", "apiVersion: ekssim.dev/v1alpha1 #!\nkind: Scenario\n" + RUN),
    Bad("no run", "EKS103", "run", HEAD.replace("v1alpha1\n", "v1alpha1 #!\n") + CLUSTER),
    Bad("no duration", "EKS103", "for", with_run("run: {seed: 3} #!\n")),
    Bad("no region", "EKS103", "region", with_cluster("cluster:\n  metadata: {name: x} #!\n")),
    Bad("another apiVersion", "EKS105", "v1alpha1", GOOD.replace("v1alpha1\n", "v2 #!\n")),
    Bad("a kind nearly right", "EKS106", "Scenario", GOOD.replace("kind: Scenario\n", "kind: Scenaro #!\n")),
    Bad("an unknown section", "EKS104", "expect", GOOD + "expects: [] #!\n"),
    Bad("an unknown field of run", "EKS104", "warmUp", with_run("run:\n  for: 1h\n  warmup: 1m #!\n")),
    Bad("an unknown field of behaviour", "EKS104", "ready", deployment().replace("---\n", "behaviour:\n- for: Deployment/shop/web\n  redy: 3s #!\n---\n")),
    Bad("an unknown field of an expectation", "EKS104", "severity", GOOD + "expect:\n- that: max(ekssim_pods_unplaced) == 0\n  severty: warn #!\n"),
    Bad("a list where a map belongs", "EKS102", "map", with_run("run: [1h] #!\n")),
    Bad("a map where a list belongs", "EKS102", "list", GOOD + "expect: {that: x} #!\n"),
    Bad("a word that YAML takes for a boolean", "EKS102", "no is read as false", GOOD + "metadata: {name: no} #!\n"),
    # --- values and units
    Bad("a duration without unit", "EKS202", "60", with_run("run: {for: 60} #!\n")),
    Bad("a duration with a wrong unit", "EKS201", "1h", with_run("run: {for: 1 hour} #!\n")),
    Bad("a negative duration", "EKS201", "-5m", with_run("run: {for: 1h, warmUp: -5m} #!\n")),
    Bad("ten thousand years", "EKS210", "years", with_run("run: {for: 3650000d} #!\n")),
    Bad("a wrong instant", "EKS209", "2026", with_run('run: {for: 1h, start: "2026-13-40"} #!\n')),
    Bad("an unknown opening", "EKS205", "settled", with_run("run: {for: 1h, opening: setled} #!\n")),
    Bad("memory in Gb", "EKS203", "Gi", deployment(container="        resources:\n          requests: {memory: 10Gb} #!\n")),
    Bad("CPU in words", "EKS203", "cpu", deployment(container="        resources:\n          requests: {cpu: two} #!\n")),
    Bad("negative memory", "EKS203", "negative", deployment(container="        resources:\n          requests: {memory: -1Gi} #!\n")),
    Bad("negative replicas", "EKS204", "replicas", deployment(replicas="replicas: -1 #!")),
    Bad("replicas as a text", "EKS102", "replicas", deployment(replicas="replicas: three #!")),
    Bad("a billion replicas", "EKS210", "200000", deployment(replicas="replicas: 1000000000 #!")),
    Bad("a billion nodes", "EKS204", "100000", with_group("{name: w, instanceType: m5.large, desiredCapacity: 1000000000} #!")),
    Bad("requests above limits", "EKS213", "limit", deployment(container="        resources:\n          requests: {cpu: 2} #!\n          limits: {cpu: 1}\n")),
    Bad("a schedule with four fields", "EKS208", "five", cronjob('"* * * *" #!')),
    Bad("a schedule out of range", "EKS208", "minute", cronjob('"61 * * * *" #!')),
    Bad("a schedule with a bad step", "EKS208", "step", cronjob('"*/0 * * * *" #!')),
    Bad("a schedule with a word", "EKS208", "hourly", cronjob('"@hourli" #!')),
    Bad("an unknown time zone", "EKS307", "Europe/London", cronjob('"0 * * * *"', "  timeZone: Europe/Londn #!\n")),
    Bad("an unknown restart policy", "EKS205", "OnFailure", deployment(container="      restartPolicy: Allways #!\n")),
    Bad("an unknown concurrency policy", "EKS205", "Forbid", cronjob('"0 * * * *"', "  concurrencyPolicy: Forbidden #!\n")),
    Bad("a selector for other pods", "EKS308", "label", deployment().replace("{matchLabels: {app: web}}", "{matchLabels: {app: wep}} #!")),
    Bad("a container without image", "EKS103", "image", deployment().replace("      - name: web\n        image: nginx:1\n", "      - name: web #!\n")),
    Bad("two containers of one name", "EKS110", "web", deployment(container='      - {name: web, image: "b:1"} #!\n')),
    Bad("a kind nearly known", "EKS113", "Deployment", deployment(kind="Deploymnet #!")),
    Bad("an object without kind", "EKS103", "kind", with_object("apiVersion: v1 #!\nmetadata: {name: x}\n")),
    Bad("a bad name", "EKS211", "lower", with_object(WEB.replace("name: web, namespace: shop}", "name: Web_1, namespace: shop} #!"))),
    # --- cluster
    Bad("an instance type nearly known", "EKS301", "m5.xlarge", with_group("{name: w, instanceType: m5.xlrge, desiredCapacity: 1} #!")),
    Bad("an unknown region", "EKS302", "eu-central-1", with_cluster("cluster:\n  metadata: {region: eu-centrl-1} #!\n")),
    Bad("a zone of another region", "EKS303", "eu-central-1", with_group("{name: w, instanceType: m5.large, availabilityZones: [us-east-1a], desiredCapacity: 1} #!")),
    Bad("a version of tomorrow", "EKS401", "1.37", with_cluster('cluster:\n  metadata: {region: eu-central-1, version: "1.99"} #!\n')),
    Bad("a version that YAML took for a number", "EKS401", "quotes", with_cluster("cluster:\n  metadata: {region: eu-central-1, version: 1.30} #!\n")),
    Bad("a subnet outside the VPC", "EKS402", "10.0.0.0/16", with_vpc("        eu-central-1a: {cidr: 10.1.0.0/24} #!\n        eu-central-1b: {cidr: 10.0.1.0/24}\n")),
    Bad("overlapping subnets", "EKS403", "10.0.0.0/24", with_vpc("        eu-central-1a: {cidr: 10.0.0.0/24}\n        eu-central-1b: {cidr: 10.0.0.128/25} #!\n")),
    Bad("a subnet that is too small", "EKS404", "/28", with_vpc("        eu-central-1a: {cidr: 10.0.0.0/30} #!\n        eu-central-1b: {cidr: 10.0.1.0/24}\n")),
    Bad("a subnet that is no range", "EKS212", "10.0.0.0/16", with_vpc("        eu-central-1a: {cidr: 10.0.0.0.0/24} #!\n        eu-central-1b: {cidr: 10.0.1.0/24}\n")),
    Bad("more in use than there is", "EKS405", "251", with_vpc("        eu-central-1a: {cidr: 10.0.0.0/24, inUse: 300} #!\n        eu-central-1b: {cidr: 10.0.1.0/24}\n")),
    Bad("sizes out of order", "EKS407", "maxSize", with_group("{name: w, instanceType: m5.large, minSize: 3, desiredCapacity: 2, maxSize: 5} #!")),
    Bad("two groups of one name", "EKS110", "workers", with_cluster(CLUSTER + "  - {name: workers, instanceType: m5.large, desiredCapacity: 1} #!\n")),
    # --- patches, behaviour, timeline
    Bad("a patch that matches nothing", "EKS304", "web", deployment().replace("---\n", "patches:\n- target: Deployment/shop/wep #!\n  replicas: 2\n---\n")),
    Bad("a target that is no target", "EKS304", "Deployment/shop/web", deployment().replace("---\n", "patches:\n- target: web #!\n  replicas: 2\n---\n")),
    Bad("a wrong value from a patch", "EKS204", "replicas", deployment().replace("---\n", "patches:\n- target: Deployment/shop/web\n  replicas: -3 #!\n---\n")),
    Bad("a patch test that fails", "EKS511", "nginx", deployment().replace("---\n", "patches:\n- target: Deployment/shop/web\n  json6902:\n  - {op: test, path: /spec/template/spec/containers/0/image, value: httpd} #!\n---\n")),
    Bad("a behaviour for nobody", "EKS304", "CronJob", deployment().replace("---\n", "behaviour:\n- for: CronJob/shop/* #!\n  runTime: 3s\n---\n")),
    Bad("an unknown law of chance", "EKS207", "lognormal", deployment().replace("---\n", "behaviour:\n- for: Deployment/shop/web\n  ready: {lognorml: {p50: 1s, p95: 2s}} #!\n---\n")),
    Bad("percentiles out of order", "EKS207", "p50", deployment().replace("---\n", "behaviour:\n- for: Deployment/shop/web\n  ready: {lognormal: {p50: 9s, p95: 2s}} #!\n---\n")),
    Bad("a share without a unit", "EKS206", "%", deployment().replace("---\n", "behaviour:\n- for: Deployment/shop/web\n  failureRate: 150% #!\n---\n")),
    Bad("a fault that is not modelled", "EKS501", "not yet", GOOD + "timeline:\n- {at: 30m, fault: conntrack-full, zone: eu-central-1b} #!\n"),
    Bad("an immutable field in the middle of a run", "EKS502", "spec.completions", with_object("apiVersion: batch/v1\nkind: Job\nmetadata: {name: once, namespace: shop}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers: [{name: c, image: 'a:1'}]\n").replace("---\n", "timeline:\n- at: 30m\n  apply: Job/shop/once\n  merge:\n    spec:\n      completions: 3 #!\n---\n")),
    Bad("a change to nobody", "EKS304", "web", GOOD + "timeline:\n- {at: 30m, apply: Deployment/shop/web, replicas: 3} #!\n"),
    Bad("traffic to nobody", "EKS304", "known are", GOOD + "traffic: [{to: Service/shop/web, rate: 5/s}] #!\n"),
    Bad("an upgrade of nobody", "EKS305", "NodeGroup/workers", GOOD + "timeline:\n- {at: 30m, upgrade: NodeGroup/worker} #!\n"),
    Bad("a scaling of nobody", "EKS304", "web", GOOD + "timeline:\n- {at: 30m, scale: Deployment/shop/web, replicas: 3} #!\n"),
    Bad("a path of --set nearly right", "EKS104", "for", GOOD, options=("--set", "run.fro=2h"), place="--set"),
    Bad("a path of --set that leads nowhere", "EKS111", "workers", GOOD, options=("--set", "cluster.managedNodeGroups[worker].minSize=1"), place="--set"),
    Bad("a wrong value of --set", "EKS201", "2 hours", GOOD, options=("--set", "run.for=2 hours"), place="--set"),
    # --- expectations
    Bad("an expectation that is no expression", "EKS601", "share_of_time", expecting("ekssim_pods_unplaced is low #!")),
    Bad("an unknown metric", "EKS602", "ekssim_pods_unplaced", expecting("max(ekssim_pods_unplacd) == 0 #!")),
    Bad("an unknown label", "EKS603", "cause", expecting("max(ekssim_pods_waiting{couse=\"no-address\"}) == 0 #!")),
    Bad("a selector by pod", "EKS603", "explain pod", expecting("max(ekssim_pods_waiting{pod=\"a\"}) == 0 #!")),
    Bad("a selector that matches nothing", "EKS604", "cause", expecting("max(ekssim_pods_waiting{cause=\"no-adress\"}) == 0 #!")),
    Bad("a quantile of a counter", "EKS605", "p99", expecting("p99(ekssim_ec2_calls_total) < 5 #!")),
    Bad("seconds against bytes", "EKS606", "s", expecting("p99(ekssim_pod_start_seconds) < 5Gi #!")),
    Bad("an unknown window", "EKS608", "outage", GOOD + "expect:\n- that: max(ekssim_pods_unplaced) == 0\n  when: during outage #!\n"),
    Bad("an expectation of nothing", "EKS609", "that", GOOD + "expect:\n- name: it holds #!\n"),
]  # fmt: skip


def written(folder: Path, case: Bad) -> None:
    (folder / ".git").mkdir()
    for name, text in {"s.yaml": case.scenario, **case.files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def validated(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, complaints and what was said, with the program run in this process."""
    code = main(["validate", "s.yaml", "-o", "json", *options])
    said = capsys.readouterr()
    complaints = json.loads(said.out)["complaints"] if said.out else []
    return code, complaints, said.err


def test_there_are_at_least_eighty_cases_with_names_of_their_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 80


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_wrong_input_is_a_clear_complaint(
    case: Bad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if case.needs_engine and not engine.has_core():
        pytest.skip("the extension module is not built")
    written(tmp_path, case)
    monkeypatch.chdir(tmp_path)
    if case.rule == "EKS032":
        # What is wrong on the command line is said before a file is read, so there is no JSON document.
        assert main(["validate", "s.yaml", *case.options]) == 2
        said = capsys.readouterr().err
        assert f"error[{case.rule}]" in said
        assert case.place is not None and case.place in said
        assert case.word in said
        return
    code, complaints, _ = validated(capsys, *case.options)
    assert code == 2
    texts = [f"{one['rule']} {one['place']}: {one['message']} ({one['hint']})" for one in complaints]
    hits = [one for one in complaints if one["rule"] == case.rule]
    assert hits, texts
    expected = case.expected_place()
    places = []
    for one in hits:
        place = one["place"]
        assert place, texts
        places.append(f"{place['file']}:{place['line']}" if place["line"] else place["file"].split(" ")[0])
    assert expected in places, texts
    assert any(case.word in one["message"] + " " + one["hint"] for one in hits), texts
    # One mistake, one complaint: what only follows from it is not reported.
    assert [one["rule"] for one in complaints if one["rule"] not in case.also] == [case.rule], texts


def test_all_mistakes_come_out_in_one_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = GOOD + "manifests: [none.yaml, m.yaml, '*.yml']\na: 1\na: 2\nmetadata: *none\n---\nlost: [\n"
    case = Bad("many", "", "", text, {"m.yaml": "kind: Pod\nkind: Pod\n---\n- 1\n---\n\tx: 1\n"})
    written(tmp_path, case)
    monkeypatch.chdir(tmp_path)
    code, complaints, _ = validated(capsys)
    assert code == 2
    found = {
        (one["rule"], one["place"]["file"], one["place"]["line"])
        for one in complaints
        if one["rule"].startswith("EKS0")
    }
    assert found == {
        ("EKS001", "s.yaml", 8),
        ("EKS025", "s.yaml", 8),
        ("EKS010", "s.yaml", 10),
        ("EKS011", "s.yaml", 11),
        ("EKS008", "s.yaml", 13),
        ("EKS010", "m.yaml", 2),
        ("EKS026", "m.yaml", 4),
        ("EKS009", "m.yaml", 6),
    }


def test_all_mistakes_of_the_model_come_out_in_one_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("ekssim._core", reason="the extension module is not built")
    text = with_group("{name: w, instanceType: m5.lrge, desiredCapacity: 1}")
    text += "manifests: [here]\ntimeline:\n- {at: 5m, scale: Deployment/shop/wep, replicas: 2}\nexpect:\n"
    text += "- that: max(ekssim_pods_unplacd) == 0\n- that: max(ekssim_pods_waiting) ==\n"
    text += "---\n" + WEB.replace("replicas: 1", "replicas: -17")
    written(tmp_path, Bad("many", "", "", text))
    monkeypatch.chdir(tmp_path)
    code, complaints, _ = validated(capsys)
    assert code == 2
    lines = text.splitlines()

    def place_of(word: str) -> tuple[int, int]:
        line = next(number for number, each in enumerate(lines, start=1) if word in each)
        return line, lines[line - 1].index(word) + 1

    assert {(one["rule"], one["place"]["line"], one["place"]["column"]) for one in complaints} == {
        ("EKS301", *place_of("m5.lrge")),
        ("EKS204", *place_of("-17")),
        ("EKS304", *place_of("Deployment/shop/wep")),
        ("EKS602", *place_of("ekssim_pods_unplacd")),
        ("EKS601", place_of("max(ekssim_pods_waiting)")[0], len("- that: max(ekssim_pods_waiting) ==") + 1),
    }


def test_expectations_are_judged_though_a_file_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("ekssim._core", reason="the extension module is not built")
    text = GOOD + "manifests: [none.yaml]\nexpect:\n- that: max(nothing) == 0\n  when: during rush\n"
    written(tmp_path, Bad("", "", "", text))
    monkeypatch.chdir(tmp_path)
    _, complaints, _ = validated(capsys)
    assert [one["rule"] for one in complaints] == ["EKS001", "EKS602", "EKS608"]


def test_people_see_the_line_a_caret_and_a_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, Bad("", "", "", GOOD + "metadata:\n  name: a\n  name: b\n"))
    monkeypatch.chdir(tmp_path)
    assert main(["validate", "s.yaml"]) == 2
    assert capsys.readouterr().err.startswith(
        's.yaml:10:3: error[EKS010]: the key "name" is written twice in one map; first at line 9, column 3\n'
        "      name: b\n"
        "      ^\n"
        "  hint: remove this one or the one at s.yaml:9:3\n"
    )


# Each is a file of some hundred bytes to some megabytes that could take all memory or time if it were believed.
GREEDY = {
    "laughs": GOOD + BOMB,
    "wide": GOOD + "x: &a [" + ",".join("x" * 5000) + "]\ny: [" + ",".join(["*a"] * 5000) + "]\n",
    "merges": GOOD + "a0: &a0 {x: 1}\n" + "".join(f"a{n + 1}: &a{n + 1} {{b: *a{n}, c: *a{n}}}\n" for n in range(60)),
    "deep": GOOD + "x: " + "[" * 1_000_000 + "\n",
    "long": GOOD + "x:\n" + "- {a: b, c: d}\n" * 300_000,
    "digits": GOOD + "x: " + "9" * 2_000_000 + "\n",
    "replicas": deployment(replicas="replicas: 1000000000"),
}


@pytest.mark.parametrize("name", sorted(GREEDY))
def test_greedy_input_takes_bounded_memory_and_time(name: str, tmp_path: Path) -> None:
    if name in ("replicas", "digits") and not engine.has_core():
        pytest.skip("the extension module is not built")
    written(tmp_path, Bad("", "", "", GREEDY[name]))

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))

    started = time.monotonic()
    finished = subprocess.run(
        [sys.executable, "-m", "ekssim", "validate", "s.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        preexec_fn=limited,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 2, finished.stderr[-2000:]
    assert "error[EKS" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert len(finished.stderr) < 100_000
    assert time.monotonic() - started < 120
