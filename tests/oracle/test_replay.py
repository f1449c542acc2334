"""Replays what real components answered: the sets that `./dev oracle --renew` writes."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent

specification = importlib.util.spec_from_file_location("ekssim_oracle_compare", HERE / "compare.py")
assert specification is not None and specification.loader is not None
oracle = importlib.util.module_from_spec(specification)
specification.loader.exec_module(oracle)


@pytest.mark.parametrize(
    ("file", "least"),
    [
        # amazon-vpc-cni-k8s v1.23.2 pkg/ipamd/datastore, IPAM-13 to IPAM-33, IPAM-91, IPAM-95, IPAM-120
        ("vpc_cni/address_store.jsonl.xz", 100_000),
        # robfig/cron v3.0.1, CRON-1 to CRON-4
        ("cron/cron_next.jsonl.xz", 5_000),
        # k8s.io/kubernetes v1.36.3 pkg/scheduler, SCHED-20 to SCHED-84
        ("kube_scheduler/decisions.jsonl.xz", 2_000),
        # k8s.io/kubernetes v1.36.3 pkg/controller/{deployment,job,controller_utils.go}, DEPLOY-1 to DEPLOY-4, RS-2,
        # JOB-3 to JOB-10
        ("kube_controllers/decisions.jsonl.xz", 2_000),
        ("kube_scheduler/schedule_one.jsonl.xz", 447),
        ("kube_scheduler/schedule_all.jsonl.xz", 26),
        ("kube_scheduler/preempt.jsonl.xz", 120),
        # kube-controller-manager v1.37.2 pkg/controller/podautoscaler, HPA-2 to HPA-18
        ("autoscaling/hpa_replicas.jsonl.xz", 430),
        ("autoscaling/hpa_decide.jsonl.xz", 430),
        # k8s.io/kubernetes v1.37.2 pkg/controller/podautoscaler, the same rules with pods of all kinds
        ("pod_autoscaler/decisions.jsonl.xz", 2_000),
        # vertical-pod-autoscaler 1.8.1 pkg/recommender, VPA-1 to VPA-12
        ("autoscaling/vpa_recommend.jsonl.xz", 150),
        ("vpa/vpa_recommend.jsonl.xz", 300),
        # keda v2.20.2 pkg/scaling, KEDA-20 to KEDA-23
        ("autoscaling/keda_scaled_job.jsonl.xz", 190),
        # keda v2.20.2 pkg/scaling/{scaledjob,executor}, KEDA-20 to KEDA-24
        ("keda/keda_scaled_job.jsonl.xz", 2_000),
        # cluster-autoscaler 1.36.1 estimator, expander, simulator/{utilization,drainability}: CA-13 to CA-16, CA-24,
        # CA-43, CA-47
        ("cluster_autoscaler/ca_estimate.jsonl.xz", 230),
        ("cluster_autoscaler/ca_expand.jsonl.xz", 230),
        ("cluster_autoscaler/ca_utilization.jsonl.xz", 230),
        ("cluster_autoscaler/ca_drainable.jsonl.xz", 230),
        # kubernetes-sigs/karpenter v1.14.1, KARP-5 to KARP-14, KARP-41 to KARP-54
        ("karpenter/karpenter_solve.jsonl.xz", 144),
        ("karpenter/karpenter_consolidate.jsonl.xz", 104),
    ],
)
def test_we_answer_as_the_real_component_did(file: str, least: int) -> None:
    agree, _, first = oracle.compare(oracle.cases_of(HERE / file))
    if first:
        pytest.fail(f"{first[0]['id']}: {first[1]}", pytrace=False)
    assert agree >= least


def test_a_wrong_answer_is_noticed() -> None:
    case = next(oracle.cases_of(HERE / "cron/cron_next.jsonl.xz"))
    assert oracle.difference(case) is None
    case["expect"] = ["1999-12-31T23:59:00Z"]
    assert oracle.difference(case) is not None
