"""The table of connections: ways by their rate, what failed by cause, cores by layer."""

from __future__ import annotations

import io

from ekssim.render_connections import connections_table, cores_by_layer, worst_causes
from rich.console import Console

WEB = {"from": "outside", "to": "Service/shop/web"}
API = {"from": "Deployment/shop/web", "to": "Service/shop/api"}
DOCUMENT = {
    "metrics": {
        "ekssim_connections_per_second": [
            {"labels": WEB, "max": 400.0},
            {"labels": API, "max": 5000.0},
            {"labels": {"from": "outside", "to": "Service/shop/idle"}, "max": 0.0},
        ],
        "ekssim_connect_seconds": [{"labels": WEB, "mean": 0.0012}, {"labels": API, "mean": 0.001}],
        "ekssim_connect_p99_seconds": [{"labels": WEB, "max": 0.0032}, {"labels": API, "max": 0.0028}],
        "ekssim_connections_failing_share": [
            {"labels": {**API, "cause": "endpoint"}, "max": 0.25},
            {"labels": {**API, "cause": "table"}, "max": 0.782},
            {"labels": {**WEB, "cause": "table"}, "max": 0.0},
        ],
        "ekssim_network_cpu_cores": [
            {"labels": {"layer": "sockets"}, "mean": 0.25},
            {"labels": {"layer": "scan"}, "mean": 0.5},
            {"labels": {"layer": "bytes"}, "mean": 0.0},
        ],
    }
}


def printed(document: dict[str, object]) -> str:
    console = Console(file=io.StringIO(), width=140)
    for part in connections_table(document):
        console.print(part)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_causes_are_those_that_were_met_and_the_worst_comes_first() -> None:
    way = (API["from"], API["to"])
    assert worst_causes(DOCUMENT) == {way: {"table": 0.782, "endpoint": 0.25}}
    assert list(worst_causes(DOCUMENT)[way]) == ["table", "endpoint"]


def test_cores_are_ordered_and_what_took_none_is_left_out() -> None:
    assert list(cores_by_layer(DOCUMENT).items()) == [("scan", 0.5), ("sockets", 0.25)]


def test_the_table_has_each_way_that_was_used_the_busiest_first() -> None:
    lines = printed(DOCUMENT).splitlines()
    assert lines[0].strip() == "How connections fared: 0.75 cores, scan 0.5, sockets 0.25"
    api = "Deployment/shop/web -> Service/shop/api 5,000 1 ms 2.8 ms table 78.2%, endpoint 25%"
    assert " ".join(lines[2].split()) == api
    assert " ".join(lines[3].split()) == "outside -> Service/shop/web 400 1.2 ms 3.2 ms none"
    assert len(lines) == 4


def test_it_is_left_out_where_nobody_looks_at_connections() -> None:
    assert connections_table({"metrics": {}}) == []
