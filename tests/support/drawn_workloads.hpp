// Kubernetes objects drawn at random, as JSON: workloads of every kind and what stands around them. For
// drawn_scenario.hpp.
#pragma once

#include "libsim/time.hpp"
#include "tests/support/choices.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace eks::testing {

using Json = nlohmann::ordered_json;

struct DrawnWorkload {
    std::string kind;
    std::string name;
    bool ends = false;  // its pods run to completion
    bool has_probe = false;
    std::string title() const { return kind + "/shop/" + name; }
    bool can_scale() const { return kind == "Deployment" || kind == "ReplicaSet" || kind == "StatefulSet"; }
};

class WorkloadDraw {
  public:
    WorkloadDraw(Choices& choose, Json& manifests) : choose_(choose), manifests_(manifests) {}

    std::vector<DrawnWorkload> draw() {
        std::vector<DrawnWorkload> drawn;
        for (int count = choose_.between(1, 6); count > 0; --count)
            drawn.push_back(draw_one("w" + std::to_string(count)));
        return drawn;
    }

  private:
    static std::string text_of(sim::Duration duration) { return sim::to_text(duration); }
    std::string milli(int least, int most) { return std::to_string(choose_.between(least, most)) + "m"; }
    std::string mebi(int least, int most) { return std::to_string(choose_.between(least, most)) + "Mi"; }

    static Json object(const char* version, const char* kind, const std::string& name, Json spec) {
        return {{"apiVersion", version},
                {"kind", kind},
                {"metadata", {{"name", name}, {"namespace", "shop"}, {"labels", {{"app", name}}}}},
                {"spec", std::move(spec)}};
    }

    Json container(const std::string& name) {
        static const std::vector<std::string> images{"example.com/a:1", "example.com/b:1", "redis:7", "ghcr.io/x/y:2"};
        Json made{{"name", name}, {"image", images[static_cast<std::size_t>(choose_.below(4))]}};
        if (choose_.one_in(5)) return made;
        Json requests{{"cpu", milli(1, 600)}, {"memory", mebi(8, 700)}};
        if (choose_.one_in(6)) requests["ephemeral-storage"] = mebi(10, 2000);
        made["resources"]["requests"] = requests;
        if (choose_.one_in(3)) made["resources"]["limits"] = {{"memory", "800Mi"}};
        if (choose_.one_in(6)) made["imagePullPolicy"] = choose_.one_of({"Always", "IfNotPresent", "Never"});
        if (choose_.one_in(6)) made["lifecycle"] = {{"preStop", {{"exec", {{"command", {"sleep", "5"}}}}}}};
        if (choose_.one_in(5))
            made["readinessProbe"] = {{"tcpSocket", {{"port", 80}}}, {"initialDelaySeconds", choose_.between(0, 9)}};
        return made;
    }

    Json affinity(const std::string& name) {
        Json term{{"topologyKey", choose_.one_of({"kubernetes.io/hostname", "topology.kubernetes.io/zone"})},
                  {"labelSelector", {{"matchLabels", {{"app", name}}}}}};
        const char* which = choose_.one_of({"podAffinity", "podAntiAffinity", "podAntiAffinity"});
        if (choose_.one_in(2))
            return {{which, {{"requiredDuringSchedulingIgnoredDuringExecution", Json::array({term})}}}};
        return {{which,
                 {{"preferredDuringSchedulingIgnoredDuringExecution",
                   Json::array({{{"weight", choose_.between(1, 100)}, {"podAffinityTerm", term}}})}}}};
    }

    Json pod_spec(const std::string& name, bool ends) {
        Json spec{{"containers", Json::array({container("main")})}};
        if (choose_.one_in(4)) spec["containers"].push_back(container("side"));
        has_probe_ = choose_.one_in(5);
        if (has_probe_)
            spec["containers"][0]["livenessProbe"] = {{"httpGet", {{"path", "/"}, {"port", 80}}}, {"periodSeconds", 5}};
        if (choose_.one_in(5)) {
            spec["initContainers"] = Json::array({container("init")});
            if (choose_.one_in(3)) spec["initContainers"][0]["restartPolicy"] = "Always";
        }
        if (ends) spec["restartPolicy"] = choose_.one_of({"Never", "OnFailure"});
        if (choose_.one_in(4)) spec["nodeSelector"] = {{"pool", choose_.one_of({"a", "b"})}};
        if (choose_.one_in(4)) spec["tolerations"] = Json::array({{{"operator", "Exists"}}});
        if (choose_.one_in(5)) spec["priorityClassName"] = choose_.one_of({"high", "low", "system-cluster-critical"});
        if (choose_.one_in(8)) spec["hostNetwork"] = true;
        if (choose_.one_in(5)) spec["terminationGracePeriodSeconds"] = choose_.between(0, 60);
        if (choose_.one_in(5)) spec["affinity"] = affinity(name);
        if (choose_.one_in(4)) {
            spec["topologySpreadConstraints"] = Json::array(
                {{{"maxSkew", choose_.between(1, 2)},
                  {"topologyKey", choose_.one_of({"kubernetes.io/hostname", "topology.kubernetes.io/zone"})},
                  {"whenUnsatisfiable", choose_.one_of({"DoNotSchedule", "ScheduleAnyway"})},
                  {"labelSelector", {{"matchLabels", {{"app", name}}}}}}});
        }
        if (choose_.one_in(6)) {
            spec["volumes"] = Json::array({{{"name", "scratch"}, {"emptyDir", {{"sizeLimit", "200Mi"}}}}});
            spec["containers"][0]["volumeMounts"] = Json::array({{{"name", "scratch"}, {"mountPath", "/scratch"}}});
        }
        return spec;
    }

    Json pod_template(const std::string& name, bool ends) {
        Json made{{"metadata", {{"labels", {{"app", name}, {"tier", choose_.one_of({"x", "y"})}}}}},
                  {"spec", pod_spec(name, ends)}};
        if (choose_.one_in(8)) made["metadata"]["annotations"] = {{"karpenter.sh/do-not-disrupt", "true"}};
        if (choose_.one_in(8))
            made["metadata"]["annotations"] = {{"cluster-autoscaler.kubernetes.io/safe-to-evict", "false"}};
        return made;
    }

    Json job_spec(const std::string& name) {
        Json spec{{"parallelism", choose_.between(1, 5)},
                  {"completions", choose_.between(1, 6)},
                  {"template", pod_template(name, true)}};
        if (choose_.one_in(4)) spec.erase("completions");
        if (choose_.one_in(3)) spec["backoffLimit"] = choose_.between(0, 6);
        if (choose_.one_in(3)) spec["activeDeadlineSeconds"] = choose_.between(1, 300);
        if (choose_.one_in(3)) spec["ttlSecondsAfterFinished"] = choose_.between(0, 120);
        if (choose_.one_in(4) && spec.contains("completions")) spec["completionMode"] = "Indexed";
        return spec;
    }

    Json queue_trigger() {
        return {{"type", "aws-sqs-queue"},
                {"metadata",
                 {{"queueURL", "https://sqs.us-east-1.amazonaws.com/123456789012/orders"},
                  {"queueLength", std::to_string(choose_.between(1, 20))},
                  {"awsRegion", "us-east-1"}}}};
    }

    Json cron_spec(const std::string& name) {
        Json spec{{"schedule", choose_.one_of({"* * * * *", "*/2 * * * *", "@every 20s", "7,37 * * * *"})},
                  {"concurrencyPolicy", choose_.one_of({"Allow", "Forbid", "Replace"})},
                  {"jobTemplate", {{"spec", job_spec(name)}}}};
        if (choose_.one_in(3)) spec["startingDeadlineSeconds"] = choose_.between(0, 100);
        if (choose_.one_in(3)) spec["successfulJobsHistoryLimit"] = choose_.between(0, 3);
        if (choose_.one_in(8)) spec["suspend"] = true;
        return spec;
    }

    Json replicated_spec(const std::string& kind, const std::string& name) {
        Json spec{{"replicas", choose_.between(0, 12)},
                  {"selector", {{"matchLabels", {{"app", name}}}}},
                  {"template", pod_template(name, false)}};
        if (kind == "Deployment" && choose_.one_in(3))
            spec["strategy"] = {
                {"rollingUpdate",
                 {{"maxUnavailable", choose_.between(0, 3)}, {"maxSurge", choose_.one_of({"25%", "10%", "100%"})}}}};
        if (kind == "Deployment" && choose_.one_in(8)) spec["strategy"] = {{"type", "Recreate"}};
        if (spec.contains("strategy") && spec["strategy"].contains("rollingUpdate") && choose_.one_in(2))
            spec["strategy"]["rollingUpdate"]["maxSurge"] = 1;
        if (kind != "StatefulSet") return spec;
        spec["serviceName"] = name;
        if (choose_.one_in(2)) spec["podManagementPolicy"] = "Parallel";
        if (choose_.one_in(3)) {
            spec["volumeClaimTemplates"] = Json::array(
                {{{"metadata", {{"name", "data"}}},
                  {"spec",
                   {{"accessModes", {"ReadWriteOnce"}}, {"resources", {{"requests", {{"storage", "10Gi"}}}}}}}}});
        }
        return spec;
    }

    DrawnWorkload draw_one(const std::string& name) {
        const std::string kind = choose_.one_of({"Deployment", "Deployment", "Deployment", "ReplicaSet", "StatefulSet",
                                                 "DaemonSet", "Job", "CronJob", "CronJob", "Pod", "ScaledJob"});
        DrawnWorkload drawn{kind, name, kind == "Job" || kind == "CronJob" || kind == "ScaledJob"};
        if (kind == "Pod") {
            manifests_.push_back(object("v1", "Pod", name, pod_spec(name, choose_.one_in(2))));
            drawn.ends = manifests_.back()["spec"].contains("restartPolicy");
        } else if (kind == "Job") {
            manifests_.push_back(object("batch/v1", "Job", name, job_spec(name)));
        } else if (kind == "CronJob") {
            manifests_.push_back(object("batch/v1", "CronJob", name, cron_spec(name)));
        } else if (kind == "ScaledJob") {
            manifests_.push_back(object("keda.sh/v1alpha1", "ScaledJob", name,
                                        {{"jobTargetRef", job_spec(name)},
                                         {"maxReplicaCount", choose_.between(1, 8)},
                                         {"triggers", Json::array({queue_trigger()})}}));
        } else {
            Json spec = replicated_spec(kind, name);
            if (kind == "DaemonSet") spec.erase("replicas");
            manifests_.push_back(object("apps/v1", kind.c_str(), name, std::move(spec)));
        }
        drawn.has_probe = has_probe_;
        if (drawn.can_scale()) surround(drawn);
        return drawn;
    }

    // Who watches over it, scales it and stands before it.
    void surround(const DrawnWorkload& of) {
        const Json target{{"apiVersion", "apps/v1"}, {"kind", of.kind}, {"name", of.name}};
        const Json labels{{"app", of.name}};
        const Json selector{{"matchLabels", labels}};
        if (choose_.one_in(3)) {
            Json spec{{"selector", selector}};
            spec[choose_.one_of({"minAvailable", "maxUnavailable"})] =
                choose_.one_in(2) ? Json(choose_.between(0, 3)) : Json("50%");
            manifests_.push_back(object("policy/v1", "PodDisruptionBudget", of.name, std::move(spec)));
        }
        if (choose_.one_in(2)) {
            Json spec{{"selector", labels}, {"ports", Json::array({{{"port", 80}}})}};
            if (choose_.one_in(3)) spec["type"] = "LoadBalancer";
            manifests_.push_back(object("v1", "Service", of.name, std::move(spec)));
            services.push_back(of.name);
        }
        switch (choose_.below(6)) {
            case 0:
                manifests_.push_back(
                    object("autoscaling/v2", "HorizontalPodAutoscaler", of.name,
                           {{"scaleTargetRef", target},
                            {"minReplicas", choose_.between(1, 3)},
                            {"maxReplicas", choose_.between(3, 14)},
                            {"metrics",
                             Json::array({{{"type", "Resource"},
                                           {"resource",
                                            {{"name", choose_.one_of({"cpu", "memory"})},
                                             {"target", {{"type", "Utilization"}, {"averageUtilization", 60}}}}}}})}}));
                break;
            case 1:
                manifests_.push_back(object("keda.sh/v1alpha1", "ScaledObject", of.name,
                                            {{"scaleTargetRef", {{"name", of.name}, {"kind", of.kind}}},
                                             {"minReplicaCount", choose_.between(0, 2)},
                                             {"maxReplicaCount", choose_.between(2, 12)},
                                             {"triggers", Json::array({queue_trigger()})}}));
                break;
            case 2:
                manifests_.push_back(
                    object("autoscaling.k8s.io/v1", "VerticalPodAutoscaler", of.name,
                           {{"targetRef", target},
                            {"updatePolicy",
                             {{"updateMode", choose_.one_of({"Off", "Initial", "Recreate", "InPlaceOrRecreate"})}}}}));
                break;
            default: break;
        }
    }

    Choices& choose_;
    Json& manifests_;
    bool has_probe_ = false;  // of the last pod drawn

  public:
    std::vector<std::string> services;  // in the namespace shop
};

}  // namespace eks::testing
