"""The decision call `fleet`: plain numbers in, nodes and a bound out."""

from __future__ import annotations

import ekssim
import pytest
from ekssim import engine

pytestmark = pytest.mark.skipif(not engine.has_core(), reason="needs the engine")

TYPES = [
    {"name": "c", "cpu_milli": 8000, "memory_mib": 4096, "max_pods": 58, "price_usd_per_hour": 1.0},
    {"name": "r", "cpu_milli": 8000, "memory_mib": 65536, "max_pods": 58, "price_usd_per_hour": 2.0},
]
WORKLOADS = [
    {"name": "web", "cpu_milli": 1000, "memory_mib": 512, "replicas": 8},
    {"name": "db", "cpu_milli": 1000, "memory_mib": 8192, "replicas": 8},
]


def test_processors_and_memory_are_bought_where_they_are_cheap() -> None:
    # One c full of web and one r full of db: nothing smaller has 16 cores and 68 GiB.
    answer = ekssim.decisions.fleet(workloads=WORKLOADS, types=TYPES)
    assert answer == {
        "cost_usd_per_hour": 3.0,
        "lower_bound_usd_per_hour": 3.0,
        "nodes": [{"type": "c", "pods": {"web": 8}}, {"type": "r", "pods": {"db": 8}}],
    }


def test_the_two_lists_need_no_names_and_effort_is_taken() -> None:
    assert ekssim.decisions.fleet(WORKLOADS, TYPES, effort=2)["cost_usd_per_hour"] == 3.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"workloads": [{**WORKLOADS[0], "memory_mib": 1 << 20}]}, "no type holds a pod of web"),
        ({"workloads": [{**WORKLOADS[0], "replicas": -1}]}, "replicas is -1"),
        ({"workloads": [WORKLOADS[0], WORKLOADS[0]]}, "two of the name web"),
        ({"workloads": [{"name": "web"}]}, "missing"),
        ({"types": [{**TYPES[0], "price_usd_per_hour": -1}]}, "no price"),
        ({"types": [{**TYPES[0], "cpus": 4}]}, "no argument cpus"),
        ({"types": "c5.large"}, "types is missing"),
        ({"effort": 0}, "effort is 0"),
    ],
)
def test_wrong_arguments_are_named(change: dict[str, object], words: str) -> None:
    with pytest.raises(ekssim.InputError) as caught:
        ekssim.decisions.fleet(**{"workloads": WORKLOADS, "types": TYPES, **change})
    assert words in str(caught.value)
