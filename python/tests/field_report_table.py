"""The README's table of field reports: what each broken form shows in numbers, and the same number once remedied.

The numbers are those that the bundled scenarios' own expectations observe. `python field_report_table.py renew` runs
them and writes the table anew; test_field_reports.py holds the README against it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import ekssim
from ekssim.render import number
from scenario_forms import Form, forms_of

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
FOLDER = ROOT / "scenarios" / "field-reports"
BEGIN, END = "<!-- field reports: generated -->\n", "<!-- field reports: end -->\n"
AS_WRITTEN = "as written"
# What is refused before anything runs has no broken form that could run: the change that brings the refusal about.
REFUSED_WITH = {"fr_15_zone_without_eks.yaml": {"cluster.zoneIds.us-east-1b": "use1-az3"}}


class Row(NamedTuple):
    report: str
    file: str
    description: str
    symptom: str
    remedy: str


def scenario_files() -> list[Path]:
    """The scenarios of the field reports; rule files for alerts lie beside them."""
    return [file for file in sorted(FOLDER.glob("*.yaml")) if "kind: Scenario" in file.read_text(encoding="utf-8")]


def report_of(file: Path) -> str:
    """`FR-10` for fr_10_log_rotation.yaml."""
    return f"FR-{int(file.name.split('_')[1])}"


def _failing_first(forms: list[Form]) -> list[Form]:
    return sorted(forms, key=lambda form: form["verdict"] != "fail")


def _passing_first(forms: list[Form]) -> list[Form]:
    return sorted(forms, key=lambda form: form["verdict"] != "pass")


def _contrasts(forms: list[Form]) -> Iterator[tuple[Form, Form, Form, Form]]:
    """Every expectation that one form breaks and another keeps, with what each observed; announced failures first."""
    for broken in _failing_first(forms):
        for expectation in broken["expectations"]:
            if expectation["verdict"] != "fail":
                continue
            for remedied in _passing_first(forms):
                for other in remedied["expectations"]:
                    is_same = (other["name"], other["that"]) == (expectation["name"], expectation["that"])
                    if is_same and other["verdict"] == "pass" and other.get("observed") is not None:
                        yield broken, expectation, remedied, other


def _label(form: Form) -> str:
    return ", ".join(str(value) for value in form.get("label", {}).values()) or AS_WRITTEN


def _observed(expectation: Form) -> str:
    return number(expectation.get("observed"), str(expectation.get("unit") or ""))


def _refusal(file: Path, change: dict[str, str]) -> str:
    try:
        ekssim.load(file, set=change)
    except ekssim.InputError as error:
        (path, value), complaint = next(iter(change.items())), error.complaints[0]
        return f"`{path}` {value}: **error {complaint.rule}**, {complaint.message}"
    raise RuntimeError(f"{file.name} is not refused with {change}")


def row_of(file: Path) -> Row:
    """The first expectation that tells the broken form from the remedied one, with both numbers."""
    forms = forms_of(file)
    description = str(ekssim.load(file).document["metadata"]["description"])
    if file.name in REFUSED_WITH:
        refusal = _refusal(file, REFUSED_WITH[file.name])
        passed = forms[0]["expectations"][0]
        return Row(report_of(file), file.name, description, refusal, f"{passed['name']}: **{_observed(passed)}**")
    contrast = next(_contrasts(forms), None)
    if contrast is None:
        raise RuntimeError(f"{file.name}: no expectation fails in one form and passes in another")
    broken, expectation, remedied, other = contrast
    in_form = "" if _label(broken) == AS_WRITTEN else f" ({_label(broken)})"
    return Row(
        report_of(file),
        file.name,
        description,
        f"{expectation['name']}: **{_observed(expectation)}**{in_form}",
        f"{_label(remedied)}: **{_observed(other)}**",
    )


def table(files: list[Path]) -> str:
    """The rows as Markdown, in order of the reports."""
    lines = ["| report | what happens | what should hold, and what was seen | once remedied |", "|---|---|---|---|"]
    for row in sorted((row_of(file) for file in files), key=lambda row: (int(row.report[3:]), row.file)):
        link = f"[{row.report}](scenarios/field-reports/{row.file})"
        cells = [link, *(cell.replace("|", "\\|") for cell in (row.description, row.symptom, row.remedy))]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def with_table(readme: str, written: str) -> str:
    """The README with this table between its marks."""
    before, rest = readme.split(BEGIN)
    return before + BEGIN + written + END + rest.split(END)[1]


if __name__ == "__main__":
    if sys.argv[1:] != ["renew"]:
        sys.exit("usage: python field_report_table.py renew")
    README.write_text(with_table(README.read_text(encoding="utf-8"), table(scenario_files())), encoding="utf-8")
