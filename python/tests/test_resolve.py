"""From scenario files to the resolved document: what is read, what is refused, and where each value comes from."""

from __future__ import annotations

import cProfile
import json
import os
import pstats
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ekssim import time_zones
from ekssim.resolve import Resolved, parse_set, project_root, resolve_file, resolve_value

HEAD = "apiVersion: ekssim.dev/v1alpha1\nkind: Scenario\n"


def pod(name: str) -> str:
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A git checkout with a folder for scenarios and one for manifests."""
    for folder in (".git", "sim", "k8s/shop", "k8s/empty", "infra"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "k8s/shop/b.yaml").write_text(pod("b"))
    (tmp_path / "k8s/shop/a.yaml").write_text(pod("a1") + "---\n" + pod("a2"))
    (tmp_path / "k8s/shop/c.json").write_text(
        json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "c"}})
    )
    (tmp_path / "k8s/shop/notes.txt").write_text("no manifest")
    return tmp_path


def resolved(project: Path, body: str, **options: Any) -> Resolved:
    path = project / "sim" / "s.yaml"
    path.write_text(HEAD + body)
    return resolve_file(path, **options)


def names(result: Resolved) -> list[str]:
    assert [one.text() for one in result.complaints if one.is_error] == []
    assert result.document is not None
    return [manifest["metadata"]["name"] for manifest in result.document.get("manifests", [])]


def errors(result: Resolved) -> list[tuple[str, int]]:
    return [(one.rule, one.place.line if one.place else 0) for one in result.complaints if one.is_error]


# --- manifests


def test_globs_are_sorted_and_documents_stay_in_order(project: Path) -> None:
    assert names(resolved(project, "manifests: ['../k8s/shop/*.yaml']\n")) == ["a1", "a2", "b"]
    assert names(resolved(project, "manifests: ['../k8s/**/*.yaml']\n")) == ["a1", "a2", "b"]


def test_a_folder_means_its_yaml_and_json_files(project: Path) -> None:
    assert names(resolved(project, "manifests: [../k8s/shop]\n")) == ["a1", "a2", "b", "c"]


def test_a_file_listed_twice_counts_where_it_stands_last(project: Path) -> None:
    body = "manifests: [../k8s/shop/a.yaml, '../k8s/shop/*.yaml', ../k8s/shop/a.yaml]\n"
    assert names(resolved(project, body)) == ["b", "a1", "a2"]


def test_here_is_the_documents_that_follow_in_its_place_of_the_list(project: Path) -> None:
    body = "manifests: [here, ../k8s/shop/b.yaml]\n---\n" + pod("own")
    assert names(resolved(project, body)) == ["own", "b"]


def test_lists_are_unpacked_also_typed_and_nested_ones(project: Path) -> None:
    body = """manifests: [here]
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Pod, metadata: {name: one}}
- apiVersion: v1
  kind: List
  items: [{apiVersion: v1, kind: Pod, metadata: {name: two}}]
---
apiVersion: v1
kind: PodList
items: [{metadata: {name: three}}]
"""
    result = resolved(project, body)
    assert names(result) == ["one", "two", "three"]
    assert result.document is not None
    assert [manifest["kind"] for manifest in result.document["manifests"]] == ["Pod", "Pod", "Pod"]
    assert result.document["places"]["/manifests/1/metadata/name"] == [0, 11, 56]


def test_a_glob_passes_over_scenarios_that_lie_among_the_manifests(project: Path) -> None:
    (project / "sim/other.yaml").write_text(HEAD)
    (project / "sim/m.yaml").write_text(pod("m"))
    assert names(resolved(project, "manifests: ['*.yaml']\n")) == ["m"]


def test_links_that_lead_out_of_the_project_are_refused(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "x.yaml"
    outside.write_text(pod("x"))
    (project / "k8s/shop/link.yaml").symlink_to(outside)
    assert errors(resolved(project, "manifests: ['../k8s/shop/*.yaml']\n")) == [("EKS002", 3)]


REFUSED = [
    ("manifests: [../../etc/passwd]", "EKS002"),
    ("manifests: [/etc/passwd]", "EKS002"),
    ("manifests: ['/etc/*']", "EKS002"),
    ("manifests: ['../*/../../x']", "EKS002"),
    ("manifests: ['https://example.com/a.yaml']", "EKS002"),
    ("manifests: [../k8s/shop/d.yaml]", "EKS001"),
    ("manifests: ['../k8s/none/*.yaml']", "EKS025"),
    ("manifests: [../k8s/empty]", "EKS025"),
    ("manifests: [s.yaml]", "EKS026"),
    ("manifests: [7]", "EKS024"),
    ("manifests: [{file: x}]", "EKS024"),
    ("manifests: ../k8s", "EKS024"),
    ("manifests: [here]", "EKS023"),
    ("manifests: [{helmValues: v.yaml, chart: cilium}]", "EKS001"),
    ("manifests: [{helmValues: ../k8s/shop/b.yaml}]", "EKS033"),
    ("cluster: {from: ../infra/none.yaml}", "EKS001"),
    ("cluster: {from: ../infra}", "EKS003"),
    ("cluster: {from: ../k8s/shop/b.yaml}", "EKS028"),
    ("cluster: {from: 7}", "EKS034"),
    ("cluster: {addons: [{name: vpc-cni, configurationValues: 'env: ['}]}", "EKS029"),
    ("cluster: {addons: [{name: vpc-cni, configurationValues: '[1]'}]}", "EKS029"),
    ("behaviour: [{usage: {trace: none.csv}}]", "EKS001"),
    ("behaviour: [{usage: {trace: ../../../x.csv}}]", "EKS002"),
]


@pytest.mark.parametrize(("line", "rule"), REFUSED)
def test_what_cannot_be_read_is_refused_at_the_line_that_names_it(project: Path, line: str, rule: str) -> None:
    found = errors(resolved(project, f"metadata: {{name: x}}\n{line}\n"))
    assert found
    assert found[0][0] == rule
    # What is wrong inside another file points there, everything else at the fourth line.
    assert found[0][1] == (1 if rule == "EKS028" else 4)


def test_a_missing_file_has_a_near_miss(project: Path) -> None:
    result = resolved(project, "manifests: [../k8s/shop/bb.yaml, ../k8s/shpo/b.yaml, hear]\n")
    hints = [complaint.hint for complaint in result.complaints]
    assert hints == ['did you mean "b.yaml"?', 'did you mean "shop"?', 'did you mean "here"?']


def test_documents_that_nobody_lists_are_refused(project: Path) -> None:
    assert errors(resolved(project, "run: {for: 1h}\n---\n" + pod("lost"))) == [("EKS022", 5)]


def test_a_second_scenario_in_the_file_is_refused(project: Path) -> None:
    assert errors(resolved(project, "---\n" + HEAD)) == [("EKS021", 4)]


def test_a_manifest_is_no_scenario(project: Path) -> None:
    result = resolve_file(project / "k8s/shop/b.yaml")
    assert errors(result) == [("EKS020", 1)]
    assert "Pod" in result.complaints[0].hint
    assert result.document is None


def test_mistakes_in_named_files_point_into_those_files(project: Path) -> None:
    (project / "k8s/shop/a.yaml").write_text("a: 1\na: 2\n---\n- 1\n")
    result = resolved(project, "manifests: ['../k8s/shop/*.yaml']\n")
    assert [str(one.place) for one in result.complaints] == ["../k8s/shop/a.yaml:2:1", "../k8s/shop/a.yaml:4:1"]


# --- cluster


def test_the_eksctl_file_stands_in_place_of_its_path(project: Path) -> None:
    (project / "infra/cluster.yaml").write_text("kind: ClusterConfig\nmetadata:\n  region: eu-west-1\n")
    result = resolved(project, "cluster:\n  from: ../infra/cluster.yaml\n  metadata: {version: '1.34'}\n")
    assert names(result) == []
    assert result.document is not None
    assert result.document["cluster"]["from"] == {"kind": "ClusterConfig", "metadata": {"region": "eu-west-1"}}
    assert result.document["files"] == ["s.yaml", "../infra/cluster.yaml"]
    assert result.document["places"]["/cluster/from/metadata/region"] == [1, 3, 11]
    assert result.document["places"]["/cluster/from#key"] == [0, 4, 3]


def test_configuration_values_are_read_and_keep_the_place_of_their_text(project: Path) -> None:
    body = "cluster:\n  addons:\n  - name: vpc-cni\n    configurationValues: \"env: {WARM_ENI_TARGET: '1'}\"\n"
    result = resolved(project, body)
    assert result.document is not None
    (addon,) = result.document["cluster"]["addons"]
    assert addon["configurationValues"] == {"env": {"WARM_ENI_TARGET": "1"}}
    assert result.document["places"]["/cluster/addons/0/configurationValues/env/WARM_ENI_TARGET"] == [0, 6, 26]


def test_a_node_config_is_read_out_of_the_bootstrap_command(project: Path) -> None:
    head = "cluster:\n  managedNodeGroups:\n  - name: a\n    overrideBootstrapCommand: |\n"
    config = (
        "      apiVersion: node.eks.aws/v1alpha1\n      kind: NodeConfig\n"
        "      spec: {kubelet: {config: {maxPods: 50}}}\n"
    )
    result = resolved(project, head + config)
    assert result.document is not None
    (group,) = result.document["cluster"]["managedNodeGroups"]
    assert group["overrideBootstrapCommand"]["spec"] == {"kubelet": {"config": {"maxPods": 50}}}
    broken = resolved(project, head + config.replace("}}}", "}"))
    assert [one.rule for one in broken.complaints if one.is_error] == ["EKS029"]
    script = resolved(project, head + "      /etc/eks/bootstrap.sh x --use-max-pods false\n")
    assert script.document is not None
    assert isinstance(script.document["cluster"]["managedNodeGroups"][0]["overrideBootstrapCommand"], str)


def test_the_configuration_of_kube_proxy_is_read_out_of_its_config_map(project: Path) -> None:
    config = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\n    kind: KubeProxyConfiguration\n    mode: nftables\n"
    (project / "k8s/proxy.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kube-proxy-config, namespace: kube-system}\n"
        f"data:\n  config: |-\n    {config}  kubeconfig: 'apiVersion: v1'\n"
    )
    result = resolved(project, "manifests: [../k8s/proxy.yaml]\n")
    assert names(result) == ["kube-proxy-config"]
    assert result.document is not None
    data = result.document["manifests"][0]["data"]
    assert data["config"]["mode"] == "nftables"
    assert data["kubeconfig"] == "apiVersion: v1"  # nothing of kube-proxy's own
    (project / "k8s/proxy.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
        "data: {config: 'apiVersion: [kubeproxy.config.k8s.io/v1alpha1'}\n"
    )
    assert [rule for rule, _ in errors(resolved(project, "manifests: [../k8s/proxy.yaml]\n"))] == ["EKS029"]


PROFILE = {
    "schema": "ekssim.dev/datapath-profile/v1alpha1",
    "name": "mine",
    "machine": {"cores": 4},
    "noise": {"noisy": False},
    "coefficients": {"k_conn": {"value": 80.5, "low": 78, "high": 83}},
    "raw": {},
}


@pytest.mark.parametrize(
    ("name", "file"),
    [("../mine.json", "mine.json"), ("mine", "sim/mine.datapath.yaml"), ("p/mine.yml", "sim/p/mine.yml")],
)
def test_a_profile_of_a_calibration_is_read_in_by_path_or_name(project: Path, name: str, file: str) -> None:
    (project / file).parent.mkdir(exist_ok=True)
    (project / file).write_text(json.dumps(PROFILE))
    for result in (
        resolved(project, f"cluster: {{dataPath: {{profile: {name}}}}}\n"),
        resolved(project, "cluster: {}\n", overrides=[("cluster.dataPath.profile", name)]),
    ):
        assert errors(result) == []
        assert result.document is not None
        profile = result.document["cluster"]["dataPath"]["profile"]
        kept = ("schema", "name", "noise", "coefficients")
        assert profile == {"file": name} | {key: PROFILE[key] for key in kept}
    # Complaints about a number point into the profile.
    place = result.document["places"]["/cluster/dataPath/profile/coefficients/k_conn/value"]
    assert result.document["files"][place[0]].endswith(Path(file).name)


@pytest.mark.parametrize(
    ("profile", "rule"),
    [("none.json", "EKS001"), ("none", "EKS001"), ("../../x.json", "EKS002"), ("list.json", "EKS036")],
)
def test_a_profile_that_is_none_is_refused_where_it_is_named(project: Path, profile: str, rule: str) -> None:
    (project / "sim/list.json").write_text("[1, 2]")
    result = resolved(project, f"cluster:\n  dataPath:\n    profile: {profile}\n")
    assert errors(result) == [(rule, 5)]


def test_helm_values_travel_with_the_name_of_their_chart(project: Path) -> None:
    (project / "k8s/values.yaml").write_text("ipam: {mode: eni}\n")
    result = resolved(project, "manifests: [{helmValues: ../k8s/values.yaml, chart: cilium}]\n")
    assert result.document is not None
    assert result.document["manifests"] == [{"helmValues": {"ipam": {"mode": "eni"}}, "chart": "cilium"}]
    assert result.document["places"]["/manifests/0/helmValues/ipam/mode"] == [1, 1, 14]


# --- places


def test_every_value_and_key_of_the_document_has_a_place(project: Path) -> None:
    result = resolved(project, "manifests: ['../k8s/shop/*', here]\nrun: {for: 1h}\n---\n" + pod("own"))
    # The text file of the folder is no manifest, but the glob asks for it.
    assert [one.rule for one in result.complaints] == ["EKS026"]
    assert result.document is not None
    places = result.document["places"]
    expected = set()

    def walk(value: Any, pointer: str) -> None:
        expected.add(pointer)
        if isinstance(value, dict):
            for key, item in value.items():
                below = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
                expected.add(f"{below}#key")
                walk(item, below)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                walk(item, f"{pointer}/{index}")

    walk({key: value for key, value in result.document.items() if key not in ("places", "files")}, "")
    assert set(places) == expected
    files = result.document["files"]
    assert all(0 <= file < len(files) and line >= 1 and column >= 1 for file, line, column in places.values())


def test_slashes_and_tildes_in_keys_are_escaped_in_pointers() -> None:
    document = resolve_value({"kind": "Scenario", "cluster": {"a/b": {"c~d": 1}}}).document
    assert document is not None
    assert document["places"] == {}


def test_a_scenario_made_in_python_has_no_places_but_those_of_its_files(project: Path) -> None:
    value = {
        "kind": "Scenario",
        "manifests": ["k8s/shop/b.yaml", {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}],
    }
    result = resolve_value(value, project)
    assert names(result) == ["b", "x"]
    assert result.document is not None
    assert result.document["places"]["/manifests/0/kind"] == [1, 2, 7]
    assert not [pointer for pointer in result.document["places"] if pointer.startswith("/manifests/1")]


def test_what_resolve_printed_is_taken_as_it_is(project: Path) -> None:
    first = resolved(project, "manifests: [../k8s/shop/b.yaml]\n")
    path = project / "sim/resolved.json"
    path.write_text(first.text(indent=2))
    assert resolve_file(path).document == first.document


# --- root


def test_the_project_root_is_the_nearest_folder_with_git_else_the_scenario_s_own(project: Path) -> None:
    assert project_root(project / "sim") == project
    (project / "sim/.git").write_text("gitdir: elsewhere\n")
    assert project_root(project / "sim") == project / "sim"
    assert errors(resolved(project, "manifests: [../k8s/shop/b.yaml]\n")) == [("EKS002", 3)]
    assert names(resolved(project, "manifests: [../k8s/shop/b.yaml]\n", root=project)) == ["b"]


def test_a_scenario_outside_the_given_root_is_refused(project: Path) -> None:
    assert errors(resolved(project, "", root=project / "k8s")) == [("EKS002", 0)]


# --- traces


def test_a_trace_of_a_rate_becomes_points(project: Path) -> None:
    (project / "sim/rate.csv").write_text("time,rate\n0,0.35\n60,0.5\n# later\n5m,1e0\n")
    result = resolved(project, "traffic:\n- to: Service/a/b\n  rate: {trace: rate.csv}\n")
    assert result.document is not None
    assert result.document["traffic"][0]["rate"] == {
        "trace": {"file": "rate.csv", "points": [[0, 0.35], [60, 0.5], [300, 1.0]]}
    }


@pytest.mark.parametrize(
    ("text", "columns", "points"),
    [
        (
            "seconds,cpu,memory\n0,350m,600Mi\n# noon\n5m,2,1Gi\n",
            ["seconds", "cpu", "memory"],
            [[0, 0.35, 629145600], [300, 2, 1073741824]],
        ),
        ("memory_bytes, seconds\n629145600, 0\n\n0, 1.5\n", ["memory", "seconds"], [[629145600, 0], [0, 1.5]]),
        ("seconds,cpu\n0,.5\n", ["seconds", "cpu"], [[0, 0.5]]),
    ],
)
def test_a_trace_of_a_usage_becomes_cores_and_bytes(
    project: Path, text: str, columns: list[str], points: list[list[float]]
) -> None:
    (project / "sim/usage.csv").write_text(text)
    result = resolved(project, "behaviour:\n- for: Deployment/a/b\n  usage: {trace: usage.csv}\n")
    assert result.complaints == []
    assert result.document is not None
    trace = {"file": "usage.csv", "columns": columns, "points": points}
    assert result.document["behaviour"][0]["usage"] == {"trace": trace}


BAD_RATES = [
    ("", 0),
    ("time,cores\n", 0),
    ("0,1\n0,2\n", 2),
    ("0,1\n60,2\n30,3\n", 3),
    ("0,1\n60\n", 2),
    ("0,1,2\n", 1),
    ("0,1\nsoon,2\n", 2),
    ("0,1\n60,much\n", 2),
    ("0,nan\n", 1),
    ("0,1\n60,inf\n", 2),
    ("-5,1\n", 1),
    ("0,\xff\n", 0),
]
BAD_USAGES = [
    ("", 0),
    ("0,350m,600Mi\n", 1),
    ("seconds\n0\n", 1),
    ("seconds,cpu,cpu\n0,1,1\n", 1),
    ("seconds,memory,memory_bytes\n0,1Mi,1\n", 1),
    ("seconds,cpi\n0,1\n", 1),
    ("seconds,cpu\n", 0),
    ("seconds,cpu\n60,1\n", 2),
    ("seconds,cpu\n0,1\n60,2\n60,3\n", 4),
    ("seconds,cpu\n0,1,2\n", 2),
    ("seconds,cpu\n0,1\n60,a lot\n", 3),
    ("seconds,cpu\n0,-1\n", 2),
    ("seconds,cpu\n0,1500\n", 2),
    ("seconds,memory\n0,9Ti\n", 2),
    ("seconds,memory\n0,600\n", 2),
    ("seconds,memory\n0,600Mb\n", 2),
    ("seconds,memory_bytes\n0,600Mi\n", 2),
]


@pytest.mark.parametrize(
    ("section", "text", "line"),
    [("traffic: [{rate", *bad) for bad in BAD_RATES] + [("behaviour: [{usage", *bad) for bad in BAD_USAGES],
)
def test_a_wrong_trace_is_refused_at_its_line(project: Path, section: str, text: str, line: int) -> None:
    (project / "sim/trace.csv").write_bytes(text.encode("latin-1"))
    result = resolved(project, section + ": {trace: trace.csv}}]\n")
    assert [(one.rule, str(one.place)) for one in result.complaints] == [
        ("EKS030", f"trace.csv:{line}:1" if line else "trace.csv")
    ]


def test_every_wrong_line_of_a_trace_is_refused_up_to_a_bound(project: Path) -> None:
    lines = ["seconds,memory", "0,1", "60,2Mi", "30,3Mi", "90,4MB"]
    (project / "sim/trace.csv").write_text("\n".join(lines))
    body = "behaviour: [{usage: {trace: trace.csv}}]\n"
    assert [one.place.line for one in resolved(project, body).complaints if one.place] == [2, 4, 5]
    (project / "sim/trace.csv").write_text("seconds,cpu\n" + "oops,1\n" * 1000)
    assert len(resolved(project, body).complaints) == 20


# --- time zones


def test_the_zones_that_a_timeline_applies_come_along(project: Path) -> None:
    body = "timeline:\n- at: 1h\n  apply: CronJob/a/b\n  merge: {spec: {timeZone: Europe/London}}\n"
    result = resolved(project, body)
    assert result.document is not None
    assert list(result.document["timeZones"]) == ["Europe/London"]


def test_the_zones_of_cron_triggers_come_along(project: Path) -> None:
    trigger = "{type: cron, metadata: {timezone: Asia/Tokyo}}"
    result = resolved(
        project, f"timeline:\n- at: 1h\n  apply: ScaledObject/a/b\n  merge: {{spec: {{triggers: [{trigger}]}}}}\n"
    )
    assert result.document is not None
    assert list(result.document["timeZones"]) == ["Asia/Tokyo"]


def test_the_zones_of_cronjobs_come_along_as_tables(project: Path) -> None:
    body = """manifests: [here]
---
{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {timeZone: Europe/London}}
---
{apiVersion: batch/v1, kind: CronJob, metadata: {name: b}, spec: {timeZone: Etc/UTC}}
"""
    result = resolved(project, body)
    assert result.document is not None
    zones = result.document["timeZones"]
    assert list(zones) == ["Etc/UTC", "Europe/London"]
    assert zones["Etc/UTC"] == {"first_offset": 0, "transitions": []}
    # Summer time in 2026 begins on 29 March and ends on 25 October, both at 01:00 UTC (directive 2000/84/EC's dates).
    begins = int(datetime(2026, 3, 29, 1, tzinfo=UTC).timestamp())
    ends = int(datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp())
    assert [begins, 3600] in zones["Europe/London"]["transitions"]
    assert [ends, 0] in zones["Europe/London"]["transitions"]
    # In 1970 Britain kept summer time all the year.
    assert zones["Europe/London"]["first_offset"] == 3600


def test_an_unknown_zone_has_a_near_miss(project: Path) -> None:
    body = "manifests: [here]\n---\nkind: CronJob\nspec:\n  timeZone: Europe/Londn\n"
    result = resolved(project, body)
    assert errors(result) == [("EKS307", 7)]
    assert result.complaints[0].hint == 'did you mean "Europe/London"?'


@pytest.mark.parametrize(
    "name", ["../etc/passwd", "/etc/localtime", "", "Europe/", "Europe", "x" * 1000, "a\0b", "__init__"]
)
def test_a_zone_s_name_is_no_way_to_other_files(name: str) -> None:
    assert not time_zones.is_known(name)


# --- overrides


def test_set_reads_its_value_as_yaml() -> None:
    assert parse_set("run.for=2h") == (("run.for", "2h"), [])
    assert parse_set("a[b].c={x: [1, yes]}") == (("a[b].c", {"x": [1, True]}), [])
    assert parse_set("a=b=c") == (("a", "b=c"), [])
    assert parse_set("a=") == (("a", None), [])


@pytest.mark.parametrize("text", ["run.for", "=2h", "a=[1", "a=*x", "a={x: 1, x: 2}", "a=1\n---\n2"])
def test_a_wrong_set_is_refused_with_its_text(text: str) -> None:
    override, complaints = parse_set(text)
    assert override is None
    assert complaints[0].rule == "EKS032"
    assert str(complaints[0].place).startswith("--set ")


def test_overrides_of_what_names_files_take_effect_before_they_are_read(project: Path) -> None:
    overrides = [("manifests", ["../k8s/shop/b.yaml"]), ("run.for", "2h")]
    result = resolved(project, "manifests: [../none.yaml]\n", overrides=overrides)
    assert names(result) == ["b"]
    assert result.overrides == [("run.for", "2h")]
    wrong = resolved(project, "", overrides=[("cluster.from", "none.yaml")])
    assert str(wrong.complaints[0].place) == '--set cluster.from="none.yaml"'


# --- speed


def test_twice_the_manifests_are_twice_the_work_to_resolve(project: Path) -> None:
    """Some 900 lines, as Online Boutique has, and as many again. Work is counted in calls, which no load changes."""
    deployment = """---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
  labels:
    app: a
spec:
  replicas: 1
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec:
      containers:
      - name: c
        image: i:1
        resources: {requests: {cpu: 100m, memory: 64Mi}}
"""
    body = "manifests: [../k8s/shop/a.yaml]\n"

    def calls(deployments: int) -> int:
        text = "".join(deployment.replace("NAME", f"d{number}") for number in range(deployments))
        (project / "k8s/shop/a.yaml").write_text(text)
        profile = cProfile.Profile()
        assert len(names(profile.runcall(resolved, project, body))) == deployments
        return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]

    calls(1)  # what is loaded at first use counts once
    few, many = calls(56), calls(112)
    assert few < many < 2.2 * few


def test_unreadable_files_are_complaints(project: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    (project / "k8s/shop/b.yaml").chmod(0)
    assert errors(resolved(project, "manifests: [../k8s/shop/b.yaml]\n")) == [("EKS003", 0)]


def test_the_policy_in_a_config_map_is_part_of_the_document(project: Path) -> None:
    policy = "apiVersion: descheduler/v1alpha2\nkind: DeschedulerPolicy\nprofiles:\n- {name: default}\n"
    text = "".join(f"    {line}\n" for line in policy.splitlines())
    head = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: policy}\ndata:\n  other: 'a: b'\n"
    result = resolved(project, "manifests: [here]\n" + head + "  policy.yaml: |\n" + text)
    assert names(result) == ["policy"]
    assert result.document is not None
    data = result.document["manifests"][0]["data"]
    profiles = [{"name": "default"}]
    assert data["policy.yaml"] == {
        "apiVersion": "descheduler/v1alpha2",
        "kind": "DeschedulerPolicy",
        "profiles": profiles,
    }
    assert data["other"] == "a: b"


def test_a_policy_that_is_no_yaml_is_refused_at_its_place(project: Path) -> None:
    policy = "{a: 'apiVersion: descheduler/v1alpha2: ['}"
    object_ = f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: policy}}\ndata: {policy}\n"
    assert [rule for rule, _ in errors(resolved(project, "manifests: [here]\n" + object_))] == ["EKS029"]


def test_the_rules_of_prometheus_adapter_are_part_of_the_document(project: Path) -> None:
    """FR-28: what a metric is made of stands in a text of a ConfigMap."""
    head = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: adapter-config}\ndata:\n"
    text = "  config.yaml: |\n    rules:\n    - seriesQuery: 'http_requests_total{pod!=\"\"}'\n"
    document = resolved(project, "manifests: [here]\n" + head + text).document
    assert document is not None
    rules = [{"seriesQuery": 'http_requests_total{pod!=""}'}]
    assert document["manifests"][0]["data"]["config.yaml"] == {"rules": rules}
    # The word alone makes no configuration, and what is no YAML stays the text that it is.
    for other in ("  notes: 'seriesQuery is a field'\n", "  config.yaml: 'rules: [seriesQuery'\n"):
        document = resolved(project, "manifests: [here]\n" + head + other).document
        assert document is not None
        (value,) = document["manifests"][0]["data"].values()
        assert isinstance(value, str)
