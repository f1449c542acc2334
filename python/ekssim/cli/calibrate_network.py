"""`calibrate network`: the card stage between two nodes."""

from __future__ import annotations

import contextlib
import signal
from typing import Any

import typer
from rich.text import Text

from ekssim.calibrate.network import call, serve
from ekssim.cli.exit_codes import ExitCode
from ekssim.cli.output import print_json
from ekssim.cli.work import Settings

__all__ = ["calibrate_network"]


def calibrate_network(settings: Settings, *, server: bool, client: str | None, port: int, seconds: float) -> int:
    if server == (client is not None):
        raise typer.BadParameter("on one node --server, on the other --client ADDRESS", param_hint="--server, --client")
    if server:
        document = serve(port, lambda: _ready(settings, port), _until_interrupted)
    else:
        document = call(str(client), port, seconds)
    if settings.outputs.json:
        print_json(document)
    if settings.outputs.human:
        _show(document, settings)
    return ExitCode.PASS


def _ready(settings: Settings, port: int) -> None:
    if settings.outputs.human:
        settings.outputs.show(Text(f"answers at port {port} until Ctrl-C; whoever reaches it can use it"))


def _until_interrupted() -> None:
    """Ctrl-C and SIGTERM end it in the same way."""

    def ends(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, ends)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                signal.pause()
    finally:
        signal.signal(signal.SIGTERM, before)


def _show(document: dict[str, Any], settings: Settings) -> None:
    show = settings.outputs.show
    if document["role"] == "client":
        trip, request, connection = document["round_trip_us"], document["request"], document["connection"]
        show(Text(f"round trip {trip['smoothed']} us, at least {trip['least']} us"))
        show(Text(f"segments of {document['segment_bytes']} bytes, path MTU {document['path_mtu']}"))
        for what, one in (("requests on an open connection", request), ("connections", connection)):
            rate = f"{one['per_second']:.0f} {what} a second, one after the other"
            show(Text(f"{rate}: {one['wall_us']:.0f} us each, {one['client_cpu_us']:.1f} us of CPU at this end"))
            if one["failed"]:
                show(Text(f"{one['failed']} {what} failed", style="yellow"))
        show(Text(f"coefficients: rtt_zone {trip['smoothed']} or, between zones, rtt_xzone {trip['smoothed']}"))
    counted = document["allowances"]
    if not counted["after"]:
        show(Text("no interface here counts allowances; those of EC2's ENA driver do"))
    elif not counted["exceeded"]:
        show(Text(f"no allowance was exceeded: {', '.join(counted['after'])}"))
    for interface, moved in counted["exceeded"].items():
        for name, more in moved.items():
            show(Text(f"{interface}: {name} rose by {more}", style="red"))
