"""Tables that any reader of Arrow takes as they are: pandas, polars, DuckDB, pyarrow. None of them has to be there.

    >>> table = Table.of({"node": ["workers-0", None], "pods": [4, 7]})
    >>> len(table), table.names
    (2, ['node', 'pods'])
    >>> table["pods"]
    [4, 7]

A table offers itself through Arrow's PyCapsule interface (`__arrow_c_stream__`), so `polars.DataFrame(table)`,
`pyarrow.table(table)`, `pandas.DataFrame.from_arrow(table)` and DuckDB (`pods = sim.pods()`, then `from pods`) read it.
The engine writes rows into Arrow's own columns once; nobody copies them after that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ekssim import engine
from ekssim.errors import Error

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

__all__ = ["Table"]

_SHOWN_ROWS = 20


class Table:
    """Columns of equal length: texts, whole numbers, numbers or truth values, each of which may be missing (None).

    `table["pods"]` is a column as a list, `for row in table` goes through the rows as dicts. It never changes.
    """

    __slots__ = ("_columns", "_core")

    def __init__(self, core: Any) -> None:
        self._core = core
        self._columns: dict[str, list[Any]] | None = None

    @classmethod
    def of(cls, columns: Mapping[str, Sequence[Any]]) -> Table:
        """A table of plain lists. What a column holds follows from its values: all texts, all numbers, all bools."""
        if len({len(values) for values in columns.values()}) > 1:
            raise ValueError("the columns of a table are equally long")
        return cls(engine.core().Table([(name, _kind(name, values), list(values)) for name, values in columns.items()]))

    @classmethod
    def of_rows(cls, rows: Iterable[Mapping[str, Any]]) -> Table:
        """The same from dicts; what a row does not have is missing there."""
        kept = list(rows)
        names = list(dict.fromkeys(name for row in kept for name in row))
        return cls.of({name: [row.get(name) for row in kept] for name in names})

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return list(self._core.names)

    @property
    def num_rows(self) -> int:
        return int(self._core.rows)

    def __len__(self) -> int:
        return self.num_rows

    def columns(self) -> dict[str, list[Any]]:
        """The columns as plain lists."""
        if self._columns is None:
            self._columns = engine.unpacked(self._core.json())
        assert self._columns is not None
        return {name: list(values) for name, values in self._columns.items()}

    def __getitem__(self, name: str) -> list[Any]:
        found = self.columns()
        if name not in found:
            raise KeyError(f"there is no column {name!r}; there are {', '.join(found)}")
        return found[name]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        found = self.columns()
        for values in zip(*found.values(), strict=True):
            yield dict(zip(found, values, strict=True))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Arrow's PyCapsule interface. The buffers stay the table's own; another schema is not made on request."""
        del requested_schema
        stream: object = self._core.stream()
        return stream

    def to_pyarrow(self) -> pyarrow.Table:
        try:
            import pyarrow
        except ImportError as error:
            raise _missing("pyarrow", "arrow") from error
        return pyarrow.table(self)

    def to_pandas(self) -> pandas.DataFrame:
        try:
            import pandas
        except ImportError as error:
            raise _missing("pandas", "frames") from error
        try:
            if hasattr(pandas.DataFrame, "from_arrow"):
                return pandas.DataFrame.from_arrow(self)
            return self.to_pyarrow().to_pandas()
        except (ImportError, Error):
            # pandas reads Arrow through pyarrow alone.
            return pandas.DataFrame(self.columns())

    def to_polars(self) -> polars.DataFrame:
        try:
            import polars
        except ImportError as error:
            raise _missing("polars", "frames") from error
        return polars.DataFrame(self)

    def __eq__(self, other: object) -> bool:
        return self.columns() == other.columns() if isinstance(other, Table) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return (Table.of, (self.columns(),))

    def __repr__(self) -> str:
        return f"<ekssim.Table of {self.num_rows} rows: {', '.join(self.names)}>"

    def _repr_html_(self) -> str:
        from html import escape

        found = self.columns()
        shown = min(self.num_rows, _SHOWN_ROWS)
        head = "".join(f"<th>{escape(name)}</th>" for name in found)
        body = "".join(
            "<tr>"
            + "".join(f"<td>{'' if v[row] is None else escape(str(v[row]))}</td>" for v in found.values())
            + "</tr>"
            for row in range(shown)
        )
        more = f"<p>{shown} of {self.num_rows} rows</p>" if shown < self.num_rows else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _kind(name: str, values: Sequence[Any]) -> str:
    types = {type(value) for value in values if value is not None}
    if types <= {bool} and types:
        return "truth"
    if types <= {int} and types:
        return "integer"
    if types and types <= {int, float}:
        return "number"
    if types <= {str}:
        return "text"
    raise TypeError(f"the column {name!r} holds {', '.join(sorted(one.__name__ for one in types))}: one kind alone")


def _missing(package: str, extra: str) -> Error:
    return Error(f"this needs {package}: pip install 'ekssim[{extra}]'; columns() gives plain lists without it")
