"""Many runs of many forms of a scenario: cut into pieces, done by whoever is asked to, put together again.

A piece is one run (one form, one replication), or all runs of a form where only their results tell how many there will
be. Pieces are put together by the engine in their order, so that the results do not depend on who did them or when.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ekssim import engine
from ekssim.errors import DefectError, InputError
from ekssim.executors import Attempt, run_all
from ekssim.progress import shown
from ekssim.record import Record
from ekssim.result import Result
from ekssim.sweep import Sweep

if TYPE_CHECKING:
    from ekssim.policy import HeldPolicy
    from ekssim.scenario import Scenario

__all__ = ["replicate", "run_apart", "sweep"]


@dataclass(frozen=True)
class _Piece:
    """All that is needed to do it elsewhere: texts, plain values, and policies that can be copied."""

    key: str
    text: str
    options: dict[str, Any]
    policies: tuple[HeldPolicy, ...]
    is_whole: bool


def _work(
    piece: _Piece, stop: Callable[[], bool] | None, told: Callable[[dict[str, Any]], None] | None = None
) -> dict[str, Any]:
    """A piece where it is done."""

    def goes_on(state: Any) -> bool:
        if told is not None:
            told(engine.unpacked(state))
        return stop is None or not stop()

    answer: dict[str, Any] = engine.call(
        "run" if piece.is_whole else "run_part",
        piece.text,
        piece.options,
        None if stop is None else goes_on,
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


def run_apart(
    forms: Sequence[Scenario], options: Mapping[str, Any], jobs: int, told: engine.Progress
) -> tuple[list[Result | InputError | DefectError | None], bool]:
    """Each form for itself, many at a time: its result or what went wrong with it, and whether somebody pressed Ctrl-C;
    then None for each that was not over.

    Jobs that the forms leave over are shared out within those that cannot be cut into pieces.
    """
    shares = {**options, "jobs": max(1, jobs // max(1, len(forms)))}
    pieces = [_pieces_of(index, form, shares) for index, form in enumerate(forms)]
    everything = [piece for of_form in pieces for piece in of_form]
    together = _Together(told, len(everything))
    finished: dict[str, dict[str, Any]] = {}

    def work(piece: _Piece, stop: Callable[[], bool] | None) -> dict[str, Any]:
        try:
            return _work(piece, stop, lambda state: together.tell(piece.key, state))
        except DefectError as error:
            return {"defect": str(error)}

    def done(index: int, answer: dict[str, Any], attempts: list[Attempt]) -> None:
        finished[everything[index].key] = {"answer": answer, "attempts": attempts}
        together.tell(everything[index].key, None)

    was_interrupted = False
    try:
        run_all(work, everything, done, jobs=jobs)
    except KeyboardInterrupt:
        was_interrupted = True
    results: list[Result | InputError | DefectError | None] = []
    for form, of_form in zip(forms, pieces, strict=True):
        answers = [finished[piece.key]["answer"] for piece in of_form if piece.key in finished]
        defects = [answer["defect"] for answer in answers if "defect" in answer]
        if defects:
            results.append(DefectError(defects[0]))
        elif len(answers) < len(of_form):
            results.append(None)
        else:
            try:
                results.append(_joined(form, of_form, finished))
            except (InputError, DefectError) as error:
                results.append(error)
    return results, was_interrupted


class _Together:
    """Pieces that run side by side, told as one."""

    def __init__(self, told: engine.Progress, pieces: int) -> None:
        self._told, self._pieces = told, pieces
        self._lock = threading.Lock()
        self._shares: dict[str, float] = {}
        self._events: dict[str, float] = {}
        self._finished = 0

    def tell(self, key: str, state: Mapping[str, Any] | None) -> None:
        """What the engine says of a piece; None when it is over."""
        with self._lock:
            if state is None:
                self._finished += 1
                self._shares[key] = 1.0
            else:
                within = float(state.get("simulated_seconds") or 0.0) / (float(state.get("of_seconds") or 0.0) or 1.0)
                replications = max(1, int(state.get("replications") or 1))
                share = (int(state.get("replication") or 0) + within) / replications
                # Runs side by side report in any order.
                self._shares[key] = max(self._shares.get(key, 0.0), min(1.0, share))
                self._events[key] = max(self._events.get(key, 0.0), float(state.get("events") or 0.0))
            self._told(
                {
                    "finished": self._finished,
                    "of": self._pieces,
                    "share": sum(self._shares.values()) / self._pieces,
                    "events": sum(self._events.values()),
                }
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
    until = options.get("until")
    if not isinstance(replications, int) or replications < 2:
        whole = form._run_options(seed, replications, options.get("jobs", 1), until, True, series=options["series"])
        return [_Piece(f"{index}", text, whole, form._policies, True)]
    one = form._run_options(seed, None, 1, until, True, series=options["series"])
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
