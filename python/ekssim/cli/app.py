"""The commands and their options, and nothing else: each function hands over to the module that does the work."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ekssim.cli.work import Settings

__all__ = ["command"]

# Plain help: Rich's would cost more time than everything else together.
app = typer.Typer(
    name="ekssim",
    help="Simulates EKS clusters: scenarios and Kubernetes manifests go in, verdicts with reasons come out.",
    epilog="Exit codes: 0 pass, 1 an expectation failed, 2 usage or input error, 3 a defect of ours, 4 inconclusive, "
    "5 nothing run, 130 interrupted.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Output = Annotated[
    list[str] | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FORMAT",
        help="human, json, github, html=FILE, junit=FILE, sarif=FILE, csv=DIR; repeatable.",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Override a value, such as run.for=2h; repeatable."),
]
Seed = Annotated[int | None, typer.Option(min=0, max=2**63 - 1, help="Seed of all chance.")]
Replications = Annotated[str | None, typer.Option(metavar="N|MIN:MAX", help="How many runs to judge by.")]
Replication = Annotated[
    int | None, typer.Option(min=0, metavar="K", help="Only the run of this number, such as the worst of many.")
]
Jobs = Annotated[int, typer.Option(min=1, max=1024, help="How many runs at a time.")]
Root = Annotated[Path | None, typer.Option(metavar="DIR", help="The project root; nothing outside it is read.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Verdicts only, no progress.")]
ShowIgnored = Annotated[bool, typer.Option("--show-ignored", help="List the fields that the model does not use.")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="End there instead, such as 7212s.")]
Series = Annotated[bool, typer.Option("--series", help="Write levels over time into -o json: addresses, pods, cost.")]

ScrapeInterval = Annotated[str, typer.Option(metavar="TIME", help="How often Prometheus would scrape.")]


def _settings(
    output: list[str] | None = None,
    set_: list[str] | None = None,
    seed: int | None = None,
    replications: str | None = None,
    jobs: int = 1,
    root: Path | None = None,
    quiet: bool = False,
    show_ignored: bool = False,
    until: str | None = None,
    replication: int | None = None,
    series: bool = False,
) -> Settings:
    from ekssim.cli.output import parse_outputs
    from ekssim.cli.work import Settings, overrides_of

    return Settings(
        outputs=parse_outputs(output or ()),
        overrides=overrides_of(set_ or ()),
        seed=seed,
        replications=_replications(replications),
        replication=replication,
        jobs=jobs,
        until=until,
        root=root,
        quiet=quiet,
        show_ignored=show_ignored,
        series=series,
    )


def _replications(text: str | None) -> Any:
    if text is None:
        return None
    low, _, high = text.partition(":")
    if not low.isdigit() or not (high or low).isdigit() or not 1 <= int(low) <= int(high or low) <= 1_000_000:
        raise typer.BadParameter(
            f"{text} is neither a number of runs nor MIN:MAX, such as 20 or 20:500", param_hint="--replications"
        )
    return {"min": int(low), "max": int(high or low)}


@app.command()
def demo(quiet: Quiet = False) -> int:
    """Shows a day of one-minute CronJobs: what breaks, what helps."""
    from ekssim.cli.demo import demo as work

    return work(quiet=quiet)


@app.command()
def init(
    file: Annotated[Path, typer.Argument(help="The scenario to write.")] = Path("scenario.yaml"),
    manifests: Annotated[list[Path] | None, typer.Argument(help="Kubernetes manifests to put into it.")] = None,
    region: Annotated[str, typer.Option(help="AWS region of the cluster.")] = "eu-central-1",
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> int:
    """Writes a small scenario, or one around your manifests."""
    from ekssim.cli.init import init as work

    return work(file, manifests or [], region=region, force=force)


@app.command()
def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE|FOLDER...")],
    output: Output = None,
    set_: Set = None,
    root: Root = None,
    quiet: Quiet = False,
    show_ignored: ShowIgnored = False,
) -> int:
    """Checks scenarios without running them."""
    from ekssim.cli.validate import validate as work

    return work(files, _settings(output, set_, root=root, quiet=quiet, show_ignored=show_ignored))


@app.command()
def resolve(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    set_: Set = None,
    root: Root = None,
    compact: Annotated[bool, typer.Option("--compact", help="On one line.")] = False,
) -> int:
    """Prints a scenario as one JSON document, all files read in."""
    from ekssim.cli.validate import resolve as work

    return work(file, _settings(None, set_, root=root), compact=compact)


@app.command()
def run(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...")],
    output: Output = None,
    seed: Seed = None,
    replications: Replications = None,
    replication: Replication = None,
    jobs: Jobs = 1,
    set_: Set = None,
    until: Until = None,
    root: Root = None,
    quiet: Quiet = False,
    show_ignored: ShowIgnored = False,
    series: Series = False,
    export: Annotated[
        list[str] | None,
        typer.Option("--export", metavar="FORMAT=FILE", help="openmetrics=FILE: all series, for Prometheus."),
    ] = None,
    scrape_interval: ScrapeInterval = "30s",
) -> int:
    """Simulates scenarios and reports what happened."""
    from ekssim.cli.export import parse_exports
    from ekssim.cli.run import run as work

    settings = _settings(output, set_, seed, replications, jobs, root, quiet, show_ignored, until, replication, series)
    settings.exports = parse_exports(export or (), scrape_interval, len(files))
    return work(files, settings)


@app.command()
def test(
    files: Annotated[list[Path], typer.Argument(metavar="FILE|FOLDER...")],
    output: Output = None,
    seed: Seed = None,
    replications: Replications = None,
    jobs: Jobs = 1,
    set_: Set = None,
    until: Until = None,
    root: Root = None,
    quiet: Quiet = False,
) -> int:
    """Runs scenarios and judges them, one line an expectation.

    The exit code says how it went. A scenario with `expectVerdict: fail` passes when it fails.
    """
    from ekssim.cli.run import test as work

    return work(files, _settings(output, set_, seed, replications, jobs, root, quiet, until=until))


@app.command()
def compare(
    files: Annotated[list[Path], typer.Argument(metavar="A B...")],
    output: Output = None,
    seed: Seed = None,
    replications: Annotated[int, typer.Option(min=2, max=1_000_000, help="How many pairs of runs.")] = 10,
    jobs: Jobs = 1,
    set_: Set = None,
    root: Root = None,
    quiet: Quiet = False,
    series: Series = False,
) -> int:
    """Compares scenarios: paired differences with intervals.

    A file with variants or a matrix is compared form by form, with the form as written first.
    """
    from ekssim.cli.compare import compare as work

    settings = _settings(output, set_, seed, None, jobs, root, quiet, series=series)
    return work(files, settings, replications)


@app.command()
def sweep(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    over: Annotated[
        list[str], typer.Option("--over", metavar="PATH=A,B,C", help="Values to try; repeatable: every combination.")
    ],
    output: Output = None,
    seed: Seed = None,
    replications: Replications = None,
    jobs: Jobs = 1,
    set_: Set = None,
    until: Until = None,
    root: Root = None,
    quiet: Quiet = False,
) -> int:
    """Runs a scenario with every combination of some values."""
    from ekssim.cli.sweep import sweep as work

    return work(file, over, _settings(output, set_, seed, replications, jobs, root, quiet, until=until))


@app.command()
def size(
    sources: Annotated[list[Path], typer.Argument(metavar="FILE|MANIFESTS...", help="A scenario, or manifests.")],
    arch: Annotated[list[str] | None, typer.Option("--arch", help="amd64, arm64; repeatable, or with commas.")] = None,
    family: Annotated[list[str] | None, typer.Option("--family", help="Such as m7g; repeatable.")] = None,
    type_: Annotated[list[str] | None, typer.Option("--type", help="Such as m7g.xlarge; repeatable.")] = None,
    older_generations: Annotated[
        bool, typer.Option("--older-generations", help="Also types that AWS calls previous generations.")
    ] = False,
    zone: Annotated[list[str] | None, typer.Option("--zone", help="Where nodes stand; repeatable.")] = None,
    purchase: Annotated[
        list[str] | None, typer.Option("--purchase", help="on-demand, spot, reserved-1y, reserved-3y; repeatable.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="AWS region; us-east-1 for manifests alone.")] = None,
    nodes_min: Annotated[int, typer.Option(min=0, help="At least so many nodes.")] = 0,
    nodes_max: Annotated[int | None, typer.Option(min=1, help="At most so many nodes.")] = None,
    headroom: Annotated[str, typer.Option(metavar="SHARE", help="Of each node to leave free, such as 20%.")] = "0%",
    survive_zone_loss: Annotated[
        bool, typer.Option("--survive-zone-loss", help="The other zones hold everything when one is gone.")
    ] = False,
    top: Annotated[int, typer.Option(min=1, max=50, help="How many fleets are simulated.")] = 5,
    simulate: Annotated[bool, typer.Option("--simulate/--no-simulate", help="Judge the fleets by simulation.")] = True,
    effort: Annotated[int, typer.Option(min=1, max=1000, help="Work of the packing, about a second each.")] = 1,
    exact: Annotated[bool, typer.Option("--exact", help="Solve the packing as an integer program too.")] = False,
    exact_seconds: Annotated[float, typer.Option(min=1.0, help="For how long at most.")] = 60.0,
    output: Annotated[
        list[str] | None,
        typer.Option("-o", "--output", metavar="FORMAT", help="human, json, csv=DIR, md=FILE, html=FILE; repeatable."),
    ] = None,
    seed: Seed = None,
    replications: Replications = None,
    jobs: Jobs = 1,
    set_: Set = None,
    root: Root = None,
    quiet: Quiet = False,
) -> int:
    """Finds the cheapest fleet for a scenario or for manifests, and says why."""
    from ekssim.cli.size import parse_outputs, share_of
    from ekssim.cli.size import size as work
    from ekssim.sizing import wishes_of

    def words(options: list[str] | None) -> list[str]:
        return [word.strip() for option in options or () for word in option.split(",") if word.strip()]

    try:
        wishes = wishes_of(
            architectures=words(arch),
            families=words(family),
            types=words(type_),
            older_generations=older_generations,
            purchases=words(purchase) or ["on-demand"],
            zones=words(zone),
            nodes_min=nodes_min,
            nodes_max=nodes_max,
            headroom=share_of(headroom),
            survive_zone_loss=survive_zone_loss,
            top=top,
            replications=_replications(replications),
            seed=seed,
            jobs=jobs,
            effort=effort,
            simulate=simulate,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    return work(
        sources,
        wishes,
        parse_outputs(output or ()),
        region=region,
        exact_seconds=exact_seconds if exact else None,
        set_=set_ or (),
        root=root,
        quiet=quiet,
    )


@app.command()
def report(
    result: Annotated[Path, typer.Argument(metavar="RESULT.json", help="What -o json has printed; - for stdin.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The page to write.")] = Path(
        "report.html"
    ),
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> int:
    """Makes one page of HTML of a result: of a run, a comparison, a sweep or a sizing."""
    from ekssim.cli.report import report as work

    return work(result, output, force=force)


@app.command(name="import")
def import_(
    dumps: Annotated[
        list[Path],
        typer.Argument(
            metavar="DUMP...", help="Output of kubectl get … -A -o json|yaml, or of aws ec2 describe-instance-types."
        ),
    ],
    output: Annotated[str, typer.Option("-o", "--output", help="yaml or json.")] = "yaml",
) -> int:
    """Turns your own dumps, of a cluster or of instance types, into what a scenario can hold."""
    from ekssim.cli.import_ import import_ as work

    return work(dumps, output)


@app.command()
def explain(
    what: Annotated[
        str, typer.Argument(metavar="metric|rule|cause|pod|node|hpa|path|capacity|expectation|max-pods|snat")
    ],
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME] [FILE]",
            help="Its name, left out for metric, rule and cause: all of them. For pod, node, hpa and expectation also "
            "the scenario; for path from where to where, and the scenario; for capacity the scenario alone; for "
            "max-pods one instance type or several.",
        ),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="When, for pod, node, hpa, path, capacity; such as 1h.")
    ] = None,
    node: Annotated[str | None, typer.Option("--node", metavar="NODE", help="capacity: of this node alone.")] = None,
    prefix_delegation: Annotated[bool, typer.Option("--prefix-delegation", help="max-pods: /28 prefixes.")] = False,
    custom_networking: Annotated[bool, typer.Option("--custom-networking", help="max-pods: ENIConfig.")] = False,
    formula: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="max-pods: nodeadm (default), calculator, managed-node-group, karpenter, cilium."
        ),
    ] = None,
    max_eni: Annotated[int | None, typer.Option(help="max-pods: MAX_ENI.")] = None,
    max_pods: Annotated[int | None, typer.Option(help="max-pods: the number set by hand.")] = None,
    reserved_enis: Annotated[int | None, typer.Option(help="max-pods by karpenter: reservedENIs.")] = None,
    pods_per_core: Annotated[int | None, typer.Option(help="max-pods by karpenter: podsPerCore.")] = None,
    cni: Annotated[str | None, typer.Option(help="max-pods: vpc-cni (default) or cilium.")] = None,
    first_interface_index: Annotated[int | None, typer.Option(help="max-pods with Cilium.")] = None,
    external_snat: Annotated[bool, typer.Option("--external-snat", help="snat: AWS_VPC_K8S_CNI_EXTERNALSNAT.")] = False,
    exclude_snat_cidrs: Annotated[
        list[str] | None, typer.Option("--exclude-snat-cidr", metavar="CIDR", help="snat: not translated; repeatable.")
    ] = None,
    peered_cidr: Annotated[str | None, typer.Option(metavar="CIDR", help="snat: of the peered VPC.")] = None,
    on_premises_cidr: Annotated[str | None, typer.Option(metavar="CIDR", help="snat: of your own network.")] = None,
    subnet: Annotated[str | None, typer.Option(help="snat: private, public or isolated.")] = None,
    cni_version: Annotated[str | None, typer.Option(help="snat: such as 1.7; before 1.8 replies get lost.")] = None,
    pod_security_groups: Annotated[
        bool, typer.Option("--pod-security-groups", help="snat: of pods with security groups of their own.")
    ] = False,
    enforcing_mode: Annotated[
        str | None, typer.Option(help="snat: POD_SECURITY_GROUP_ENFORCING_MODE, strict or standard.")
    ] = None,
    connections_per_second: Annotated[
        float | None, typer.Option(help="snat: from one node to one outside address and port.")
    ] = None,
    hold_seconds: Annotated[float | None, typer.Option(help="snat: how long a connection lasts.")] = None,
    output: Output = None,
    seed: Seed = None,
    set_: Set = None,
    root: Root = None,
) -> int:
    """Says why a pod waited, or what a metric or a rule means.

    Also why a node is not removed, why a HorizontalPodAutoscaler wants its size, why an expectation failed, what limits
    the pods of an instance type, and who reaches whom.
    """
    from ekssim.cli.explain import explain as work

    options: dict[str, Any] = {
        "node": node,
        "prefix_delegation": prefix_delegation or None,
        "custom_networking": custom_networking or None,
        "formula": formula,
        "max_eni": max_eni,
        "max_pods": max_pods,
        "reserved_enis": reserved_enis,
        "pods_per_core": pods_per_core,
        "cni": cni,
        "first_interface_index": first_interface_index,
        "external_snat": external_snat or None,
        "exclude_snat_cidrs": exclude_snat_cidrs or None,
        "peered_cidr": peered_cidr,
        "on_premises_cidr": on_premises_cidr,
        "subnet": subnet,
        "cni_version": cni_version,
        "pod_security_groups": pod_security_groups or None,
        "enforcing_mode": enforcing_mode,
        "connections_per_second": connections_per_second,
        "hold_seconds": hold_seconds,
    }
    asked = {name: value for name, value in options.items() if value is not None}
    return work(what, names or [], at, asked, _settings(output, set_, seed, root=root))


@app.command()
def alerts(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="RULES... SCENARIO", help="Rule files, PrometheusRule objects or folders; the scenario last."
        ),
    ],
    scrape_interval: ScrapeInterval = "30s",
    evaluation_interval: Annotated[
        str, typer.Option(metavar="TIME", help="How often groups without an interval of their own are evaluated.")
    ] = "30s",
    output: Annotated[
        list[str] | None, typer.Option("-o", "--output", metavar="FORMAT", help="human, json; repeatable.")
    ] = None,
    seed: Seed = None,
    replication: Replication = None,
    set_: Set = None,
    until: Until = None,
    root: Root = None,
    quiet: Quiet = False,
) -> int:
    """Says which of your Prometheus alerts fire in a scenario, when, and for how long.

    Expressions are evaluated by the real Prometheus, which must be installed. The exit code is 0 if nothing fires, 1 if
    an alert fires, 5 if none could be judged; alerts that read no metric, such as Watchdog, do not count.
    """
    from ekssim.cli.alerts import alerts as work

    settings = _settings(output, set_, seed, None, 1, root, quiet, until=until, replication=replication)
    return work(files, settings, scrape_interval, evaluation_interval)


@app.command()
def decide(call: Annotated[str, typer.Argument(metavar="CALL")]) -> int:
    """Answers decision calls, a JSON line in, a JSON line out.

    Each line on standard input is one object of arguments.
    """
    from ekssim.cli.decide import decide as work

    return work(call)


def _refuse_options(given: Mapping[str, object], what: str) -> None:
    """Those that this kind of calibration has no use for."""
    for option, value in given.items():
        if value not in (None, False):
            raise typer.BadParameter(f"calibrate {what} has no such option", param_hint=option)


@app.command()
def calibrate(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="datapath: what connections and packets cost here; network: the way from this node to another.",
        ),
    ],
    full: Annotated[
        bool, typer.Option("--full/--quick", help="Six minutes and all variants, or one minute (default).")
    ] = False,
    name: Annotated[str | None, typer.Option(help="The profile's name, and that of its file; measured.")] = None,
    write: Annotated[
        Path | None, typer.Option("--write", "-w", metavar="FILE", help="Its file, .yaml or .json; NAME.datapath.yaml.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    rounds: Annotated[
        int | None, typer.Option(min=2, max=10_000, help="Just so many rounds, not as many as there is time for.")
    ] = None,
    server: Annotated[bool, typer.Option("--server", help="network: answer the other node until Ctrl-C.")] = False,
    client: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="network: measure the way to the node that answers there.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="network: where it answers; 9475.")] = None,
    seconds: Annotated[
        float | None, typer.Option(min=0.1, max=60, help="network: of requests and of connections; 2.")
    ] = None,
    output: Output = None,
    quiet: Quiet = False,
) -> int:
    """Measures this machine's data path: iptables, nftables, IPVS, eBPF; or the network between two nodes.

    `datapath` works as root on Linux, in namespaces of its own, with programs that it compiles; needs a C compiler and
    `ip`. Coefficients that cannot be measured here stay at their defaults, with the reason. Kernel modules that the
    rules need are loaded by the kernel and stay; the profile and the screen say which.

    `network` makes real traffic, from the node with --client to the one with --server, and reads the allowances'
    counters of EC2's cards before and after. It needs a C compiler and no rights.
    """
    from ekssim.cli.calibrate import calibrate as work

    settings = _settings(output, quiet=quiet)
    of_network = {"--server": server, "--client": client, "--port": port, "--seconds": seconds}
    of_datapath = {"--full": full, "--name": name, "--write": write, "--force": force, "--rounds": rounds}
    _refuse_options(of_datapath if what == "network" else of_network, what)
    if what == "network":
        from ekssim.calibrate.network import DEFAULT_PORT
        from ekssim.cli.calibrate_network import calibrate_network

        return calibrate_network(
            settings, server=server, client=client, port=port or DEFAULT_PORT, seconds=seconds or 2.0
        )
    name = name or "measured"
    return work(what, settings, full=full, name=name, file=write, force=force, rounds=rounds)


@app.command()
def schema() -> int:
    """Prints the JSON Schema of scenario files."""
    from ekssim import engine

    engine.core()
    print(engine.core().schema())
    return 0


@app.command()
def doctor(output: Output = None) -> int:
    """Says what is installed, and what to do about what is not."""
    from ekssim.cli.doctor import doctor as work

    return work(_settings(output))


@app.command()
def version() -> int:
    """Prints the version."""
    from ekssim import engine

    print(f"ekssim {engine.version()}")
    return 0


def command() -> Any:
    return typer.main.get_command(app)
