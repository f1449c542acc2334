"""`init`: a small commented scenario to start from, or one around the manifests that are there."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ekssim.cli.exit_codes import ExitCode
from ekssim.cli.output import show_complaints
from ekssim.diagnostics import SourceLines, show_file
from ekssim.errors import Error, InputError
from ekssim.resolve.project_files import MANIFEST_SUFFIXES, project_root
from ekssim.yaml_reader import read_file, read_text

__all__ = ["init"]

_REPLICATED = ("Deployment", "ReplicaSet", "StatefulSet", "ReplicationController")
_PODS_A_NODE = 20
_NODES_MIN, _NODES_MAX = 3, 100

_HEAD = """\
# What happens on the cluster below? `ekssim run {name}` simulates it, `ekssim test {name}` judges it.
apiVersion: ekssim.dev/v1alpha1
kind: Scenario
metadata:
  name: {title}

# The cluster, in the words of eksctl. `from: ../cluster.yaml` takes an eksctl file that you have.
cluster:
  metadata: {{region: {region}, version: "1.34"}}
  managedNodeGroups:
  - {{name: workers, instanceType: {instance_type}, desiredCapacity: {nodes}}}
"""

_MANIFESTS = """
# Kubernetes manifests as they are: files, folders and globs, relative to this file. Later ones win.
manifests:
{entries}
"""

_HERE = """
# Kubernetes manifests: files, folders and globs, relative to this file; `here` are the documents at the end of it.
manifests:
- here

# What a manifest cannot say. Durations and quantities have units; a bare number is an error.
behaviour:
- for: CronJob/default/tick
  runTime: {lognormal: {p50: 12s, p95: 40s}}
"""

_RUN = """
# How long, and under which seed. The same seed gives the same run on every machine.
run: {for: 1h, seed: 1}

# What should hold. `ekssim explain metric` lists what can be asked.
expect:
- name: every pod finds a node
  that: max(ekssim_pods_unplaced) == 0
- name: no pod waits for an address
  that: max(ekssim_pods_waiting{cause="no-address"}) == 0
"""

_OBJECTS = """\
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 6
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1.29
        resources: {requests: {cpu: 200m, memory: 256Mi}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: "* * * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: tick
            image: busybox:1.37
            resources: {requests: {cpu: 50m, memory: 64Mi}}
"""


def init(file: Path, manifests: Sequence[Path], *, region: str, force: bool) -> int:
    if file.exists() and not force:
        raise Error(f"{file} is there already; --force overwrites it")
    if not file.parent.is_dir():
        raise Error(f"there is no folder {file.parent}")
    if manifests:
        text = _around(file, manifests, region)
    else:
        head = _HEAD.format(
            name=file.name, title=_title(file), region=region, instance_type="m5.large", nodes=_NODES_MIN
        )
        text = head + _HERE + _RUN + _OBJECTS
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Error(f"{file} cannot be written: {error.strerror or error}") from error
    shown = show_file(file)
    print(f"{shown} is written; next: ekssim run {shown}")
    return _checked(file)


def _title(file: Path) -> str:
    """A name from the file's, of letters that need no quotes."""
    words = "".join(character if character.isalnum() else "-" for character in file.stem.lower())
    title = words.strip("-") or "scenario"
    # A file called n.yaml or 12.yaml has a name that YAML would read as something else.
    return title if read_text(title).documents and read_text(title).documents[0].plain() == title else f'"{title}"'


def _around(file: Path, manifests: Sequence[Path], region: str) -> str:
    folder = file.parent.resolve()
    root = project_root(folder)
    entries: list[str] = []
    complaints = []
    pods = 0
    is_arm = False
    for path in manifests:
        if not path.resolve().is_relative_to(root):
            advice = f"put {file} beside or above it, or make the folder that holds both a git repository"
            raise Error(f"{path} lies outside the project root {root}; {advice}")
        entries.append(Path(os.path.relpath(path.resolve(), folder)).as_posix())
        for one in _files(path):
            read = read_file(one, show_file(one))
            complaints += [complaint for complaint in read.complaints if complaint.is_error]
            for document in read.documents:
                number, wants_arm = _wants(document.plain())
                pods += number
                is_arm |= wants_arm
    if complaints:
        raise InputError(complaints)
    nodes = min(_NODES_MAX, max(_NODES_MIN, -(-pods // _PODS_A_NODE)))
    instance_type = "m7g.xlarge" if is_arm else "m5.xlarge"
    head = _HEAD.format(name=file.name, title=_title(file), region=region, instance_type=instance_type, nodes=nodes)
    listed = "\n".join(f"- {_quoted(entry)}" for entry in entries)
    return head + _MANIFESTS.format(entries=listed) + _RUN


def _quoted(entry: str) -> str:
    import json

    plain = all(character.isalnum() or character in "./_-" for character in entry) and entry[:1] not in "-"
    return entry if plain and entry != "here" else json.dumps(entry, ensure_ascii=False)


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (one for one in sorted(path.iterdir()) if one.suffix in MANIFEST_SUFFIXES and one.is_file())
    else:
        yield path


def _wants(document: Any) -> tuple[int, bool]:
    """How many pods an object asks for at least, and whether it asks for arm64."""
    if not isinstance(document, dict):
        return 0, False
    if isinstance(document.get("items"), list):
        parts = [_wants(item) for item in document["items"]]
        return sum(number for number, _ in parts), any(arm for _, arm in parts)
    spec = document.get("spec")
    if not isinstance(spec, dict):
        return 0, False
    replicas = spec.get("replicas", 1)
    pods = 1
    if document.get("kind") in _REPLICATED and isinstance(replicas, int) and 0 <= replicas <= 1_000_000:
        pods = replicas
    return pods, "arm64" in str(spec)


def _checked(file: Path) -> int:
    """What is written is validated at once, as far as the engine is there to do it."""
    from ekssim import engine
    from ekssim.resolve import resolve_file
    from ekssim.scenario import check, merged

    resolved = resolve_file(file)
    complaints = list(resolved.complaints)
    if engine.has_core():
        answer = check(resolved)
        complaints += engine.complaints_of(answer) + engine.complaints_of(answer, "warnings")
    complaints = merged(complaints)
    show_complaints(complaints, SourceLines(resolved.folder))
    if any(complaint.is_error for complaint in complaints):
        print(f"ekssim: {show_file(file)} needs these mended before it runs", file=sys.stderr)
        return ExitCode.INPUT_ERROR
    return ExitCode.PASS
