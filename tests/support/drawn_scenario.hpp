// Whole scenarios drawn at random as documents, so that what a user can write is reachable: clusters, both CNIs,
// autoscalers, workloads of every kind and a timeline with every fault that the scenario file knows. They are small: a
// run of one takes a moment.
//
//     const Json document = draw_scenario(seed);
//     const auto scenario = load_scenario_json(document.dump());
//
// Not every drawing is accepted (a fault may speak of what this cluster has not); a test counts that most are.
#pragma once

#include "models/spec/fault_texts.hpp"
#include "tests/support/drawn_cluster.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace eks::testing {

class ScenarioDraw {
  public:
    explicit ScenarioDraw(std::uint64_t seed) : choose_(seed), seed_(seed) {}

    Json draw() {
        document_ = {{"apiVersion", "ekssim.dev/v1alpha1"},
                     {"kind", "Scenario"},
                     {"metadata", {{"name", "drawn-" + std::to_string(seed_)}}},
                     {"cluster", Json::object()},
                     {"manifests", Json::array()},
                     {"patches", Json::array()},
                     {"timeline", Json::array()}};
        cluster_ = ClusterDraw(choose_, document_).draw();
        draw_classes();
        WorkloadDraw workloads(choose_, document_["manifests"]);
        workloads_ = workloads.draw();
        services_ = workloads.services;
        draw_traffic();
        draw_behaviour();
        draw_registries();
        draw_assumptions();
        for (int entries = choose_.between(1, 6); entries > 0; --entries) draw_entry();
        document_["run"] = {{"for", time(900, 2'400)},
                            {"start", "2026-11-02T08:00:00Z"},
                            {"seed", choose_.between(1, 1'000)},
                            {"opening", choose_.one_of({"settled", "settled", "empty"})}};
        return document_;
    }

  private:
    std::string time(int least, int most) { return sim::to_text(choose_.seconds(least, most)); }
    template <class T>
    const T& any(const std::vector<T>& of) {
        return of[static_cast<std::size_t>(choose_.below(static_cast<std::int64_t>(of.size())))];
    }
    Json law(int least, int most) {
        if (choose_.one_in(3)) return {{"exponential", {{"mean", time(least + 1, most)}}}};
        return time(least, most);
    }
    std::string percent() { return std::to_string(choose_.between(1, 100)) + "%"; }

    void draw_classes() {
        for (const auto& [name, value] : {std::pair{"high", 1000}, std::pair{"low", -10}})
            document_["manifests"].push_back({{"apiVersion", "scheduling.k8s.io/v1"},
                                              {"kind", "PriorityClass"},
                                              {"metadata", {{"name", name}}},
                                              {"value", value}});
        if (!choose_.one_in(6)) return;
        document_["manifests"].push_back({{"apiVersion", "v1"},
                                          {"kind", "ResourceQuota"},
                                          {"metadata", {{"name", "quota"}, {"namespace", "shop"}}},
                                          {"spec", {{"hard", {{"pods", choose_.between(3, 30)}}}}}});
    }

    // What is asked uses as much as it is asked for.
    bool is_asked(const DrawnWorkload& workload) const {
        const std::string& asked = document_["traffic"].back()["to"].get_ref<const std::string&>();
        return asked.ends_with("/" + workload.name);
    }

    void draw_behaviour() {
        for (const DrawnWorkload& workload : workloads_) {
            Json entry{{"for", workload.title()}};
            if (workload.ends) {
                entry["runTime"] = law(1, 200);
                if (choose_.one_in(4)) entry["failureRate"] = percent();
            } else {
                entry["ready"] = law(0, 20);
                if (choose_.one_in(3)) draw_agent(entry);
                if (choose_.one_in(8)) entry["exit"] = {{"after", law(20, 400)}, {"share", percent()}};
                if (workload.has_probe && choose_.one_in(2))
                    entry["livenessFailure"] = {{"after", law(20, 400)}, {"share", percent()}};
            }
            entry["stopTime"] = law(0, 20);
            if (!is_asked(workload) && choose_.one_in(4))
                entry["usage"] = {{"cpu", "80m"}, {"memory", choose_.one_of({"50Mi", "900Mi"})}};
            if (choose_.one_in(4))
                entry["imageSize"] = {{"compressed", "200Mi"}, {"unpacked", choose_.one_of({"500Mi", "6Gi"})}};
            if (choose_.one_in(5)) entry["logs"] = choose_.one_of({"10Ki/s", "3Mi/s"});
            if (choose_.one_in(5)) entry["disk"] = choose_.one_of({"100Mi", "3Gi"});
            if (choose_.one_in(6))
                entry["dns"] = {{"lookups", "5/s"}, {"names", choose_.one_of({"external", "service"})}};
            if (!workload.ends && choose_.one_in(8)) entry["needsClusterDns"] = true;
            if (choose_.one_in(6))
                entry["outside"] = {{"to", "internet"}, {"connections", "20/s"}, {"hold", time(0, 60)}};
            document_["behaviour"].push_back(std::move(entry));
        }
    }

    // An agent of telemetry that scrapes some of the workloads, itself perhaps.
    void draw_agent(Json& entry) {
        Json& telemetry = entry["telemetry"];
        telemetry = {{"scrapes", choose_.one_of({"all", "own-node", "shared"})},
                     {"targets", {any(workloads_).title()}},
                     {"interval", time(5, 90)}};
        if (choose_.one_in(2)) telemetry["sends"] = std::to_string(choose_.between(1, 400)) + "/s";
        if (choose_.one_in(3)) telemetry["writeAheadLog"] = {{"keeps", time(30, 600)}, {"cut", percent()}};
        has_agent_ = true;
    }

    void draw_traffic() {
        // ScaledJobs and ScaledObjects look at this queue.
        document_["traffic"].push_back({{"to", "Queue/orders"}, {"rate", "0.2/s"}, {"work", time(1, 30)}});
        std::vector<std::string> serving;
        for (const DrawnWorkload& workload : workloads_) {
            if (workload.can_scale()) serving.push_back(workload.title());
        }
        for (const std::string& service : services_) serving.push_back("Service/shop/" + service);
        if (serving.empty() || choose_.one_in(3)) return;
        Json entry{{"to", any(serving)},
                   {"rate", {{"steps", {{"0s", "20/s"}, {"8m", std::to_string(choose_.between(0, 300)) + "/s"}}}}},
                   {"request", {{"cpu", "5ms"}, {"memory", "1Mi"}}}};
        if (choose_.one_in(2)) entry["connections"] = choose_.one_of({"keep-alive", "short"});
        document_["traffic"].push_back(std::move(entry));
    }

    void draw_registries() {
        document_["registries"].push_back({{"host", "example.com"}, {"bandwidth", "60M/s"}, {"latency", time(0, 2)}});
        if (choose_.one_in(3))
            document_["registries"].push_back({{"host", "docker.io"}, {"pullLimit", {{"pulls", 5}, {"per", "10m"}}}});
    }

    void draw_assumptions() {
        Json assume = Json::object();
        if (choose_.one_in(4)) assume["tieBreak"] = "first";
        if (choose_.one_in(4)) assume["subnetChoice"] = "lowest";
        if (choose_.one_in(4)) assume["instanceImpaired"] = time(10, 600);
        if (choose_.one_in(4)) assume["nodeLaunch"] = law(5, 60);
        if (choose_.one_in(6)) assume["terminatedPods"] = choose_.between(1, 20);
        if (choose_.one_in(8)) assume["ec2"] = {{"vcpuQuota", {{"onDemand", choose_.between(8, 40)}}}};
        if (!assume.empty()) document_["assume"] = std::move(assume);
    }

    void draw_entry() {
        Json entry{{"at", time(0, 1'500)}};
        const DrawnWorkload& workload = any(workloads_);
        switch (choose_.below(8)) {
            case 0:
                if (!workload.can_scale()) return;
                entry["scale"] = workload.title();
                entry["replicas"] = choose_.between(0, 20);
                if (choose_.one_in(2)) entry["for"] = time(1, 900);
                break;
            case 1: entry[choose_.one_of({"delete", "delete", "create"})] = workload.title(); break;
            case 2: draw_change(entry, workload); break;
            case 3:
                entry["upgrade"] = "NodeGroup/" + cluster_.groups.front();
                if (choose_.one_in(3)) entry["force"] = true;
                break;
            default: draw_fault(entry);
        }
        if (entry.size() > 1) document_["timeline"].push_back(std::move(entry));
    }

    void draw_change(Json& entry, const DrawnWorkload& workload) {
        entry["apply"] = workload.title();
        if (choose_.one_in(4)) entry["for"] = time(1, 900);
        const std::int64_t which = choose_.below(3);
        if (which == 0 && workload.kind != "Pod" && workload.kind != "Job") {
            entry["image"] = {{"main", "example.com/b:2"}};
        } else if (which == 1 && workload.can_scale()) {
            entry["replicas"] = choose_.between(0, 15);
        } else if (cluster_.runs_nomad) {
            entry.erase("apply");
            entry["name"] = "nothing";
        } else {
            entry["apply"] = "DaemonSet/kube-system/aws-node";
            entry["env"] = {{"WARM_IP_TARGET", std::to_string(choose_.between(0, 6))}};
        }
    }

    void draw_fault(Json& entry) {
        const std::string_view fault = fault_names[static_cast<std::size_t>(choose_.below(fault_kind_count))];
        if (!cluster_.has_spot && fault.starts_with("spot-")) return;
        if (!gives_ciliums_addresses() && fault == "cilium-leader-lost") return;
        if (!has_agent_ && fault == "telemetry-backend-outage") return;
        entry["fault"] = fault;
        entry["for"] = time(1, 700);
        if (choose_.one_in(6)) {
            entry.erase("at");
            entry["every"] = time(60, 600);
            entry["for"] = time(1, 50);
        }
        if (fault == "imds-stale") entry["age"] = time(0, 600);
        if (fault == "container-crash") draw_crash(entry);
        if (fault == "aws-throttling") {
            entry["service"] = choose_.one_of({"sts", "eks-auth", "secretsmanager", "ssm", "route53"});
            entry["load"] = std::to_string(choose_.between(1, 2'000)) + "/s";
        }
        if (fault == "ec2-throttling") entry["load"] = std::to_string(choose_.between(1, 30)) + "/s";
        if (fault == "api-server-slow") entry["factor"] = choose_.between(2, 400);
        if (fault == "pod-interface-failure" && choose_.one_in(2)) entry["share"] = percent();
        if (fault == "subnet-addresses-taken") {
            entry["subnet"] = any(cluster_.subnets);
            entry["addresses"] = choose_.between(1, 60);
        }
        if (fault == "image-registry-slow") {
            entry["registry"] = "example.com";
            if (choose_.one_in(2))
                entry["unreachable"] = true;
            else
                entry["factor"] = choose_.between(2, 50);
        }
        if (fault == "spot-storm" || fault == "spot-interruption") entry["share"] = percent();
        if (fault == "launch-failure") entry["how"] = choose_.one_of({"ended", "never-joins"});
        if (fault == "data-path-migration")
            entry["state"] = choose_.one_of({"rules-left", "rules-flushed", "rules-flushed-and-rebooted",
                                             "replaced-over-live", "agent-without-api", "no-replacement-in-agent"});
        draw_struck(entry, fault);
    }

    void draw_crash(Json& entry) {
        entry["workload"] = any(workloads_).title();
        if (choose_.one_in(2)) entry["count"] = choose_.between(1, 3);
        if (choose_.one_in(2) && !entry.contains("every")) entry.erase("for");
    }

    bool gives_ciliums_addresses() const { return cluster_.cni == DrawnCni::cilium || cluster_.cni == DrawnCni::both; }

    // Which nodes.
    void draw_struck(Json& entry, std::string_view fault) {
        const bool strikes = fault == "node-down" || fault == "runtime-freeze" || fault == "kubelet-restart" ||
                             fault == "data-path-migration";
        const bool has_scope =
            strikes || fault == "imds-unavailable" || fault == "imds-stale" || fault == "eni-attach-failure" ||
            fault == "cni-daemon-down" || fault == "disk-stats-corrupt" || fault == "pod-interface-failure" ||
            fault == "insufficient-capacity" || fault == "launch-failure" || fault == "spot-interruption";
        if (fault == "zone-outage" || (has_scope && choose_.one_in(3))) entry["zone"] = any(cluster_.zones);
        if (has_scope && choose_.one_in(3)) entry["nodeGroup"] = any(cluster_.groups);
        if (!strikes) return;
        if (choose_.one_in(3) && entry.contains("nodeGroup"))
            entry["node"] = choose_.between(0, 2);
        else if (choose_.one_in(2))
            entry["count"] = choose_.between(1, 3);
        else
            entry["share"] = percent();
        if (fault == "node-down" && choose_.one_in(3)) entry["outOfService"] = time(0, 300);
    }

    Choices choose_;
    std::uint64_t seed_;
    Json document_;
    DrawnCluster cluster_;
    std::vector<DrawnWorkload> workloads_;
    std::vector<std::string> services_;
    bool has_agent_ = false;
};

inline Json draw_scenario(std::uint64_t seed) { return ScenarioDraw(seed).draw(); }

}  // namespace eks::testing
