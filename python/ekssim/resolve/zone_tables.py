"""The offsets of the time zones that a scenario's CronJobs and cron triggers name: C++ has no time zone database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ekssim import time_zones
from ekssim.resolve.documents import maps_of
from ekssim.resolve.overrides import Override
from ekssim.resolve.project_files import ProjectFiles
from ekssim.yaml_reader import Node, near_miss


def zone_tables(files: ProjectFiles, scenario: Node, overrides: Iterable[Override]) -> dict[str, Any]:
    """Tables for the zones that are named. An unknown one is left out; what reads the CronJob says so."""
    wanted: dict[str, None] = {}
    manifests = scenario.get("manifests")
    sections = (scenario.get(name) for name in ("patches", "timeline", "variants", "matrix"))
    for source in (manifests, *sections):
        for owner in maps_of(source) if source is not None else ():
            wanted.update(_zones_named_by(owner))
    for manifest in (manifests.items or []) if manifests is not None else []:
        if manifest.text("kind") == "CronJob":
            zone_node = (manifest.get("spec") or manifest).get("timeZone")
            if (
                zone_node is not None
                and isinstance(zone_node.scalar, str)
                and not time_zones.is_known(zone_node.scalar)
            ):
                hint = near_miss(zone_node.scalar, time_zones.names()) or "an IANA name such as Europe/London"
                files.complain("EKS307", zone_node.at, f'there is no time zone "{zone_node.scalar}"', hint)
    for _, value in overrides:
        for owner in maps_of(Node.of(value, (0, 0, 0))):
            wanted.update(_zones_named_by(owner))
        if isinstance(value, str) and "/" in value and len(value) < 64:
            wanted[value] = None
    return {zone: time_zones.table(zone) for zone in sorted(wanted) if time_zones.is_known(zone)}


def _zones_named_by(owner: Node) -> dict[str, None]:
    """By a CronJob, and by a cron trigger of KEDA."""
    named = (owner.text("timeZone"), owner.text("timezone"))
    return {zone: None for zone in named if zone is not None}
