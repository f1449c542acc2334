"""How complaints are shown: for people, for GitHub, as SARIF."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ekssim.diagnostics import Complaint, Place, SourceLines, github_annotations, plain, sarif, styled
from ekssim.durations import microseconds, shown
from ekssim.file_rules import FILE_RULES

COMPLAINT = Complaint("EKS203", 'memory "10Gb" is not a quantity', "write 10Gi", place=Place("shop.yaml", 2, 9))


@pytest.fixture
def sources(tmp_path: Path) -> SourceLines:
    (tmp_path / "shop.yaml").write_text("a: 1\nmemory: 10Gb\n\tx: é\n", encoding="utf-8")
    return SourceLines(tmp_path)


def test_a_complaint_shows_its_line_a_caret_and_a_hint(sources: SourceLines) -> None:
    path = sources.shown_name(Place("shop.yaml"))
    assert plain(COMPLAINT, sources) == (
        f'{path}:2:9: error[EKS203]: memory "10Gb" is not a quantity\n'
        "    memory: 10Gb\n"
        "            ^\n"
        "  hint: write 10Gi"
    )


def test_the_caret_stays_in_place_behind_tabs_and_in_long_lines(tmp_path: Path) -> None:
    (tmp_path / "l.yaml").write_text("\tx: y\n" + "a" * 500 + "B" + "c" * 500 + "\n")
    sources = SourceLines(tmp_path)
    for line, column, character in ((1, 2, "x"), (2, 501, "B")):
        _, source, caret = plain(Complaint("EKS008", "m", place=Place("l.yaml", line, column)), sources).split("\n")
        assert source[caret.index("^")] == character
        assert len(source) < 200


@pytest.mark.parametrize(
    "place", [None, Place("--set run.for=x"), Place("gone.yaml", 3, 1), Place("shop.yaml", 99, 1), Place("<python>")]
)
def test_a_place_without_a_line_to_show_is_no_trouble(sources: SourceLines, place: Place | None) -> None:
    assert "error[EKS001]: m" in plain(Complaint("EKS001", "m", place=place), sources)


def test_colours_change_nothing_of_the_text(sources: SourceLines) -> None:
    assert styled(COMPLAINT, sources).plain == plain(COMPLAINT, sources)


def test_a_pointer_stands_for_a_missing_place() -> None:
    assert Complaint("EKS104", "m", pointer="/run/fro").text() == "/run/fro: error[EKS104]: m"


def test_complaints_survive_the_way_through_json() -> None:
    for complaint in (COMPLAINT, Complaint("EKS001", "m"), Complaint("EKS040", "w", severity="warning")):
        assert Complaint.from_dict(json.loads(json.dumps(complaint.to_dict()))) == complaint


def test_github_gets_a_line_with_everything_escaped(tmp_path: Path) -> None:
    complaint = Complaint("EKS001", "50% of a,b: c\nd", "h", "warning", place=Place("a,b:c.yaml", 4, 2))
    text = github_annotations([complaint, Complaint("EKS002", "x")], SourceLines(os.curdir))
    assert text.split("\n") == [
        "::warning file=a%2Cb%3Ac.yaml,line=4,col=2,title=EKS001::50%25 of a,b: c%0Ad%0Ahint: h",
        "::error title=EKS002::x",
    ]


def test_sarif_has_rules_levels_and_regions(sources: SourceLines) -> None:
    warning = Complaint("EKS040", "w", severity="warning", place=Place("--set a=yes"))
    log = sarif([(COMPLAINT, sources), (warning, sources)], {"EKS040": ("t", "e")}, "1.2.3")
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["EKS040", "EKS203"]
    first, second = run["results"]
    assert (first["ruleIndex"], first["level"]) == (1, "error")
    assert first["locations"][0]["physicalLocation"]["region"] == {"startLine": 2, "startColumn": 9}
    assert (second["ruleIndex"], second["level"]) == (0, "warning")
    assert "region" not in second["locations"][0]["physicalLocation"]


def test_every_rule_of_the_files_is_explained_in_a_sentence() -> None:
    for code, rule in FILE_RULES.items():
        assert code.startswith("EKS0")
        assert rule.title and not rule.title.endswith(".")
        assert rule.text.endswith(".")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", 90_000_000),
        ("2h30m", 9_000_000_000),
        ("1.5s", 1_500_000),
        ("250ms", 250_000),
        ("1d", 86_400_000_000),
        ("0s", 0),
    ],
)
def test_durations_are_counted_in_microseconds(text: str, expected: int) -> None:
    assert microseconds(text) == expected


@pytest.mark.parametrize("text", ["", "5", "h", "2 hours", "-1s", "1s2", "1e3s", "999999d"])
def test_wrong_durations_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        microseconds(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.0123, "12.3 ms"),
        (5.25, "5.25s"),
        (61, "1m 1s"),
        (3600, "1h"),
        (7212, "2h 0m 12s"),
        (90000, "1d 1h"),
        (-5, "-5s"),
    ],
)
def test_seconds_are_shown_in_units_that_fit(seconds: float, text: str) -> None:
    assert shown(seconds) == text
