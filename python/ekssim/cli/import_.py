"""`import`: the user's own dumps, of instance types or of a cluster, as what a scenario can hold."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ekssim import engine
from ekssim.cli.exit_codes import ExitCode
from ekssim.cli.output import print_json, show_complaints
from ekssim.diagnostics import Complaint, Place, SourceLines, show_file
from ekssim.errors import Error, InputError

__all__ = ["import_"]

_BYTES_MAX = 256 << 20
_LOOKED_AT = 4096


def import_(dumps: Sequence[Path], output: str) -> int:
    if output not in ("yaml", "json"):
        raise Error(f"-o {output}: import prints yaml or json")
    if _is_of_kubectl(dumps[0]):
        return _import_cluster(dumps, output)
    merged: Any = None
    complaints: list[Complaint] = []
    for path in dumps:
        text = _text(path)
        answer = engine.call("import_instance_types", text)
        own = engine.complaints_of(answer)
        complaints += [
            Complaint(one.rule, one.message, one.hint, one.severity, one.pointer, one.place or Place(show_file(path)))
            for one in own
        ]
        if answer.get("ok"):
            merged = _merged(merged, engine.unpacked(answer.get("fragment")))
    errors = [one for one in complaints if one.is_error]
    if errors:
        raise InputError(complaints)
    show_complaints(complaints, SourceLines())
    if output == "json":
        print_json(merged)
    else:
        import yaml

        print(yaml.safe_dump(merged, sort_keys=False, allow_unicode=True, width=120), end="")
    return ExitCode.PASS


def _is_of_kubectl(path: Path) -> bool:
    """Each Kubernetes object says its kind, and so does a List of them; nothing of the AWS CLI does."""
    from ekssim.yaml_reader import read_file

    if not path.is_file() or path.stat().st_size > _BYTES_MAX:
        return False
    start = path.read_bytes()[:_LOOKED_AT]
    if not start.lstrip().startswith(b"{"):
        return True
    return b'"InstanceTypes"' not in start and any(
        document.text("kind") is not None for document in read_file(path).documents
    )


def _import_cluster(dumps: Sequence[Path], output: str) -> int:
    from ekssim.cluster_import import read_cluster, to_document, to_yaml

    found = read_cluster(dumps)
    show_complaints(found.warnings, SourceLines())
    for head, told in (("assumed", found.notes.assumed), ("left out", found.notes.left_out)):
        for one in told:
            print(f"{head}: {one}", file=sys.stderr)
    if output == "json":
        print_json(to_document(found))
    else:
        print(to_yaml(found), end="")
    return ExitCode.PASS


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            rule, reason = (
                ("EKS001", f"there is no file {path}")
                if not path.exists()
                else ("EKS003", f"{path} is no regular file")
            )
            raise InputError([Complaint(rule, reason, place=Place(str(path)))])
        if path.stat().st_size > _BYTES_MAX:
            raise InputError(
                [Complaint("EKS004", f"{path} is larger than {_BYTES_MAX >> 20} MB", place=Place(str(path)))]
            )
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError([Complaint("EKS006", f"{path} is not UTF-8 text", place=Place(str(path)))]) from error
    except OSError as error:
        raise InputError(
            [Complaint("EKS003", f"{path} cannot be read: {error.strerror}", place=Place(str(path)))]
        ) from error


def _merged(first: Any, second: Any) -> Any:
    """Several dumps as one: lists joined, maps laid over each other, later wins."""
    if first is None:
        return second
    if isinstance(first, dict) and isinstance(second, dict):
        return {**first, **{key: _merged(first.get(key), value) for key, value in second.items()}}
    if isinstance(first, list) and isinstance(second, list):
        return first + second
    return second
