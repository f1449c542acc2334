"""What is sized where there are only manifests: a scenario around them, with defaults that the answer lists.

The cluster stands in one region, in three zones, on the newest Kubernetes that the rules know. It runs for an hour in
which something happens: after ten minutes every Deployment is scaled to half of its replicas, after twenty back to all
of them, so that pods start on nodes where others have just gone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ekssim.errors import Error
from ekssim.resolve.project_files import MANIFEST_SUFFIXES
from ekssim.scenario import Scenario

__all__ = ["REGION", "RUN_FOR", "scenario_around"]

REGION = "us-east-1"
RUN_FOR = "1h"
_SCALED_DOWN_AT, _SCALED_UP_AT = "10m", "20m"


def scenario_around(
    manifests: Sequence[str | os.PathLike[str] | Mapping[str, Any]],
    *,
    region: str | None = None,
    zones: Sequence[str] = (),
    name: str | None = None,
    root: str | os.PathLike[str] | None = None,
    set: Mapping[str, Any] | None = None,
) -> tuple[Scenario, list[dict[str, str]]]:
    """The scenario, and what was assumed to make it: what, value and rule of each. Raises InputError."""
    cluster: dict[str, Any] = {"metadata": {"name": "cluster", "region": region or REGION}}
    if zones:
        cluster["availabilityZones"] = list(zones)
    files = [one for named in manifests if not isinstance(named, Mapping) for one in _files(Path(named))]
    folder = _common_folder(files)
    entries: list[Any] = [Path(os.path.relpath(one, folder)).as_posix() for one in files]
    entries += [dict(one) for one in manifests if isinstance(one, Mapping)]

    def made_with(**sections: Any) -> Scenario:
        return Scenario(
            name=name or _name_of(manifests),
            cluster=cluster,
            manifests=entries,
            run={"for": RUN_FOR},
            folder=folder,
            root=root if root is not None else folder,
            set=set,
            **sections,
        )

    made = made_with()
    timeline = list(_churn(made.document.get("manifests") or ()))
    if timeline:
        made = made_with(timeline=timeline)
    assumed = [] if region else [_assumption("region", REGION, "a default; --region states another")]
    assumed.append(_assumption("run.for", RUN_FOR, "a choice: there is no scenario"))
    if timeline:
        churn = f"Deployments scaled to half at {_SCALED_DOWN_AT} and back at {_SCALED_UP_AT}"
        assumed.append(_assumption("timeline", churn, "a choice: there is no scenario"))
    return made, assumed


def _assumption(what: str, value: str, rule: str) -> dict[str, str]:
    return {"what": what, "value": value, "rule": rule}


def _files(named: Path) -> list[Path]:
    """A folder stands for all manifests in it, at whatever depth."""
    if not named.is_dir():
        return [named]
    found = [
        one
        for one in sorted(named.rglob("*"))
        if one.suffix in MANIFEST_SUFFIXES
        and one.is_file()
        and not any(part.startswith(".") for part in one.relative_to(named).parts)
    ]
    if not found:
        raise Error(f"there is no manifest in the folder {named}")
    return found


def _name_of(manifests: Sequence[str | os.PathLike[str] | Mapping[str, Any]]) -> str:
    first = next((Path(one) for one in manifests if not isinstance(one, Mapping)), None)
    if first is None:
        return "manifests"
    return first.resolve().name if first.is_dir() else first.stem.replace("*", "") or first.parent.name or "manifests"


def _common_folder(files: Sequence[Path]) -> Path:
    """The nearest folder that holds them all, as a scenario reads nothing outside of one."""
    return Path(os.path.commonpath([os.path.abspath(one.parent) for one in files])) if files else Path()


def _churn(objects: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for one in _flat(objects):
        spec = _map_at(one, "spec")
        replicas = spec.get("replicas", 1)
        metadata = _map_at(one, "metadata")
        name = metadata.get("name")
        if one.get("kind") != "Deployment" or not isinstance(replicas, int) or replicas < 1 or not name:
            continue
        title = f"Deployment/{metadata.get('namespace') or 'default'}/{name}"
        yield {"at": _SCALED_DOWN_AT, "scale": title, "replicas": replicas // 2}
        yield {"at": _SCALED_UP_AT, "scale": title, "replicas": replicas}


def _map_at(one: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = one.get(key)
    return value if isinstance(value, dict) else {}


def _flat(objects: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for one in objects:
        if not isinstance(one, dict):
            continue
        items = one.get("items")
        if isinstance(items, list):
            yield from _flat(items)
        else:
            yield one
