"""`decide`: decision calls for programs, a line in, a line out."""

from __future__ import annotations

import json
import sys
from typing import Any

from ekssim import engine
from ekssim.cli.exit_codes import ExitCode
from ekssim.decisions import decide as decided
from ekssim.errors import InputError

__all__ = ["decide"]


def decide(call: str) -> int:
    engine.core()
    code = ExitCode.PASS
    for line in sys.stdin:
        if not line.strip():
            continue
        answer: Any
        try:
            arguments = json.loads(line)
            if not isinstance(arguments, dict):
                raise ValueError("it is no object")
            answer = decided(call, arguments)
        except InputError as error:
            answer = {"error": True, "complaints": [one.to_dict() for one in error.complaints]}
        except (ValueError, RecursionError) as error:
            answer = {"error": True, "complaints": [{"message": f"a line holds one JSON object of arguments: {error}"}]}
        if isinstance(answer, dict) and answer.get("error") is True:
            code = ExitCode.INPUT_ERROR
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        # Whoever asks line by line waits for the answer before asking on.
        sys.stdout.flush()
    return code
