// Prometheus and Alertmanager objects as the Prometheus operator takes them (FR-25, FR-28). Names, labels, probes and
// defaults are those of its release 0.93.
#include "tests/unit/models/scenario/kubernetes/object_fixture.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eks {
namespace {

using object_fixture::listed;
using object_fixture::ReadObjects;

constexpr std::string_view prometheus_operator =
    R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "prometheus-operator", "namespace": "monitoring"},
        "spec": {"selector": {"matchLabels": {"app": "operator"}}, "template": {"metadata": {"labels": {"app": "operator"}},
        "spec": {"containers": [{"name": "main", "image": "quay.io/prometheus-operator/prometheus-operator:v0.93.1",
        "args": ["--kubelet-service=kube-system/kubelet", "--config-reloader-cpu-request=25m",
                 "--config-reloader-cpu-limit=0"]}]}}}})";

std::string prometheus(const std::string& spec, const std::string& kind = "Prometheus") {
    return R"({"apiVersion": "monitoring.coreos.com/v1", "kind": ")" + kind +
           R"(", "metadata": {"name": "k8s", "namespace": "monitoring"}, "spec": {)" + spec + "}}";
}

std::string manifests(const std::string& list) { return R"({"manifests": [)" + list + "]}"; }

const ContainerSpec* container_of(const PodTemplate& pod, std::string_view name) {
    const auto found = std::ranges::find(pod.containers, name, &ContainerSpec::name);
    return found == pod.containers.end() ? nullptr : &*found;
}

bool has_label(const PodTemplate& pod, std::string_view key, std::string_view value) {
    return std::ranges::any_of(pod.labels,
                               [&](const Label& label) { return label.key == key && label.value == value; });
}

TEST(OperatedWorkloads, APrometheusBecomesItsStatefulSet) {
    const ReadObjects objects(
        manifests(std::string(prometheus_operator) + "," +
                  prometheus(R"("replicas": 2, "image": "quay.io/prometheus/prometheus:v3.13.2", "retention": "10d",
                                "serviceAccountName": "prometheus-k8s", "nodeSelector": {"kubernetes.io/os": "linux"},
                                "podMetadata": {"labels": {"team": "sre", "app.kubernetes.io/name": "mine"}},
                                "resources": {"requests": {"cpu": "500m", "memory": "400Mi"}})")));
    EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
    EXPECT_TRUE(objects.warnings().empty()) << listed(objects.warnings());
    const Workload& workload = objects.workload("StatefulSet/monitoring/prometheus-k8s");
    EXPECT_EQ(workload.replicas, 2);
    EXPECT_FALSE(workload.starts_in_order);
    EXPECT_FALSE(workload.is_addon);
    const PodTemplate& pod = objects.pod("StatefulSet/monitoring/prometheus-k8s");
    ASSERT_EQ(pod.containers.size(), 2U);
    ASSERT_EQ(pod.init_containers.size(), 1U);
    EXPECT_EQ(pod.init_containers.front().name, "init-config-reloader");
    ASSERT_NE(container_of(pod, "prometheus"), nullptr);
    ASSERT_NE(container_of(pod, "config-reloader"), nullptr);
    EXPECT_EQ(objects.spec().images[container_of(pod, "prometheus")->image.value].name,
              "quay.io/prometheus/prometheus:v3.13.2");
    EXPECT_TRUE(has_label(pod, "team", "sre"));
    // What the operator selects by lies over podMetadata.
    EXPECT_TRUE(has_label(pod, "app.kubernetes.io/name", "prometheus"));
    EXPECT_TRUE(has_label(pod, "app.kubernetes.io/instance", "k8s"));
    EXPECT_TRUE(has_label(pod, "operator.prometheus.io/name", "k8s"));
    EXPECT_TRUE(has_label(pod, "operator.prometheus.io/shard", "0"));
    EXPECT_EQ(pod.termination_grace, sim::Duration::seconds(600));
    // 500m, and 25m by the operator's flag; 400Mi and the 50Mi that its flags have by default.
    EXPECT_EQ(pod.requests.cpu_milli, 525);
    EXPECT_EQ(pod.requests.memory_bytes, 450 * mebibyte);
}

TEST(OperatedWorkloads, WhatIsNotReadIsListedUnderTheObjectAsItIsWritten) {
    const ReadObjects objects(manifests(std::string(prometheus_operator) + "," +
                                        prometheus(R"("retention": "10d", "replicas": 2, "externalLabels": {},
                                                      "nodeSelector": {"a": "b"}, "version": "3.5.0")")));
    const std::string title = "Prometheus/monitoring/k8s ";
    for (const char* path : {"spec.retention", "spec.externalLabels"}) EXPECT_TRUE(objects.is_ignored(title + path));
    for (const char* path : {"spec.replicas", "spec.nodeSelector.a", "spec.version", "kind", "metadata.name"})
        EXPECT_FALSE(objects.is_ignored(title + path)) << path;
    for (const IgnoredPath& one : objects.builder().ignored) {
        EXPECT_FALSE(one.path.starts_with("StatefulSet/")) << one.path;
        EXPECT_EQ(one.path.find("metadata.name"), std::string::npos) << one.path;
    }
    // Of the operator's own flags those count that bear on it.
    EXPECT_TRUE(objects.is_ignored("Deployment/monitoring/prometheus-operator spec.template.spec.containers.args"));
    const auto& leaves = objects.builder().leaves;
    std::int64_t ignored = 0;
    for (const IgnoredPath& one : objects.builder().ignored) ignored += one.count;
    EXPECT_EQ(leaves.ignored, ignored);
}

TEST(OperatedWorkloads, StorageIsAClaimOrEndsWithThePod) {
    const ReadObjects claim(
        manifests(prometheus(R"("storage": {"volumeClaimTemplate": {"spec": {"storageClassName": "gp3",
        "resources": {"requests": {"storage": "50Gi"}}}}})")));
    EXPECT_EQ(claim.pod("StatefulSet/monitoring/prometheus-k8s").own_claims.size(), 1U);
    const ReadObjects none(manifests(prometheus("")));
    EXPECT_TRUE(none.pod("StatefulSet/monitoring/prometheus-k8s").own_claims.empty());
    // Storage of no kind is a claim to the operator.
    const ReadObjects empty(manifests(prometheus(R"("storage": {})")));
    EXPECT_EQ(empty.pod("StatefulSet/monitoring/prometheus-k8s").own_claims.size(), 1U);
}

TEST(OperatedWorkloads, EachShardIsAStatefulSet) {
    const ReadObjects objects(manifests(prometheus(R"("shards": 3)")));
    const std::vector<std::string> titles{"StatefulSet/monitoring/prometheus-k8s",
                                          "StatefulSet/monitoring/prometheus-k8s-shard-1",
                                          "StatefulSet/monitoring/prometheus-k8s-shard-2"};
    EXPECT_EQ(objects.titles(), titles);
    EXPECT_TRUE(has_label(objects.pod(titles[2]), "operator.prometheus.io/shard", "2"));
}

TEST(OperatedWorkloads, ContainersOfItsOwnLieOverTheOperators) {
    const ReadObjects objects(manifests(prometheus(
        R"("containers": [{"name": "prometheus", "resources": {"requests": {"cpu": "2"}}},
                          {"name": "proxy", "image": "proxy:1", "resources": {"requests": {"cpu": "100m"}}}],
           "thanos": {"image": "quay.io/thanos/thanos:v0.39.2", "resources": {"requests": {"cpu": "50m"}}})")));
    EXPECT_TRUE(objects.errors().empty()) << listed(objects.errors());
    const PodTemplate& pod = objects.pod("StatefulSet/monitoring/prometheus-k8s");
    ASSERT_EQ(pod.containers.size(), 4U);
    EXPECT_NE(container_of(pod, "thanos-sidecar"), nullptr);
    EXPECT_EQ(pod.requests.cpu_milli, 2000 + 100 + 50 + 10);
}

TEST(OperatedWorkloads, AnAlertmanagerHasMemoryByDefault) {
    const ReadObjects objects(manifests(prometheus(R"("replicas": 3)", "Alertmanager")));
    EXPECT_EQ(objects.workload("StatefulSet/monitoring/alertmanager-k8s").replicas, 3);
    const PodTemplate& pod = objects.pod("StatefulSet/monitoring/alertmanager-k8s");
    EXPECT_EQ(pod.requests.memory_bytes, (200 + 50) * mebibyte);
    EXPECT_EQ(pod.termination_grace, sim::Duration::seconds(120));
    EXPECT_TRUE(has_label(pod, "alertmanager", "k8s"));
}

TEST(OperatedWorkloads, WithoutAnOperatorItIsMadeWithAWord) {
    const ReadObjects objects(manifests(prometheus("")));
    EXPECT_TRUE(objects.has_complaint(objects.warnings(), Rule::no_prometheus_operator, "/manifests/0"));
    EXPECT_NE(objects.find("StatefulSet/monitoring/prometheus-k8s"), nullptr);
}

// Whoever exports all objects of a cluster has both.
TEST(OperatedWorkloads, AStatefulSetThatIsThereCounts) {
    const ReadObjects objects(manifests(
        prometheus(R"("replicas": 1)") +
        R"(,{"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "prometheus-k8s", "namespace": "monitoring"},
            "spec": {"replicas": 5, "selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}},
            "spec": {"containers": [{"name": "prometheus", "image": "p:1"}]}}}})"));
    EXPECT_EQ(objects.workload("StatefulSet/monitoring/prometheus-k8s").replicas, 5);
    EXPECT_EQ(objects.titles().size(), 1U);
    const auto& assumptions = objects.builder().assumptions;
    const auto found = std::ranges::find(assumptions, "StatefulSet/monitoring/prometheus-k8s", &Assumption::what);
    ASSERT_NE(found, assumptions.end());
    EXPECT_EQ(found->value, "as the manifests have it");
}

// The second shard of one object has the name of the other's only one.
TEST(OperatedWorkloads, OfTwoThatMakeOneNameTheFirstCounts) {
    const ReadObjects objects(manifests(
        prometheus(R"("replicas": 1, "shards": 2)") +
        R"(,{"apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus", "metadata": {"name": "k8s-shard-1",
            "namespace": "monitoring"}, "spec": {"replicas": 5}})"));
    EXPECT_EQ(objects.workload("StatefulSet/monitoring/prometheus-k8s-shard-1").replicas, 1);
    EXPECT_TRUE(objects.has_complaint(objects.warnings(), Rule::object_replaced, "/manifests/1"))
        << listed(objects.warnings());
}

TEST(OperatedWorkloads, APausedObjectIsMadeWithAWord) {
    const ReadObjects objects(manifests(prometheus(R"("paused": true)")));
    EXPECT_TRUE(objects.has_complaint(objects.warnings(), Rule::unused_setting, "/manifests/0/spec/paused"))
        << listed(objects.warnings());
    const ReadObjects active(manifests(prometheus(R"("paused": false)")));
    EXPECT_FALSE(active.has_complaint(active.warnings(), Rule::unused_setting, "/manifests/0/spec/paused"));
}

TEST(OperatedWorkloads, AllContainersArePulledAsTheObjectSays) {
    const ReadObjects objects(manifests(prometheus(R"("imagePullPolicy": "Always", "image": "p:1", "thanos": {})")));
    const PodTemplate& pod = objects.pod("StatefulSet/monitoring/prometheus-k8s");
    ASSERT_EQ(pod.containers.size(), 3U);
    for (const auto* containers : {&pod.containers, &pod.init_containers}) {
        for (const ContainerSpec& one : *containers) EXPECT_EQ(one.pull_policy, PullPolicy::always) << one.name;
    }
}

TEST(OperatedWorkloads, TheOperatorsFlagsNameTheImages) {
    std::string with_flags(prometheus_operator);
    const std::string flag = "\"--kubelet-service=kube-system/kubelet\"";
    with_flags.replace(with_flags.find(flag), flag.size(),
                       R"("--prometheus-default-base-image=mirror/prom", "--thanos-default-base-image=mirror/thanos",
                          "--alertmanager-default-base-image=mirror/am")");
    const ReadObjects objects(manifests(with_flags + "," + prometheus(R"("version": "v3.1.0", "thanos": {})") + "," +
                                        prometheus(R"("version": "0.28.0")", "Alertmanager")));
    const auto image_of = [&](std::string_view title, std::string_view name) {
        const ContainerSpec* container = container_of(objects.pod(title), name);
        return container != nullptr ? objects.spec().images[container->image.value].name : std::string{};
    };
    EXPECT_EQ(image_of("StatefulSet/monitoring/prometheus-k8s", "prometheus"), "mirror/prom:v3.1.0");
    EXPECT_TRUE(image_of("StatefulSet/monitoring/prometheus-k8s", "thanos-sidecar").starts_with("mirror/thanos:v"));
    EXPECT_EQ(image_of("StatefulSet/monitoring/alertmanager-k8s", "alertmanager"), "mirror/am:v0.28.0");
}

// What the field hostNetwork says of itself.
TEST(OperatedWorkloads, OnTheHostsNetworkItAsksTheClustersDns) {
    const auto policy_of = [](const std::string& spec) {
        const ReadObjects objects(manifests(prometheus(spec)));
        const WorkloadIx workload =
            objects.builder().workloads_matching("StatefulSet/monitoring/prometheus-k8s").front();
        const JsonValue* at = &objects.builder().object_of(workload).value();
        for (const std::string_view key : {"spec", "template", "spec", "dnsPolicy"}) {
            if (at != nullptr) at = at->find(key);
        }
        return at != nullptr ? at->text : std::string{};
    };
    EXPECT_EQ(policy_of(R"("hostNetwork": true)"), "ClusterFirstWithHostNet");
    EXPECT_EQ(policy_of(R"("hostNetwork": true, "dnsPolicy": "Default")"), "Default");
    EXPECT_EQ(policy_of(""), "");
}

TEST(OperatedWorkloads, MistakesAreFoundInTheObject) {
    const ReadObjects objects(manifests(prometheus(R"("replicas": 2, "resources": {"requests": {"cpu": "much"}})")));
    EXPECT_TRUE(objects.has_complaint(objects.errors(), Rule::bad_quantity, "/manifests/0/spec/resources/requests/cpu"))
        << listed(objects.errors());
    const ReadObjects named(
        R"({"manifests": [{"apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus", "metadata": {"name": "K8s"},
            "spec": {}}]})");
    EXPECT_TRUE(named.has_complaint(named.errors(), Rule::bad_name, "/manifests/0/metadata/name"));
}

}  // namespace
}  // namespace eks
