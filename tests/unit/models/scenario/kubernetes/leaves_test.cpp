// Every leaf of an object is either used, and then the Spec depends on it, or listed as ignored.
#include "tests/unit/models/scenario/kubernetes/leaf_mutation.hpp"
#include "tests/unit/models/scenario/kubernetes/object_fixture.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace {

// An object of each kind that is read, with a value in nearly every field that could be.
constexpr std::string_view many_fields = R"json({"manifests": [
 {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"team": "a"}}},
 {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}, "value": 1000, "globalDefault": false,
  "preemptionPolicy": "Never", "description": "for the shop"},
 {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "limits", "namespace": "shop"}, "spec": {"limits": [
  {"type": "Container", "default": {"memory": "1Gi"}, "defaultRequest": {"cpu": "100m"}}, {"type": "PersistentVolumeClaim", "max": {"storage": "8Gi"}}]}},
 {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}}, "spec": {
  "replicas": 10, "minReadySeconds": 3, "revisionHistoryLimit": 2, "progressDeadlineSeconds": 60,
  "selector": {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": "In", "values": ["front", "back"]}]},
  "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "20%", "maxUnavailable": 2}},
  "template": {"metadata": {"labels": {"app": "web", "tier": "front"}, "annotations": {"a": "b"}}, "spec": {
   "priorityClassName": "high", "terminationGracePeriodSeconds": 5, "restartPolicy": "Always", "hostNetwork": true, "dnsPolicy": "ClusterFirst",
   "nodeSelector": {"disk": "ssd"}, "serviceAccountName": "web",
   "affinity": {"nodeAffinity": {
     "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [
       {"key": "size", "operator": "Gt", "values": ["4"]}, {"key": "arch", "operator": "Exists"}]}]},
     "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 10, "preference": {"matchExpressions": [
       {"key": "zone", "operator": "NotIn", "values": ["a", "b"]}]}}]},
    "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": {"topologyKey": "x"}}]}},
   "tolerations": [{"key": "team", "operator": "Equal", "value": "a", "effect": "NoExecute", "tolerationSeconds": 60}, {"operator": "Exists", "effect": "NoSchedule"}],
   "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}],
   "volumes": [{"name": "data", "emptyDir": {"sizeLimit": "1Gi"}}],
   "initContainers": [
    {"name": "migrate", "image": "migrate:1", "command": ["run"], "resources": {"requests": {"cpu": "1", "memory": "64Mi"}, "limits": {"cpu": "2", "memory": "128Mi"}}},
    {"name": "proxy", "image": "proxy:2", "restartPolicy": "Always", "readinessProbe": {"periodSeconds": 3, "tcpSocket": {"port": 15021}}}],
   "containers": [
    {"name": "web", "image": "web:3", "imagePullPolicy": "Always", "ports": [{"containerPort": 80, "protocol": "TCP"}],
     "env": [{"name": "A", "value": "1"}],
     "resources": {"requests": {"cpu": "250m", "memory": "64Mi", "ephemeral-storage": "1Gi"}, "limits": {"memory": "128Mi", "nvidia.com/gpu": 1}},
     "readinessProbe": {"initialDelaySeconds": 4, "periodSeconds": 7, "successThreshold": 2, "failureThreshold": 5, "httpGet": {"path": "/", "port": 80}}},
    {"name": "log", "image": "log@sha256:aa", "imagePullPolicy": "IfNotPresent"}]}}}},
 {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db", "namespace": "shop"}, "spec": {
  "replicas": 3, "serviceName": "db", "podManagementPolicy": "Parallel", "minReadySeconds": 1, "selector": {"matchLabels": {"app": "db"}},
  "template": {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "db", "image": "db"}]}},
  "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"resources": {"requests": {"storage": "1Gi"}}}}]}},
 {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent", "namespace": "shop"}, "spec": {
  "updateStrategy": {"rollingUpdate": {"maxUnavailable": 1}}, "selector": {"matchLabels": {"app": "agent"}},
  "template": {"metadata": {"labels": {"app": "agent"}}, "spec": {"containers": [{"name": "agent", "image": "agent:1"}]}}}},
 {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "agent", "namespace": "shop"}, "spec": {"selector": {"app": "agent"}, "ports": [{"port": 80}]}},
 {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"selector": {"app": "web"}, "type": "ClusterIP"}},
 {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once", "namespace": "shop"}, "spec": {
  "parallelism": 2, "completions": 5, "backoffLimit": 3, "activeDeadlineSeconds": 600, "ttlSecondsAfterFinished": 60, "suspend": false, "completionMode": "NonIndexed",
  "template": {"spec": {"restartPolicy": "Never", "activeDeadlineSeconds": 300, "containers": [{"name": "once", "image": "once:1"}]}}}},
 {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "hourly"}, "spec": {
  "schedule": "5 * * * *", "timeZone": "Europe/London", "concurrencyPolicy": "Forbid", "suspend": false, "startingDeadlineSeconds": 100,
  "successfulJobsHistoryLimit": 2, "failedJobsHistoryLimit": 4,
  "jobTemplate": {"metadata": {"labels": {"x": "y"}}, "spec": {"template": {"spec": {"restartPolicy": "OnFailure", "containers": [{"name": "c", "image": "c:1"}]}}}}}},
 {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "lonely", "labels": {"a": "b"}}, "spec": {"restartPolicy": "Never", "nodeName": "n", "containers": [{"name": "c", "image": "c:1"}]}},
 {"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "old"}, "spec": {"replicas": 2, "selector": {"app": "old"},
  "template": {"metadata": {"labels": {"app": "old"}}, "spec": {"containers": [{"name": "c", "image": "c:1"}]}}}},
 {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"}, "spec": {"minAvailable": 1}},
 {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "b"}}],
 "timeZones": {"Europe/London": {"first_offset": 0, "transitions": []}}})json";

TEST(ObjectLeaves, UsedAndIgnoredTogetherAreAll) {
    const object_fixture::ReadObjects objects(many_fields);
    ASSERT_TRUE(objects.errors().empty()) << object_fixture::listed(objects.errors());
    const leaf_mutation::Tally tally = leaf_mutation::tally(objects);
    EXPECT_EQ(tally.used + tally.ignored, tally.all);
    EXPECT_GT(tally.used, 100);
    EXPECT_GT(tally.ignored, 20);
}

TEST(ObjectLeaves, ChangingAUsedLeafChangesTheSpec) {
    const object_fixture::ReadObjects objects(many_fields);
    EXPECT_EQ(leaf_mutation::used_leaves_without_effect(objects, 34), "");
}

TEST(ObjectLeaves, ChangingAnIgnoredLeafChangesNothing) {
    const object_fixture::ReadObjects objects(many_fields);
    EXPECT_EQ(leaf_mutation::ignored_leaves_with_effect(objects, 34), "");
}

TEST(ObjectLeaves, HoldsForTheProfileOf2018Too) {
    const object_fixture::ReadObjects objects(many_fields, 10);
    const leaf_mutation::Tally tally = leaf_mutation::tally(objects);
    EXPECT_EQ(tally.used + tally.ignored, tally.all);
    EXPECT_EQ(leaf_mutation::used_leaves_without_effect(objects, 10), "");
    EXPECT_EQ(leaf_mutation::ignored_leaves_with_effect(objects, 10), "");
    EXPECT_TRUE(objects.is_ignored("PriorityClass/high value"));              // X-1
    EXPECT_TRUE(objects.is_ignored("CronJob/default/hourly spec.timeZone"));  // X-8
}

}  // namespace
