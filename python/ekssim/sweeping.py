"""Many runs of many forms of a scenario: cut into pieces, done by whoever is asked to, put together again.

A piece is one run (one form, one replication), or all runs of a form where only their results tell how many there will
be. Pieces are put together by the engine in their order, so that the results do not depend on who did them or when.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ekssim import engine
from ekssim.executors import Attempt, run_all
from ekssim.progress import shown
from ekssim.record import Record
from ekssim.result import Result
from ekssim.sweep import Sweep

if TYPE_CHECKING:
    from ekssim.policy import HeldPolicy
    from ekssim.scenario import Scenario

__all__ = ["replicate", "sweep"]


@dataclass(frozen=True)
class _Piece:
    """All that is needed to do it elsewhere: texts, plain values, and policies that can be copied."""

    key: str
    text: str
    options: dict[str, Any]
    policies: tuple[HeldPolicy, ...]
    is_whole: bool


def _work(piece: _Piece, stop: Callable[[], bool] | None) -> dict[str, Any]:
    """A piece where it is done."""
    answer: dict[str, Any] = engine.call(
        "run" if piece.is_whole else "run_part",
        piece.text,
        piece.options,
        None if stop is None else lambda _: not stop(),
        policies=[one.entry() for one in piece.policies],
    )
    return answer


def replicate(
    scenario: Scenario,
    replications: int,
    *,
    seed: int | None,
    jobs: int | None,
    executor: Any,
    resume: str | os.PathLike[str] | None,
    series: bool,
    progress: engine.Progress | bool | None,
) -> Result:
    options = {"seed": seed, "replications": replications, "series": series}
    (result,) = _run_forms([scenario], [{}], options, jobs, executor, resume, progress, "replicate")
    return result


def sweep(
    scenario: Scenario,
    over: Mapping[str, Sequence[Any]],
    *,
    seed: int | None,
    replications: int | Mapping[str, int] | None,
    jobs: int | None,
    executor: Any,
    resume: str | os.PathLike[str] | None,
    series: bool,
    progress: engine.Progress | bool | None,
) -> Sweep:
    paths = list(over)
    labels = [
        dict(zip(paths, values, strict=True)) for values in itertools.product(*(list(over[path]) for path in paths))
    ]
    # All are checked before the first one runs.
    forms = [scenario.with_set(label) for label in labels]
    options = {"seed": seed, "replications": replications, "series": series}
    return Sweep(
        list(zip(labels, _run_forms(forms, labels, options, jobs, executor, resume, progress, "sweep"), strict=True))
    )


def _run_forms(
    forms: Sequence[Scenario],
    labels: Sequence[Mapping[str, Any]],
    options: Mapping[str, Any],
    jobs: int | None,
    executor: Any,
    resume: str | os.PathLike[str] | None,
    progress: engine.Progress | bool | None,
    title: str,
) -> list[Result]:
    for form in forms:
        for held in form._policies:
            held.require_copies("more than one run")
    pieces = [_pieces_of(index, form, options) for index, form in enumerate(forms)]
    everything = [piece for of_form in pieces for piece in of_form]
    with Record(resume, _about(forms, labels, options)) if resume is not None else nullcontext() as record:
        finished: dict[str, dict[str, Any]] = record.finished if record is not None else {}
        open_pieces = [piece for piece in everything if piece.key not in finished]
        with shown(progress, title) as told:

            def done(index: int, answer: dict[str, Any], attempts: list[Attempt]) -> None:
                piece = {"attempts": attempts, "answer": answer}
                if record is None or answer.get("complaints"):
                    finished[open_pieces[index].key] = piece
                else:
                    record.add(open_pieces[index].key, piece)
                state = {"finished": len(finished), "of": len(everything)}
                if told is not None and told(state) is False:
                    raise KeyboardInterrupt

            again = run_all(_work, open_pieces, done, executor=executor, jobs=jobs)
        for index, attempts in again.items():
            key = open_pieces[index].key
            if attempts != finished[key]["attempts"]:
                # What an executor did again by itself is known only now; the later of two lines counts.
                piece = {**finished[key], "attempts": attempts}
                if record is None:
                    finished[key] = piece
                else:
                    record.add(key, piece)
    return [_joined(form, of_form, finished) for form, of_form in zip(forms, pieces, strict=True)]


def _pieces_of(index: int, form: Scenario, options: Mapping[str, Any]) -> list[_Piece]:
    text, replications, seed = form._text(), options["replications"], options["seed"]
    if not isinstance(replications, int) or replications < 2:
        whole = form._run_options(seed, replications, 1, None, True, series=options["series"])
        return [_Piece(f"{index}", text, whole, form._policies, True)]
    one = form._run_options(seed, None, 1, None, True, series=options["series"])
    return [
        _Piece(f"{index}/{number}", text, {**one, "replication": number}, form._policies, False)
        for number in range(replications)
    ]


def _joined(form: Scenario, pieces: Sequence[_Piece], finished: Mapping[str, Mapping[str, Any]]) -> Result:
    answers = [finished[piece.key]["answer"] for piece in pieces]
    retries = [
        {"replication": piece.options.get("replication", 0), "attempts": finished[piece.key]["attempts"]}
        for piece in pieces
        if len(finished[piece.key]["attempts"]) > 1
    ]
    if pieces[0].is_whole:
        return form._result(answers[0], retries)
    for answer in answers:
        if answer.get("complaints"):
            return form._result(answer)
    options = {key: value for key, value in pieces[0].options.items() if key != "replication"}
    return form._result(engine.call("joined_parts", form._text(), options, answers), retries)


def _about(
    forms: Sequence[Scenario], labels: Sequence[Mapping[str, Any]], options: Mapping[str, Any]
) -> dict[str, Any]:
    """What a file of finished pieces must agree on with the call that goes on from it."""
    digest = hashlib.sha256()
    for form in forms:
        document = {key: value for key, value in form.document.items() if key not in ("places", "files")}
        digest.update(json.dumps([document, form._options()], sort_keys=True, ensure_ascii=False).encode())
        for held in form._policies:
            digest.update(held.scaler.encode() + (held.state or b""))
    return {
        "ekssim": engine.version(),
        "scenario": digest.hexdigest()[:16],
        "labels": [dict(label) for label in labels],
        **options,
    }
