"""The results of many forms of a scenario, side by side, and as tidy frames."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ekssim.errors import Error
from ekssim.result import Result
from ekssim.result_tables import run_rows
from ekssim.table import Table

if TYPE_CHECKING:
    import pandas
    import xarray
    from rich.console import RenderableType

__all__ = ["Sweep"]


class Sweep(Sequence[tuple[dict[str, Any], Result]]):
    """The runs of a sweep in the order of their values: pairs of a label (path to value) and a Result."""

    __slots__ = ("_runs",)

    def __init__(self, runs: Sequence[tuple[dict[str, Any], Result]]) -> None:
        self._runs = list(runs)

    def __getitem__(self, index: Any) -> Any:
        return Sweep(self._runs[index]) if isinstance(index, slice) else self._runs[index]

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[tuple[dict[str, Any], Result]]:
        return iter(self._runs)

    def __eq__(self, other: object) -> bool:
        return self._runs == other._runs if isinstance(other, Sweep) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    @property
    def results(self) -> list[Result]:
        return [result for _, result in self._runs]

    @property
    def retries(self) -> list[dict[str, Any]]:
        """What had to be begun more than once: `label`, `replication` and `attempts`, as in Result.retries."""
        return [{"label": dict(label), **one} for label, result in self._runs for one in result.retries]

    def to_dict(self) -> dict[str, Any]:
        return {"variants": [{"label": dict(label), "result": result.to_dict()} for label, result in self._runs]}

    # --- frames

    def table(self) -> Table:
        """Tidy: one row for each value, replication and quantity. Columns: one for each path (by its last name, where
        that is clear), `replication`, `quantity`, `unit` and `value` (missing where an expectation saw nothing).
        """
        names = self._names()
        rows = []
        for label, result in self._runs:
            cells = {names[path]: _cell(value) for path, value in label.items()}
            rows += [{**cells, **row} for row in run_rows(result._document)]
        return Table.of_rows(rows)

    def to_frame(self) -> pandas.DataFrame:
        """The tidy table for pandas; `table()` is the same for polars, DuckDB and pyarrow."""
        return self.table().to_pandas()

    def to_xarray(self) -> xarray.Dataset:
        """One variable a quantity, over the swept paths and `replication`, each with its `units`. A cause of waiting
        that some form never met took no time there; what else is missing is NaN.
        """
        try:
            import numpy
            import xarray
        except ImportError as error:
            raise Error(
                "this needs xarray: pip install 'ekssim[frames]'; table() gives the numbers without it"
            ) from error
        names = self._names()
        axes: dict[str, list[Any]] = {
            name: list(dict.fromkeys(_cell(label[path]) for label, _ in self._runs)) for path, name in names.items()
        }
        count = max((len(result.runs) for result in self.results), default=0)
        axes["replication"] = list(range(count))
        rows: list[tuple[tuple[int, ...], dict[str, Any]]] = [
            (tuple(axes[name].index(_cell(label[path])) for path, name in names.items()), row)
            for label, result in self._runs
            for row in run_rows(result._document)
        ]
        shape = tuple(len(values) for values in axes.values())
        variables: dict[str, Any] = {}
        for quantity, unit in dict.fromkeys((row["quantity"], row["unit"]) for _, row in rows):
            values = numpy.full(shape, 0.0 if quantity.startswith("waiting for ") else numpy.nan)
            for place, row in rows:
                if row["quantity"] == quantity:
                    values[(*place, row["replication"])] = numpy.nan if row["value"] is None else row["value"]
            variables[quantity] = (tuple(axes), values, {"units": unit})
        dataset = xarray.Dataset(variables, coords=axes)
        for path, name in names.items():
            dataset[name].attrs["path"] = path
        return dataset

    def _names(self) -> dict[str, str]:
        """What the paths are called in frames: by their last name, unless two have the same."""
        paths = list(dict.fromkeys(path for label, _ in self._runs for path in label))
        last = {path: path.rpartition(".")[2] for path in paths}
        taken = ["replication", "quantity", "unit", "value", *last.values()]
        return {path: path if taken.count(name) > 1 else name for path, name in last.items()}

    # --- how it shows itself

    def __repr__(self) -> str:
        return f"<ekssim.Sweep of {len(self)} runs>"

    def __str__(self) -> str:
        from ekssim.render import as_text

        return as_text(self.__rich__())

    def __rich__(self) -> RenderableType:
        from ekssim.render import sweep_table

        return sweep_table([(label, result.to_dict()) for label, result in self._runs])

    def _repr_html_(self) -> str:
        from ekssim.pages import cell

        return cell(self.to_dict())


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (Mapping, list, tuple)) else value
