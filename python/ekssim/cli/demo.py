"""`demo`: the bundled example, as it breaks and with the remedy that helps most, then both side by side."""

from __future__ import annotations

from rich.rule import Rule
from rich.text import Text

from ekssim import bundled
from ekssim.cli.exit_codes import ExitCode
from ekssim.cli.output import console
from ekssim.cli.progress import ProgressDisplay
from ekssim.comparison import compare_scenarios
from ekssim.errors import Error
from ekssim.render import report
from ekssim.resolve import resolve_file
from ekssim.scenario import Scenario

__all__ = ["demo"]

_SCENARIO = "one_minute_cronjobs.yaml"
# The variant that helps most. One node more spreads the same jobs thinner: each node then has free addresses left while
# the used ones cool.
_REMEDY = "16 nodes"
_REPLICATIONS = 5


def demo(*, quiet: bool = False) -> int:
    folder = bundled.folder()
    if folder is None or not (folder / _SCENARIO).is_file():
        raise Error(f"the bundled scenario {_SCENARIO} is missing; install the package again")
    broken = Scenario._checked(resolve_file(folder / _SCENARIO), str(folder / _SCENARIO))
    forms = {label.get("variant"): form for label, form in broken.variants()}
    if _REMEDY not in forms:
        raise Error(f'{_SCENARIO} has no variant "{_REMEDY}"')
    mended = forms[_REMEDY]
    out = console()
    for title, scenario in (("As it is", broken), (f"Remedy: {_REMEDY}", mended)):
        if not quiet:
            out.print(Rule(title, align="left"))
        with ProgressDisplay(title, quiet=quiet) as progress:
            result, was_interrupted = scenario._run(scenario._run_options(None, None, 1, None, True), progress)
        out.print(report(result.to_dict(), quiet=quiet))
        out.print()
        if was_interrupted:
            return ExitCode.INTERRUPTED
    if not quiet:
        out.print(Rule("Side by side", align="left"))
    with ProgressDisplay("comparing", quiet=quiet) as progress:
        found, was_interrupted = compare_scenarios(
            [broken, mended], names=["as it is", _REMEDY], replications=_REPLICATIONS, progress=progress
        )
    out.print(found.__rich__())
    out.print(Text(f"The scenario is {folder / _SCENARIO}; try your own change with --set."))
    return ExitCode.INTERRUPTED if was_interrupted else ExitCode.PASS
