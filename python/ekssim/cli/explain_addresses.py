"""`explain max-pods` and `explain snat`: what limits the pods of instance types, step by step and side by side; who
reaches whom, and with which address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ekssim.cli.exit_codes import ExitCode
from ekssim.cli.output import print_json
from ekssim.cli.work import Settings
from ekssim.decisions import decide
from ekssim.errors import Error

__all__ = ["explain_max_pods", "explain_snat"]

_FORMULAS = ("nodeadm", "calculator", "managed-node-group", "karpenter")
# What belongs to one formula says nothing about the others.
_OF_ONE_FORMULA = ("formula", "reserved_enis", "pods_per_core")


def explain_max_pods(types: Sequence[str], asked: Mapping[str, Any], settings: Settings) -> int:
    if not types:
        raise Error("explain max-pods needs an instance type, such as m5.large, or several")
    answers = [decide("max_pods", {"instance_type": name, **asked}) for name in types]
    if settings.outputs.json:
        print_json(answers[0] if len(answers) == 1 else answers)
        return ExitCode.PASS
    shown: list[RenderableType] = [
        Text(f"Pods on {', '.join(types)}, by {answers[0]['formula']}", style="bold"),
        _steps(answers),
        *(_advice(answer) for answer in answers if answer["pods_without_address"] > 0),
    ]
    if "max_pods" not in asked:
        shown += [Text(""), Text("The same by each formula", style="bold"), _formulas(types, asked)]
    settings.outputs.show(Group(*shown))
    return ExitCode.PASS


def _steps(answers: Sequence[Mapping[str, Any]]) -> RenderableType:
    rows: dict[str, list[str]] = {}
    for column, answer in enumerate(answers):
        for step in answer["steps"]:
            row = rows.setdefault(step["what"], [""] * (2 * len(answers)))
            row[2 * column : 2 * column + 2] = [str(step["value"]), step["how"]]
    table = Table(box=None, show_header=len(answers) > 1, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    for answer in answers:
        table.add_column(answer["instance_type"], justify="right", no_wrap=True)
        table.add_column("", style="dim", overflow="fold")
    for what, cells in rows.items():
        table.add_row(what, *cells)
    return table


def _advice(answer: Mapping[str, Any]) -> Text:
    enough = answer["max_pods"] - answer["pods_without_address"]
    return Text(
        f"{answer['instance_type']}: {answer['pods_without_address']} pods that the scheduler may put there would wait "
        f"in ContainerCreating for ever; set maxPods to {enough} or less"
    )


def _formulas(types: Sequence[str], asked: Mapping[str, Any]) -> RenderableType:
    shared = {name: value for name, value in asked.items() if name not in _OF_ONE_FORMULA}
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    for name in types:
        table.add_column(name, justify="right", no_wrap=True)
    for formula in (*_FORMULAS, "cilium") if asked.get("cni") == "cilium" else _FORMULAS:
        own = dict(asked) if formula == asked.get("formula") else {**shared, "formula": formula}
        table.add_row(formula, *(_with_surplus(decide("max_pods", {"instance_type": name, **own})) for name in types))
    return table


def _with_surplus(answer: Mapping[str, Any]) -> str:
    surplus = answer["pods_without_address"]
    return f"{answer['max_pods']} ({surplus} without an address)" if surplus else str(answer["max_pods"])


def explain_snat(names: Sequence[str], asked: Mapping[str, Any], settings: Settings) -> int:
    if names:
        raise Error(f"explain snat takes no name, but options; {names[0]} is none")
    answer = decide("snat", dict(asked))
    if settings.outputs.json:
        print_json(answer)
        return ExitCode.PASS
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("pods in", "the other end", "connection", "works", "source address seen, or why not"):
        table.add_column(heading, overflow="fold")
    for row in answer["matrix"]:
        table.add_row(
            f"{row['subnet']} subnets",
            row["peer"],
            row["direction"],
            "yes" if row["reachable"] else "no",
            (row["source"] if row["direction"] == "from the pod" else "") if row["reachable"] else row["why_not"],
        )
    external = "true" if asked.get("external_snat") else "false"
    lines: list[RenderableType] = [Text(f"AWS_VPC_K8S_CNI_EXTERNALSNAT={external}", style="bold"), table, Text("")]
    lines += [_ports("a node's address", answer["ports_of_a_node"])]
    lines += [_ports("the NAT gateway", answer["ports_of_the_nat_gateway"])]
    settings.outputs.show(Group(*lines))
    return ExitCode.PASS


def _ports(whose: str, ports: Mapping[str, Any]) -> Text:
    text = (
        f"To one outside address and port, {whose} has {ports['ports']:,} ports: at most "
        f"{ports['connections_per_second_max']:,.1f} connections/s that hold one for {ports['held_seconds']:g} s each"
    )
    if "refused_share" in ports:
        text += f"; {ports['ports_in_use']:,} in use, {ports['refused_share']:.1%} refused"
    return Text(text)
