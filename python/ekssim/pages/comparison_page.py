"""The page of a comparison: the variants side by side, each against the first, with intervals; and what each costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ekssim.costs import HOURS_A_MONTH, IDLE, SHARED, by_workload, per_hour, per_month, prices_text, usd
from ekssim.labels import label_text
from ekssim.pages.charts import overlay_charts
from ekssim.pages.parts import identity_rows
from ekssim.render import difference_rows, letter, number, observation

__all__ = ["context"]

_WORKLOADS_SHOWN = 25


def _cost_rows(variants: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What each workload costs a month in each variant, by requests; idle, shared and all last."""
    by_variant = [by_workload(one) for one in variants]
    names = list(dict.fromkeys(name for found in by_variant for name in found if name not in (IDLE, SHARED)))
    rows = [
        {
            "name": name,
            "is_sum": False,
            "cells": [usd(per_month(v, f.get(name, (0.0, 0.0))[0])) for v, f in zip(variants, by_variant, strict=True)],
        }
        for name in [*names[:_WORKLOADS_SHOWN], IDLE, SHARED]
    ]
    if len(names) > _WORKLOADS_SHOWN:
        cells = [
            usd(per_month(variant, sum(found.get(name, (0.0, 0.0))[0] for name in names[_WORKLOADS_SHOWN:])))
            for variant, found in zip(variants, by_variant, strict=True)
        ]
        rows.insert(-2, {"name": f"{len(names) - _WORKLOADS_SHOWN} smaller workloads", "is_sum": False, "cells": cells})
    rows.append({"name": "all, a month", "is_sum": True, "cells": [usd(per_month(one)) for one in variants]})
    rows.append({"name": "all, an hour", "is_sum": True, "cells": [usd(per_hour(one)) for one in variants]})
    return rows


def _expectation_rows(variants: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    seen = [{str(one["name"]): one for one in variant.get("expectations") or ()} for variant in variants]
    names = list(dict.fromkeys(name for found in seen for name in found))
    return [
        {
            "name": name,
            "cells": [
                {"verdict": str(found[name].get("verdict", "none")), "text": observation(found[name])}
                if name in found
                else None
                for found in seen
            ],
        }
        for name in names
    ]


def _short(names: Sequence[str]) -> list[str]:
    """Without the file that all of them are forms of.

    >>> _short(["a.yaml [x]", "a.yaml [y]"]), _short(["a.yaml", "b.yaml"])
    (['x', 'y'], ['a.yaml', 'b.yaml'])
    """
    pairs = [name.removesuffix("]").split(" [", 1) for name in names]
    if all(len(pair) == 2 for pair in pairs) and len({pair[0] for pair in pairs}) == 1:
        return [pair[1] for pair in pairs]
    return list(names)


def context(document: Mapping[str, Any]) -> dict[str, Any]:
    variants = list(document.get("variants") or ())
    names = [str(name) for name in document.get("names") or ()]
    names += [str(one.get("scenario", "")) for one in variants[len(names) :]]
    lettered = [f"{letter(index)}: {name}" for index, name in enumerate(_short(names))]
    replications = int(document.get("replications") or 1)
    words = {"inconclusive": "open"}
    return {
        "title": f"{len(variants)} forms compared" if len(variants) != 2 else f"{names[0]} and {names[1]}",
        "sentence": f"Each against the first, over {number(replications)} pairs of runs that saw the same chance.",
        "variants": [
            {
                "letter": letter(index),
                "name": name,
                "verdict": str(one.get("verdict", "none")),
                "word": words.get(str(one.get("verdict", "none")), str(one.get("verdict", "none"))).upper(),
                "hour": usd(per_hour(one)),
                "month": usd(per_month(one)),
                "inputs": label_text((one.get("inputs") or {}).get("set") or {}),
                "fingerprint": str(one.get("fingerprint", "")),
            }
            for index, (name, one) in enumerate(zip(names, variants, strict=False))
        ],
        "rows": difference_rows(document),
        "is_wide": len(variants) <= 3,
        "expectations": _expectation_rows(variants),
        "costs": _cost_rows(variants) if any(one.get("cost_usd") for one in variants) else [],
        "hours_a_month": HOURS_A_MONTH,
        "prices": prices_text(variants[0]) if variants else "",
        "charts": overlay_charts(variants, lettered),
        "identity": identity_rows(variants[0]) if variants else [],
        "replications": replications,
    }
