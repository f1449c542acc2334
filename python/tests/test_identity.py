"""What objects say of credentials and Secrets, read from manifests as people write them (AWS-110, FR-36)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ekssim
import pytest
from ekssim import engine

pytestmark = pytest.mark.skipif(not engine.has_core(), reason="the extension module is not built")

HEAD = """
apiVersion: ekssim.dev/v1alpha1
kind: Scenario
metadata: {name: identity}
cluster:
  metadata: {name: shop, region: eu-central-1, version: "1.33"}
  managedNodeGroups:
  - {name: workers, instanceType: m5.large, minSize: 2, desiredCapacity: 2, maxSize: 2}
manifests: [here]
run: {for: 30m, seed: 1, opening: empty}
expect:
- {name: it runs, that: max(ekssim_nodes) >= 1}
"""

WEB = """
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers:
      - {name: app, image: "example.com/web:1", resources: {requests: {cpu: 10m}}%s}
      - {name: log, image: "example.com/log:1", resources: {requests: {cpu: 10m}}}
"""

VAULT = """
---
apiVersion: secrets.hashicorp.com/v1beta1
kind: VaultStaticSecret
metadata: {name: db, namespace: shop}
spec: {type: kv-v2, mount: kv, path: db, destination: {name: db, create: true}}
"""

OPERATOR = """
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: vault, namespace: vault}
spec:
  replicas: %d
  selector: {matchLabels: {app: vault}}
  template:
    metadata: {labels: {app: vault}}
    spec:
      containers: [{name: manager, image: "hashicorp/vault-secrets-operator:0.10.0", resources: {requests: {cpu: 10m}}}]
"""

NEEDS = ", envFrom: [{secretRef: {name: db%s}}]"


def run(folder: Path, text: str) -> dict[str, Any]:
    file = folder / "scenario.yaml"
    file.write_text(text, encoding="utf-8")
    document: dict[str, Any] = json.loads(ekssim.load(str(file)).run().to_json())
    return document


def total(document: dict[str, Any], metric: str, **labels: str) -> float:
    series = document["metrics"].get(metric, [])
    return float(sum(one.get("total", 0) for one in series if labels.items() <= one["labels"].items()))


def waits(document: dict[str, Any], cause: str) -> float:
    return float(document["waiting"]["by_cause"].get(cause, 0.0))


@pytest.mark.parametrize("role", [True, False])
def test_an_annotation_gives_a_role_to_the_pods_of_an_account(tmp_path: Path, role: bool) -> None:
    annotation = ", annotations: {eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/web}" if role else ""
    account = f"---\n{{apiVersion: v1, kind: ServiceAccount, metadata: {{name: web, namespace: shop{annotation}}}}}\n"
    document = run(tmp_path, HEAD + account + WEB % "")
    calls = total(document, "ekssim_aws_calls_total", action="AssumeRoleWithWebIdentity", result="success")
    assert calls == (4 if role else 0)  # two pods of two containers
    assert (waits(document, "credentials") > 0) == role


def test_a_secret_of_an_operator_without_pods_never_comes(tmp_path: Path) -> None:
    document = run(tmp_path, HEAD + VAULT + OPERATOR % 0 + WEB % (NEEDS % ""))
    assert waits(document, "secret") > 2 * 20 * 60  # two pods, for most of half an hour


def test_a_secret_of_an_operator_with_a_pod_comes(tmp_path: Path) -> None:
    document = run(tmp_path, HEAD + VAULT + OPERATOR % 1 + WEB % (NEEDS % ""))
    assert waits(document, "secret") < 2 * 60
    assert total(document, "externalsecret_sync_calls_total", name="db") == 1  # without refreshAfter it is read once


@pytest.mark.parametrize(
    "text",
    [
        VAULT + OPERATOR % 0 + WEB % (NEEDS % ", optional: true"),
        VAULT + WEB % (NEEDS % ""),  # its operator is nowhere: as if put there by hand
        WEB % (NEEDS % ""),
    ],
    ids=["optional", "no operator", "by hand"],
)
def test_what_nobody_waits_for(tmp_path: Path, text: str) -> None:
    document = run(tmp_path, HEAD + text)
    assert waits(document, "secret") == 0
    assert any("put there by hand" in one["value"] for one in document["assumptions"]) == ("Vault" not in text)
