"""The profile that a calibration writes (DPR-10): what was found, and what stays at its default and why."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

from ekssim.calibrate.behaviours import NAMES
from ekssim.calibrate.defaults import DEFAULTS, UNMEASURED
from ekssim.calibrate.fit import Coefficient, factor_of, fit, judge_noise
from ekssim.calibrate.plan import Plan
from ekssim.calibrate.probe import Findings

__all__ = ["SCHEMA", "of_defaults", "profile_of", "write"]

SCHEMA: Final = "ekssim.dev/datapath-profile/v1alpha1"


def profile_of(name: str, found: Findings, plan: Plan, raw: dict[str, Any]) -> dict[str, Any]:
    left_out = plan.left_out | raw["left_out"]
    noise = judge_noise(raw)
    document = _head(name, found)
    document["kernel"]["modules_loaded"] = raw["modules"]
    document["machine"]["factor"] = _rounded(factor_of(raw))
    document["run"] = {"kind": plan.kind, "rounds": raw["rounds"], "seconds": _rounded(raw["seconds"])}
    document["noise"] = {
        "noisy": bool(noise.reasons),
        "why": noise.reasons,
        "moved_share": _rounded(noise.moved_share),
        "steal_share": _rounded(noise.steal_share),
    }
    document["left_out"] = left_out
    document["coefficients"] = _coefficients(fit(raw, left_out))
    skipped = {check: {"verdict": "skipped", "why": f"the {plan.kind} run has no checks"} for check in NAMES}
    document["behaviours"] = raw.get("behaviours", skipped)
    document["raw"] = {
        "run_us": [
            {
                "mode": one["variant"]["mode"],
                "services": one["variant"]["services"],
                "endpoints": one["variant"]["endpoints"],
                "comments": one["variant"]["comments"],
                "workload": one["workload"],
                "median": _rounded(median(one["run_us"])),
                "failed": one["failed"],
            }
            for one in raw["observations"]
        ],
        "packets": {kind: _rounded(number) for kind, number in raw["packets"].items()},
        "removal_us": raw.get("removal_us"),
        "event_reader_us": [_rounded(number) for number in raw.get("reader_us", [])],
        "loads": raw.get("loads", []),
        "two_cores_us": raw.get("two_cores", {}),
        "programming": raw.get("programming", []),
    }
    return document


def of_defaults(name: str, found: Findings, why: str) -> dict[str, Any]:
    """Where nothing can be measured: all coefficients at their defaults, with the reason (DPR-12)."""
    document = _head(name, found)
    document["run"] = {"kind": "none", "rounds": 0, "seconds": 0.0}
    document["noise"] = {"noisy": False, "why": [], "moved_share": 0.0, "steal_share": 0.0}
    document["left_out"] = {"everything": why}
    document["coefficients"] = _coefficients(
        {
            name: Coefficient(default.value, default.low, default.high, 0, f"default: {why}")
            for name, default in DEFAULTS.items()
        }
    )
    document["behaviours"] = {check: {"verdict": "skipped", "why": why} for check in NAMES}
    document["raw"] = {}
    return document


def write(document: dict[str, Any], path: Path) -> None:
    """YAML or JSON, as the name ends."""
    if path.suffix in (".yaml", ".yml"):
        import yaml

        text = yaml.safe_dump(document, sort_keys=False, width=120)
    else:
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8")


def _head(name: str, found: Findings) -> dict[str, Any]:
    tools = {
        "iptables_legacy": found.iptables_legacy,
        "iptables_nft": found.iptables_nft,
        "iptables_installed": found.installed,
        "nft": found.nft,
        "ipvs": found.ipvs,
        "bpf_jit": found.bpf_jit,
        "compiler": found.compiler,
    }
    return {
        "schema": SCHEMA,
        "name": name,
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "machine": {
            "processor": found.processor,
            "cores": len(found.cores),
            "cache_bytes": found.cache_bytes,
            "factor": 1.0,
        },
        "kernel": {"system": found.system, "release": found.kernel, "conntrack": found.conntrack, "modules_loaded": []},
        "tools": tools,
        "not_measurable": UNMEASURED,
    }


def _coefficients(fitted: dict[str, Coefficient]) -> dict[str, Any]:
    return {
        name: {
            "value": _rounded(one.value),
            "low": _rounded(one.low),
            "high": _rounded(one.high),
            "unit": DEFAULTS[name].unit,
            "n": one.n,
            "seen": None if one.seen is None else _rounded(one.seen),
            "measured": one.measured,
            "method": one.method,
        }
        for name, one in fitted.items()
    }


def _rounded(number: float) -> float:
    return float(f"{number:.4g}")
