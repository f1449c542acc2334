"""The command line: `ekssim run`, `test`, `validate` and the rest.

`main` is what the installed program calls. Everything heavy is imported by the command that needs it, so that --help
answers at once. Exit codes: 0 pass, 1 an expectation failed, 2 usage or input error, 3 a defect of ours, 4
inconclusive, 5 nothing run, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program; the answer is its exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    # A terminal that knows fewer characters than we print shows question marks and no traceback.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if arguments in (["--version"], ["-V"]):
        arguments = ["version"]
    from ekssim.cli.exit_codes import ExitCode

    try:
        return _dispatched(arguments)
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would complain about the closed pipe once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.PASS
    except KeyboardInterrupt:
        print("ekssim: interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED


def _dispatched(arguments: list[str]) -> int:
    from ekssim.cli.app import command
    from ekssim.cli.exit_codes import ExitCode
    from ekssim.errors import DefectError, Error, InputError

    try:
        answer = command().main(args=arguments, prog_name="ekssim", standalone_mode=False)
        return int(answer) if isinstance(answer, int) else ExitCode.PASS
    except InputError as error:
        from ekssim.cli.output import complain

        complain(error)
        return ExitCode.INPUT_ERROR
    except DefectError as error:
        print(f"ekssim: a defect of ours; the run is unusable, please report it\n{error}", file=sys.stderr)
        return ExitCode.DEFECT
    except Error as error:
        print(f"ekssim: {error}", file=sys.stderr)
        return ExitCode.INPUT_ERROR
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except Exception as error:
        # Usage errors know how to show themselves; their class differs between versions of Typer.
        if hasattr(error, "show") and hasattr(error, "exit_code"):
            error.show()
            return ExitCode.INPUT_ERROR
        if type(error).__name__ == "Abort":
            return ExitCode.INTERRUPTED
        import traceback

        traceback.print_exc()
        print("ekssim: a defect of ours, please report what stands above", file=sys.stderr)
        return ExitCode.DEFECT
