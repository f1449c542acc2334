"""The rules EKS0xx: what can be wrong with files before anyone asks what they mean. The C++ half owns the other
hundreds.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["FILE_RULES", "FileRule"]


class FileRule(NamedTuple):
    title: str
    text: str


FILE_RULES: dict[str, FileRule] = {
    "EKS001": FileRule(
        "no such file",
        "A file that the command line or a scenario names is not there. Paths are relative to the file that names "
        "them.",
    ),
    "EKS002": FileRule(
        "outside the project root",
        "A scenario reads only files below the project root: the nearest folder above it with a .git, else its own "
        "folder. --root sets another.",
    ),
    "EKS003": FileRule(
        "file cannot be read", "What the path names is no regular file, or its permissions forbid reading it."
    ),
    "EKS004": FileRule(
        "file too large", "A file may hold 32 MB and all files of a scenario 128 MB, so that memory stays bounded."
    ),
    "EKS005": FileRule("nothing in the file", "The file is empty, or holds nothing but comments."),
    "EKS006": FileRule("not UTF-8 text", "YAML and JSON files are read as UTF-8 text."),
    "EKS007": FileRule(
        "control character",
        "A NUL byte or another control character stands in the text; YAML allows none but tab and line breaks.",
    ),
    "EKS008": FileRule(
        "YAML syntax",
        "The text is not YAML. What follows the next line of three dashes is still read, so that its mistakes come "
        "out too.",
    ),
    "EKS009": FileRule("tab as indentation", "YAML indents with spaces only."),
    "EKS010": FileRule("duplicate key", "A map has the same key twice; one of the two would silently be lost."),
    "EKS011": FileRule("unknown anchor", "An alias (*name) needs an anchor (&name) before it in the same document."),
    "EKS012": FileRule(
        "anchor inside itself", "An alias stands inside the value of its own anchor; the value would have no end."
    ),
    "EKS013": FileRule(
        "too many values",
        "A file may hold 1,000,000 values with all aliases written out, and aliases may not blow a text up more than "
        "a hundredfold.",
    ),
    "EKS014": FileRule("nested too deeply", "Maps and lists may be nested 100 deep."),
    "EKS015": FileRule(
        "tag not read",
        "Only the tags of plain values (!!str, !!int, !!float, !!bool, !!null, !!map, !!seq) are read; others would "
        "create objects.",
    ),
    "EKS016": FileRule("key is not plain text", "The key of a map is a text; it can be no map or list."),
    "EKS017": FileRule("merge key", "The value of a merge key (<<) is a map, or a list of maps."),
    "EKS018": FileRule(
        "not a finite number",
        "Infinite numbers and not-a-number have no place in a scenario, and JSON has no form for them.",
    ),
    "EKS019": FileRule("more complaints", "Only the first complaints of a file are listed."),
    "EKS020": FileRule("no scenario in the file", "A scenario file begins with a document of kind Scenario."),
    "EKS021": FileRule(
        "more than one scenario", "A file holds one scenario; the documents after it are its Kubernetes objects."
    ),
    "EKS022": FileRule(
        "documents without `here`",
        "Documents follow the scenario in its file, and `manifests` does not say where they belong: list `here`.",
    ),
    "EKS023": FileRule(
        "`here` without documents", "`manifests` lists `here`, and no document follows the scenario in its file."
    ),
    "EKS024": FileRule(
        "entry of manifests",
        "`manifests` is a list of paths, globs, folders, `here`, or {helmValues: FILE, chart: NAME}.",
    ),
    "EKS025": FileRule(
        "pattern matches nothing",
        "A glob, or a folder, in which no manifest is found is an error: nothing passes by absence.",
    ),
    "EKS026": FileRule("not an object", "A manifest's document is a map with apiVersion and kind."),
    "EKS027": FileRule("List without items", "A Kubernetes List holds its objects in the list `items`."),
    "EKS028": FileRule("not an eksctl file", "cluster.from names a file with one eksctl ClusterConfig."),
    "EKS029": FileRule(
        "text that holds settings",
        "An addon's configurationValues is a map, or a text that holds one as YAML or JSON; an "
        "overrideBootstrapCommand that holds a NodeConfig, and the entry of a ConfigMap that holds a "
        "DeschedulerPolicy or a KubeProxyConfiguration, hold it as YAML.",
    ),
    "EKS030": FileRule(
        "trace file",
        "A trace is a CSV file whose times rise. That of a rate has two columns, time and value, and may begin with a "
        "line of titles; that of a usage begins with one: seconds, and cpu or memory or both.",
    ),
    "EKS031": FileRule("time zone data", "No time zone database is installed."),
    "EKS032": FileRule("--set", "An override is PATH=VALUE, such as run.for=2h; the value is read as YAML."),
    "EKS033": FileRule("helm values", "helmValues names one YAML file with a map, and chart the chart it belongs to."),
    "EKS034": FileRule("a path is a text", "Where a file is named, a plain text is expected."),
    "EKS035": FileRule(
        "SimKube trace",
        "simkubeTrace names a trace as SimKube 2.x records it: MessagePack, format 2, with events in order.",
    ),
    "EKS036": FileRule(
        "profile of a calibration",
        "cluster.dataPath.profile names one YAML or JSON file with a map, as `ekssim calibrate datapath` writes it, or "
        "the name that was given to it.",
    ),
    "EKS040": FileRule(
        "yes, no, on, off",
        "YAML 1.1, which Kubernetes and eksctl read, takes the word as a boolean, YAML 1.2 as text. It is read as "
        "the boolean; true and false, or quotes, leave no doubt.",
    ),
    "EKS041": FileRule(
        "leading zero",
        "YAML 1.1 reads digits after a zero as octal, YAML 1.2 as decimal. It is read as octal, as Kubernetes does.",
    ),
    "EKS042": FileRule(
        "underscores in a number",
        "YAML 1.1 skips underscores in numbers, YAML 1.2 takes it as text. It is read as the number.",
    ),
    "EKS043": FileRule(
        "colons between digits", "YAML 1.1 reads 12:30 as a number to base 60, YAML 1.2 as text. It is read as text."
    ),
    "EKS044": FileRule(
        "date", "YAML 1.1 reads it as a date, YAML 1.2 as text. It is read as text, as Kubernetes does."
    ),
    "EKS045": FileRule(
        "exponent without point", "YAML 1.1 reads 1e3 as text, YAML 1.2 as a number. It is read as the number."
    ),
    "EKS046": FileRule(
        "ambiguous key",
        "YAML 1.1 takes the key as a boolean or null. It is read as the text that stands there; quotes leave no doubt.",
    ),
    "EKS047": FileRule("no Prometheus rules", "A rule file has `groups`; a PrometheusRule has them in its `spec`."),
}
