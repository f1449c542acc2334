"""The YAML reader: values as Kubernetes reads them, a place for each, and a complaint for whatever is wrong."""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from ekssim import yaml_reader
from ekssim.yaml_reader import Node, read_file, read_text


def only(text: str | bytes) -> Node:
    file = read_text(text, "f.yaml")
    assert [complaint for complaint in file.complaints if complaint.is_error] == []
    (document,) = file.documents
    return document


# How sigs.k8s.io/yaml, through which kubectl and the API server read manifests, takes a plain scalar.
SCALARS: list[tuple[str, Any]] = [
    ("~", None),
    ("null", None),
    ("Null", None),
    ('""', ""),
    ("true", True),
    ("True", True),
    ("FALSE", False),
    ("yes", True),
    ("No", False),
    ("on", True),
    ("off", False),
    ("y", True),
    ("n", False),
    ('"yes"', "yes"),
    ("'12'", "12"),
    ("12", 12),
    ("-7", -7),
    ("+7", 7),
    ("0", 0),
    ("012", 10),
    ("0o14", 12),
    ("0x1F", 31),
    ("0b101", 5),
    ("1_000", 1000),
    ("1.5", 1.5),
    (".5", 0.5),
    ("5.", 5.0),
    ("1e3", 1000.0),
    ("-1.5e-3", -0.0015),
    ("08", 8),
    ("12:30", "12:30"),
    ("1:2:3", "1:2:3"),
    ("2026-11-02", "2026-11-02"),
    ("2026-11-02T08:00:00Z", "2026-11-02T08:00:00Z"),
    ("100m", "100m"),
    ("600Mi", "600Mi"),
    ("5%", "5%"),
    ("1.34.1", "1.34.1"),
    ("1.2.3.4", "1.2.3.4"),
    ("10.0.0.0/16", "10.0.0.0/16"),
    ("a b c", "a b c"),
    ("=", "="),
    ("!!str 12", "12"),
    ('!!int "12"', 12),
    ("!!float 3", 3.0),
    ("!!bool yes", True),
    ("!!null x", None),
    ("! 12", "12"),
]


@pytest.mark.parametrize(("written", "value"), SCALARS)
def test_scalars_are_read_as_kubernetes_reads_them(written: str, value: Any) -> None:
    read = only(f"a: {written}\n").plain()["a"]
    assert read == value
    assert type(read) is type(value)


def test_a_number_with_hundreds_of_digits_stays_text() -> None:
    digits = "9" * 5000
    assert only(f"a: {digits}").plain() == {"a": digits}


AMBIGUOUS = [
    ("a: yes", "EKS040", 4),
    ("a: off", "EKS040", 4),
    ("a: 012", "EKS041", 4),
    ("a: 1_000", "EKS042", 4),
    ("a: 12:30", "EKS043", 4),
    ("a: 2026-11-02", "EKS044", 4),
    ("a: 1e3", "EKS045", 4),
    ("on: 1", "EKS046", 1),
]


@pytest.mark.parametrize(("text", "rule", "column"), AMBIGUOUS)
def test_an_ambiguous_scalar_is_warned_about_with_its_reading(text: str, rule: str, column: int) -> None:
    (complaint,) = read_text(text, "f.yaml").complaints
    assert (complaint.rule, complaint.severity) == (rule, "warning")
    assert complaint.place is not None
    assert (complaint.place.line, complaint.place.column) == (1, column)
    assert "read as" in complaint.message
    assert complaint.hint


@pytest.mark.parametrize(
    "text", ['a: "yes"', "a: 'on'", "defaultMode: 0644", "a: 1.5", "a: 0x10", "a: 1.0e+3", "a: |\n  yes\n"]
)
def test_what_leaves_no_doubt_is_not_warned_about(text: str) -> None:
    assert read_text(text).complaints == []


def test_every_value_and_key_keeps_its_place() -> None:
    text = "a: 1\nb:\n  - x\n  - {c: 2, d: [3]}\ne: |\n  text\n"
    document = only(text)
    assert document.at == (0, 1, 1)
    assert document.entries is not None
    assert document.entries["b"].at == (0, 2, 1)
    b = document.entries["b"].node
    assert b.at == (0, 3, 3)
    assert b.items is not None
    assert [item.at for item in b.items] == [(0, 3, 5), (0, 4, 5)]
    assert b.items[1].entries is not None
    assert b.items[1].entries["d"].at == (0, 4, 12)
    assert document.entries["e"].node.at == (0, 5, 4)


def test_columns_count_characters_and_not_bytes() -> None:
    document = only("{ä: 1, b: 2}".encode())
    assert document.entries is not None
    assert document.entries["b"].at == (0, 1, 8)


def test_merged_and_aliased_values_keep_the_place_of_the_original() -> None:
    document = only("base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\nsame: *b\nmany: {<<: [{y: 7}, *b]}\n")
    assert document.plain() == {
        "base": {"x": 1, "y": 2},
        "use": {"y": 3, "x": 1},
        "same": {"x": 1, "y": 2},
        "many": {"y": 7, "x": 1},
    }
    use = document.get("use")
    assert use is not None and use.entries is not None
    assert use.entries["x"].at == (0, 1, 11)
    assert use.entries["y"].node.at == (0, 2, 18)


def test_several_documents_are_read_and_empty_ones_passed_over() -> None:
    file = read_text("---\n# nothing\n---\na: 1\n--- b\n...\n---\n- c\n", "f.yaml")
    assert [document.plain() for document in file.documents] == [{"a": 1}, "b", ["c"]]
    assert file.complaints == []


def test_a_byte_order_mark_and_windows_line_ends_are_nothing_special() -> None:
    assert only(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n").plain() == {"a": 1, "b": 2}


def test_json_is_read_too() -> None:
    value = {"a": [1, 2.5, None, True, "ü\n"], "b": {"c": "d"}}
    assert only(json.dumps(value, indent=1)).plain() == value


WRONG: list[tuple[str, str | bytes, str, tuple[int, int]]] = [
    ("empty", "", "EKS005", (1, 1)),
    ("comments only", "# a\n# b\n", "EKS005", (1, 1)),
    ("utf-16 little", "a: 1".encode("utf-16"), "EKS006", (1, 1)),
    ("utf-16 without mark", "apiVersion: v1".encode("utf-16-le"), "EKS006", (1, 1)),
    ("latin-1", b"a: 1\nb: caf\xe9\n", "EKS006", (2, 7)),
    ("gzip", b"\x1f\x8b\x08\x00rest", "EKS006", (1, 1)),
    ("zip", b"PK\x03\x04rest", "EKS006", (1, 1)),
    ("NUL", "a: 1\nb: x\0y\n", "EKS007", (2, 5)),
    ("escape character", "a: \x1b[31m\n", "EKS007", (1, 4)),
    ("colon in value", "a: b: c\n", "EKS008", (1, 5)),
    ("unclosed list", "a: 1\nb: [1, 2\n", "EKS008", (2, 4)),
    ("unclosed map", "b: {x: 1\n", "EKS008", (1, 4)),
    ("unclosed quote", 'a: "text\n', "EKS008", (1, 4)),
    ("at sign", "a: @x\n", "EKS008", (1, 4)),
    ("backtick", "a: `x`\n", "EKS008", (1, 4)),
    ("percent", "a: %x\n", "EKS008", (1, 4)),
    ("uneven map", "a:\n   b: 1\n  c: 2\n", "EKS008", (3, 3)),
    ("template", "a: {{ .Values.x }}\n", "EKS016", (1, 5)),
    ("template with text", "a: x\nb: {{ .Values.x }}y\n", "EKS016", (2, 5)),
    ("no colon", "a: 1\nb\nc: 2\n", "EKS008", (2, 1)),
    ("tab", "a:\n\tb: 1\n", "EKS009", (2, 1)),
    ("duplicate", "a: 1\nb: 2\na: 3\n", "EKS010", (3, 1)),
    ("duplicate in flow", "{a: 1, a: 2}\n", "EKS010", (1, 8)),
    ("unknown anchor", "a: *x\n", "EKS011", (1, 4)),
    ("anchor of another document", "a: &x 1\n---\nb: *x\n", "EKS011", (3, 4)),
    ("cycle", "a: &x\n  b: *x\n", "EKS012", (2, 6)),
    ("cycle in list", "a: &x [1, *x]\n", "EKS012", (1, 11)),
    ("deep", "[" * 101 + "]" * 101, "EKS014", (1, 101)),
    ("python object", "a: !!python/object/apply:os.system [x]\n", "EKS015", (1, 4)),
    ("own tag", "a: !Ref x\n", "EKS015", (1, 4)),
    ("set", "!!set {a, b}\n", "EKS015", (1, 1)),
    ("no number", "a: !!int x\n", "EKS015", (1, 4)),
    ("map as key", "? {a: 1}\n: 2\n", "EKS016", (1, 3)),
    ("merge of a list of numbers", "a: {<<: [1]}\n", "EKS017", (1, 10)),
    ("merge of a text", "a: {<<: x}\n", "EKS017", (1, 9)),
    ("infinity", "a: .inf\n", "EKS018", (1, 4)),
    ("not a number", "a: .NaN\n", "EKS018", (1, 4)),
    ("beyond every number", "a: 1e999\n", "EKS018", (1, 4)),
    ("conflict", "a: 1\n<<<<<<< HEAD\nb: 2\n", "EKS008", (2, 1)),
]


@pytest.mark.parametrize(("text", "rule", "at"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_wrong_text_is_a_complaint_with_a_place(text: str | bytes, rule: str, at: tuple[int, int]) -> None:
    errors = [complaint for complaint in read_text(text, "f.yaml").complaints if complaint.is_error]
    assert errors, "nothing was complained about"
    assert errors[0].rule == rule, errors[0].text()
    assert errors[0].place is not None
    assert (errors[0].place.file, errors[0].place.line, errors[0].place.column) == ("f.yaml", *at), errors[0].text()


def test_a_duplicate_key_names_both_places() -> None:
    (complaint,) = read_text("a:\n  k: 1\n  k: 2\n", "f.yaml").complaints
    assert str(complaint.place) == "f.yaml:3:3"
    assert "line 2, column 3" in complaint.message
    assert "f.yaml:2:3" in complaint.hint


def test_all_mistakes_of_a_file_come_out_at_once() -> None:
    text = "a: 1\na: 2\nb: *none\n---\nc: [\n---\nd: 1\nd: 2\n---\n\te: 1\n---\nf: !x 1\n"
    found = [(one.rule, one.place.line if one.place else 0) for one in read_text(text, "f.yaml").complaints]
    assert found == [("EKS010", 2), ("EKS011", 3), ("EKS008", 5), ("EKS010", 8), ("EKS009", 10), ("EKS015", 12)]


def test_documents_without_mistakes_survive_a_broken_neighbour() -> None:
    file = read_text("a: 1\n---\nb: [\n---\nc: 3\n")
    assert [document.plain() for document in file.documents] == [{"a": 1}, {"c": 3}]


BOMBS = {
    "laughs": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
    "wide": "a: &a [" + ",".join("x" * 5000) + "]\nb: [" + ",".join(["*a"] * 500) + "]\n",
    "merge": "a0: &a0 {x: 1}\n" + "".join(f"a{n + 1}: &a{n + 1} {{b: *a{n}, c: *a{n}}}\n" for n in range(60)),
    "long": "- {a: b, c: d}\n" * 210_000,
}


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_a_bomb_is_refused_in_bounded_time(name: str) -> None:
    started = time.process_time()
    complaints = read_text(BOMBS[name], "f.yaml").complaints
    assert "EKS013" in [complaint.rule for complaint in complaints]
    # Generous for a slow machine: what it guards against would take years.
    assert time.process_time() - started < 60


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    with path.open("wb") as stream:
        stream.truncate(yaml_reader.BYTES_MAX + 1)
    (complaint,) = read_file(path, "big.yaml").complaints
    assert complaint.rule == "EKS004"


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert [one.rule for one in read_file(tmp_path / "none.yaml").complaints] == ["EKS001"]
    assert [one.rule for one in read_file(tmp_path).complaints] == ["EKS003"]
    assert [one.rule for one in read_file(tmp_path / "pipe").complaints] == ["EKS003"]


def test_the_list_of_complaints_is_bounded() -> None:
    complaints = read_text("a: 1\n" * 1000, "f.yaml").complaints
    assert len(complaints) == yaml_reader.COMPLAINTS_MAX + 1
    assert complaints[-1].rule == "EKS019"
    assert "799 more" in complaints[-1].message


def test_the_parser_written_in_python_gives_the_same_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: &x {b: [1, two, 3.0], c: 't'}\n"
    text += "d: *x\ne:\n- f: yes\n  g: >-\n    folded\n    text\n"

    def shape(node: Node) -> Any:
        if node.entries is not None:
            return node.at, {key: (entry.at, shape(entry.node)) for key, entry in node.entries.items()}
        if node.items is not None:
            return node.at, [shape(item) for item in node.items]
        return node.at, node.scalar

    fast = [shape(document) for document in read_text(text).documents]
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert [shape(document) for document in read_text(text).documents] == fast


def test_random_garbage_never_raises() -> None:
    seed = int(os.environ.get("EKSSIM_SEED", "20261102"))
    print(f"repeat with EKSSIM_SEED={seed}")
    chance = random.Random(seed)
    pieces = [
        "a",
        ":",
        " ",
        "\n",
        "- ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "&x ",
        "*x",
        "|",
        ">",
        "'",
        '"',
        "#",
        "---\n",
        "!!str ",
        "?",
        "\t",
    ]
    pieces += ["<<: ", "yes", "1e9", "\0", "é", "\ufeff", "%", "@", "\x85", "...\n"]
    for _ in range(1500):
        text = "".join(chance.choice(pieces) for _ in range(chance.randrange(1, 40)))
        file = read_text(text, "f.yaml")
        for document in file.documents:
            json.dumps(document.plain(), allow_nan=False)
        for complaint in file.complaints:
            assert complaint.place is not None and complaint.message
        read_text(bytes(chance.randrange(256) for _ in range(30)), "f.yaml")


def test_random_values_come_back_as_they_were_written() -> None:
    seed = int(os.environ.get("EKSSIM_SEED", "20261102"))
    print(f"repeat with EKSSIM_SEED={seed}")
    chance = random.Random(seed)

    def value(depth: int) -> Any:
        kind = chance.randrange(7 if depth < 4 else 5)
        if kind == 5:
            return [value(depth + 1) for _ in range(chance.randrange(4))]
        if kind == 6:
            return {f"k{chance.randrange(50)}~/": value(depth + 1) for _ in range(chance.randrange(4))}
        return [None, True, chance.randrange(-1000, 1000), chance.random(), "t" * chance.randrange(5)][kind]

    for _ in range(200):
        written = {"root": value(0)}
        # PyYAML's own writer is the independent half here: it quotes whatever a YAML 1.1 reader would take for
        # something else.
        assert only(yaml.safe_dump(written)).plain() == written
