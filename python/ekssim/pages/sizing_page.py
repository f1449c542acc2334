"""The page of a sizing: the fleet to buy, what it costs beside the others, what binds, how sure that is, and what would
change it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ekssim.costs import HOURS_A_MONTH, usd
from ekssim.durations import shown
from ekssim.pages.svg import Point, point_chart, time_axis, value_axis
from ekssim.render import number

__all__ = ["context"]

_TYPES_SHOWN = 40
_WORKLOADS_SHOWN = 8  # columns of the table of densities
_LISTED = 400
_PARTS = {
    "os": "operating system",
    "kubelet": "kube-reserved",
    "eviction": "eviction threshold",
    "daemon_sets": "DaemonSets",
    "pods": "left for pods",
}
_RISKS = {"low": ("pass", "low"), "some": ("warn", "some"), "high": ("fail", "high"), "unknown": ("none", "unknown")}


def _percent(share: Any, digits: int = 0) -> str:
    return "-" if share is None else f"{float(share) * 100:.{digits}f} %"


def _range(interval: Any, text_of: Any) -> str:
    return f"{text_of(interval[0])} to {text_of(interval[1])}" if interval and len(interval) == 2 else ""


def _candidate(one: Mapping[str, Any], recommended: str | None) -> dict[str, Any]:
    price, simulation = one.get("price") or {}, one.get("simulation") or {}
    badge, word = _RISKS.get(str(one.get("risk")), ("none", str(one.get("risk", ""))))
    p99 = simulation.get("pod_start_p99_seconds")
    used = one.get("used") or {}
    return {
        "id": str(one.get("id", "")),
        "is_recommended": one.get("id") == recommended,
        "rank": one.get("rank"),
        "static_rank": one.get("static_rank"),
        "label": str(one.get("label", "")),
        "purchase": str(one.get("purchase", "")),
        "hour": usd(price.get("usd_per_hour")),
        "month": usd(price.get("usd_per_month")),
        "bound": usd(price.get("lower_bound_usd_per_hour")),
        "gap": _percent(price.get("gap"), 1),
        "binds": str(one.get("binds", "")),
        "used": ", ".join(f"{room} {_percent(share)}" for room, share in used.items() if share),
        "added": f"{one['nodes_added']} more than the packing: {one.get('added_because', '')}"
        if one.get("nodes_added")
        else "",
        "risk": badge,
        "risk_word": word.upper(),
        "p99": "-" if p99 is None else shown(float(p99)),
        "p99_range": _range(simulation.get("pod_start_p99_interval"), lambda value: shown(float(value))),
        "stuck": f"{number(simulation.get('stuck_runs', 0))} of {number(simulation.get('replications', 0))}"
        if simulation
        else "-",
        "stuck_range": _range(simulation.get("stuck_interval"), _percent),
        "verdict": str(one.get("verdict", "")),
        "message": str(simulation.get("message") or ""),
        "waiting": ", ".join(
            f"{cause} {shown(float(seconds))}"
            for cause, seconds in list((simulation.get("waiting_by_cause_seconds") or {}).items())[:4]
        ),
        "packing": [
            {
                "nodes": number(row.get("nodes", 0)),
                "type": str(row.get("instance_type", "")),
                "pods": ", ".join(f"{count} {name}" for name, count in (row.get("pods") or {}).items()),
            }
            for row in (one.get("packing") or ())[:60]
        ],
        "expectations": [
            {
                "verdict": str(row.get("verdict", "none")),
                "name": str(row.get("name", "")),
                "seen": f"{number(row.get('observed'), str(row.get('unit') or ''))}, limit "
                f"{number(row.get('limit'), str(row.get('unit') or ''))}",
                "message": str(row.get("message") or ""),
            }
            for row in simulation.get("expectations") or ()
        ],
        "groups": [
            {
                "group": str(row.get("group", "")),
                "nodes": number(row.get("nodes", 0)),
                "type": str(row.get("instance_type", "")),
                "purchase": str(row.get("purchase", "")),
                "each": usd(row.get("usd_per_hour_each")),
                "volume": usd(row.get("volume_usd_per_hour_each")),
            }
            for row in one.get("groups") or ()
        ],
    }


def _costs(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the recommended fleet's money goes to; the parts add up to the price of its nodes."""
    price = one.get("price") or {}
    parts = [(str(row.get("workload", "")), row.get("usd_per_hour"), False) for row in price.get("workloads") or ()]
    parts += [
        ("DaemonSets", price.get("daemon_sets_usd_per_hour"), False),
        ("operating system, kube-reserved, eviction threshold", price.get("system_usd_per_hour"), False),
        ("idle: left for pods, and no pod takes it", price.get("idle_usd_per_hour"), False),
        ("the nodes and their volumes", price.get("usd_per_hour"), True),
        ("the control plane, beside it", price.get("control_plane_usd_per_hour"), False),
    ]
    total = float(price.get("usd_per_hour") or 0.0)
    return [
        {
            "name": name,
            "hour": usd(amount),
            "month": usd(float(amount) * HOURS_A_MONTH),
            "share": _percent(float(amount) / total, 1) if total and name != "the control plane, beside it" else "",
            "is_sum": is_sum,
        }
        for name, amount, is_sum in parts
        if amount is not None
    ]


def _risk_chart(candidates: Sequence[Mapping[str, Any]], recommended: str | None) -> dict[str, Any] | None:
    """Price against the share of runs with a stuck pod and against the start of pods, both with their intervals."""
    simulated = [one for one in candidates if one.get("simulation")]
    if len(simulated) < 2:
        return None
    colours = {"low": 3, "some": 6, "high": 1}

    def points(y: str, interval: str, text_of: Any) -> list[Point]:
        found = []
        for one in simulated:
            simulation = one["simulation"]
            if simulation.get(y) is None:
                continue
            price = float((one.get("price") or {}).get("usd_per_hour") or 0.0)
            value, bounds = float(simulation[y]), simulation.get(interval)
            is_recommended = one.get("id") == recommended
            found.append(
                Point(
                    f"{one.get('label')}: {usd(price)} an hour, {text_of(value)}",
                    price,
                    value,
                    colours.get(str(one.get("risk")), 7),
                    (float(bounds[0]), float(bounds[1])) if bounds else None,
                    is_recommended,
                    str(one.get("label", "")) if is_recommended else "",
                )
            )
        return found

    def highest(found: Sequence[Point]) -> list[float]:
        return [point.interval[1] if point.interval else point.y for point in found]

    common = "To the right: what the fleet costs an hour."
    panels = []
    stuck = points("stuck_share", "stuck_interval", _percent)
    starts = points("pod_start_p99_seconds", "pod_start_p99_interval", shown)
    for title, sentence, found, y_axis in (
        (
            "Runs with a stuck pod",
            "The share of simulated runs in which a pod was stuck, with its 95 % interval.",
            stuck,
            value_axis([min(1.0, max(highest(stuck), default=0.0))], _percent),
        ),
        (
            "Start of pods",
            "The 99th percentile of how long pods take to start, with its 95 % interval.",
            starts,
            time_axis(highest(starts)),
        ),
    ):
        if found:
            x_axis = value_axis([point.x for point in found], usd, from_zero=False)
            svg = point_chart(f"{title} against cost", f"{sentence} {common}", found, x_axis, y_axis)
            panels.append({"title": title, "sentence": sentence, "svg": svg})
    return {"panels": panels, "common": common} if panels else None


def _types(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The types worth looking at, those of the candidates first: what a node of each is made of and what it takes."""
    density = document.get("density") or {}
    types = list(density.get("types") or ())
    place = {str(one.get("instance_type")): index for index, one in reversed(list(enumerate(types)))}
    wanted = [
        str(group.get("instance_type")) for one in document.get("candidates") or () for group in one.get("groups") or ()
    ]
    wanted += [str(name) for name in document.get("shown") or density.get("shown") or ()]
    rooms = [str(room) for room in density.get("rooms") or ()]
    counts, binds = density.get("counts") or [], density.get("binds") or []
    workloads = list(density.get("workloads") or ())[:_WORKLOADS_SHOWN]
    found = []
    for name in list(dict.fromkeys(wanted))[:_TYPES_SHOWN]:
        if name not in place:
            continue
        index = place[name]
        one = types[index]
        found.append(
            {
                "name": name,
                "price": usd(one.get("usd_per_hour")),
                "raw": one,
                "vcpus": number(one.get("vcpus")),
                "memory": f"{number(one.get('memory_gib'))} GiB",
                "addresses": number(one.get("addresses")),
                "max_pods": number(one.get("max_pods")),
                "splits": [
                    {"what": what, "total": total_text(sum(values)), "parts": _shares(values, parts, total_text)}
                    for what, values, parts, total_text in _split_rows(one)
                ],
                "fits": [
                    {
                        "count": number(counts[index][w]) if index < len(counts) else "-",
                        "binds": rooms[binds[index][w]]
                        if index < len(binds) and 0 <= binds[index][w] < len(rooms)
                        else "may not run there",
                    }
                    for w in range(len(workloads))
                ],
            }
        )
    return found


def _split_rows(one: Mapping[str, Any]) -> list[tuple[str, list[float], list[str], Any]]:
    split = one.get("split") or {}
    parts = [_PARTS.get(str(part), str(part)) for part in split.get("parts") or ()]
    rows = (
        ("CPU", "cpu_milli", lambda value: f"{value / 1000:.3g} vCPU"),
        ("memory", "memory_mib", lambda value: f"{value / 1024:.3g} GiB"),
        ("disk", "storage_mib", lambda value: f"{value / 1024:.3g} GiB"),
    )
    return [
        (what, [float(value) for value in split[key]], parts, text_of)
        for what, key, text_of in rows
        if split.get(key) and sum(split[key]) > 0
    ]


def _shares(values: Sequence[float], parts: Sequence[str], text_of: Any) -> list[dict[str, Any]]:
    total = sum(values)
    return [
        {
            "part": part,
            "colour": (7, 6, 1, 4, 0)[index % 5],
            "width": round(value / total * 100, 2),
            "text": text_of(value),
        }
        for index, (part, value) in enumerate(zip(parts, values, strict=False))
    ]


def _ratio_charts(types: Sequence[Mapping[str, Any]], chosen: Sequence[str]) -> list[dict[str, Any]]:
    """Addresses against CPU, and against memory, of each type that is shown."""
    charts = []
    for what, key, unit in (("vCPU", "vcpus", "vCPU"), ("memory", "memory_gib", "GiB")):
        points = [
            Point(
                f"{one['name']}: {number(one['raw'].get(key))} {unit}, {one['addresses']} addresses",
                float(one["raw"].get(key) or 0.0),
                float(one["raw"].get("addresses") or 0.0),
                1 if one["name"] in chosen else 0,
                None,
                False,
            )
            for one in types
        ]
        if points and any(point.y for point in points):
            title = f"Addresses against {what}"
            sentence = f"How many pods a node of each type can give an address, beside its {what}."
            x_axis = value_axis([point.x for point in points], lambda x: number(round(x, 6)))
            y_axis = value_axis([point.y for point in points], number)
            svg = point_chart(title, sentence, points, x_axis, y_axis)
            charts.append({"title": title, "sentence": sentence + " Orange: types of the candidates.", "svg": svg})
    return charts


def _wishes(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    wishes = document.get("wishes") or {}

    def listed(values: Any, nothing: str) -> str:
        return ", ".join(str(value) for value in values) if values else nothing

    most = wishes.get("nodes_max")
    replications = wishes.get("replications") or {}
    return [
        ("Scenario", str(document.get("scenario", ""))),
        ("Kubernetes", str(document.get("kubernetes", ""))),
        ("Region and zones", f"{document.get('region', '')}: {listed(document.get('zones'), '-')}"),
        ("Network plugin", str(document.get("cni", ""))),
        ("Architectures", listed(wishes.get("architectures"), "all")),
        ("Families", listed(wishes.get("families"), "all")),
        ("Types", listed(wishes.get("types"), "all")),
        ("Purchases", listed(wishes.get("purchases"), "on-demand")),
        ("Nodes", f"{number(wishes.get('nodes_min') or 0)} to {'any number' if most is None else number(most)}"),
        ("Kept free of each node", _percent(wishes.get("headroom") or 0.0)),
        ("Survives the loss of a zone", "yes" if wishes.get("survive_zone_loss") else "not asked for"),
        ("Runs for each candidate", f"{number(replications.get('min'))} to {number(replications.get('max'))}"),
        ("Seed", str(document.get("seed", ""))),
        ("Prices", f"list prices of {document.get('prices_date', '?')}"),
        ("Version", f"ekssim {document.get('ekssim', '?')}"),
    ]


def context(document: Mapping[str, Any]) -> dict[str, Any]:
    recommendation = document.get("recommendation") or {}
    recommended = recommendation.get("candidate")
    candidates = list(document.get("candidates") or ())
    chosen = next((one for one in candidates if one.get("id") == recommended), None)
    types = _types(document)
    of_candidates = [str(g.get("instance_type")) for one in candidates for g in one.get("groups") or ()]
    density = document.get("density") or {}
    workloads = [str(name) for name in density.get("workloads") or ()]
    exact = document.get("exact")
    return {
        "title": f"Sizing of {document.get('scenario', '')}",
        "interrupted": bool(document.get("interrupted")),
        "sentence": str(recommendation.get("sentence") or "No fleet that was tried meets the objectives."),
        "reasons": [str(one) for one in recommendation.get("reasons") or ()],
        "how_sure": str(recommendation.get("how_sure") or ""),
        "candidates": [_candidate(one, recommended) for one in candidates],
        "chosen": _candidate(chosen, recommended) if chosen else None,
        "costs": _costs(chosen) if chosen else [],
        "hours_a_month": HOURS_A_MONTH,
        "selection": document.get("selection") or {},
        "risk": _risk_chart(candidates, recommended),
        "types": types,
        "type_count": len(density.get("types") or ()),
        "parts": [
            {"name": name, "colour": colour} for name, colour in zip(_PARTS.values(), (7, 6, 1, 4, 0), strict=True)
        ],
        "ratio_charts": _ratio_charts(types, of_candidates),
        "workload_columns": workloads[:_WORKLOADS_SHOWN],
        "workloads_left_out": max(0, len(workloads) - _WORKLOADS_SHOWN),
        "workloads": [
            {
                "name": str(one.get("workload", "")),
                "replicas": number(one.get("replicas")),
                "why": str(one.get("why", "")),
                "cpu": f"{number((one.get('cpu_milli') or 0) / 1000)}",
                "memory": f"{number(one.get('memory_mib') or 0)} MiB",
                "types": number(one.get("types_allowed")),
            }
            for one in (document.get("workloads") or ())[:_LISTED]
        ],
        "misfits": list(document.get("misfits") or ())[:_LISTED],
        "homogeneous": [
            {
                "type": str(one.get("instance_type", "")),
                "purchase": str(one.get("purchase", "")),
                "nodes": number(one.get("nodes")),
                "hour": usd(one.get("usd_per_hour")),
                "month": usd(float(one.get("usd_per_hour") or 0.0) * HOURS_A_MONTH),
                "bound": usd(one.get("lower_bound_usd_per_hour")),
                "binds": str(one.get("binds", "")),
            }
            for one in document.get("homogeneous") or ()
        ],
        "exact": {
            "hour": usd(exact.get("usd_per_hour")),
            "bound": usd(exact.get("lower_bound_usd_per_hour")),
            "gap": _percent(exact.get("gap"), 2),
            "status": str(exact.get("status", "")),
            "groups": ", ".join(
                f"{one.get('nodes')} x {one.get('instance_type')}" for one in exact.get("groups") or ()
            ),
        }
        if exact
        else None,
        "sensitivity": [
            {
                "what": str(one.get("what", "")),
                "change": f"{one.get('from', '')} → {one.get('to', '')}",
                "answer": str(one.get("answer", "")),
                "hour": usd(one.get("usd_per_hour")),
                "difference": ("+" if float(one.get("change_usd_per_hour") or 0.0) > 0 else "")
                + usd(one.get("change_usd_per_hour")),
                "effect": "another type"
                if one.get("changes_type")
                else "another fleet"
                if one.get("changes_answer")
                else "none",
            }
            for one in document.get("sensitivity") or ()
        ],
        "assumptions": list(document.get("assumptions") or ())[:_LISTED],
        "assumption_count": len(document.get("assumptions") or ()),
        "not_regarded": list(document.get("not_regarded") or ())[:_LISTED],
        "warnings": [{**one, "place": str(one.get("place") or "")} for one in document.get("warnings") or ()][:_LISTED],
        "warning_count": len(document.get("warnings") or ()),
        "identity": _wishes(document),
    }
