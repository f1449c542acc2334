#include "models/report/decisions/proportional.hpp"

#include "models/quantities.hpp"
#include "models/report/decisions/arguments.hpp"
#include "models/systems/autoscaling/proportional.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace eks {

namespace {

using decisions::Json;
using decisions::required;

// CPA-4. A member that is null counts as absent.
struct BadConfig {};

bool is_said(const Json& map, const char* key) { return map.contains(key) && !map[key].is_null(); }

double number_or_zero(const Json& law, const char* key) {
    if (!is_said(law, key)) return 0;
    if (!law[key].is_number()) throw BadConfig{};
    return law[key].get<double>();
}

std::int64_t integer_or_zero(const Json& law, const char* key) {
    if (!is_said(law, key)) return 0;
    if (!law[key].is_number_integer()) throw BadConfig{};
    return law[key].get<std::int64_t>();
}

bool flag(const Json& law, const char* key) {
    if (!is_said(law, key)) return false;
    if (!law[key].is_boolean()) throw BadConfig{};
    return law[key].get<bool>();
}

void read_linear(const Json& law, ProportionalScaler& scaler) {
    LinearScaling& linear = scaler.linear;
    linear.cores_per_replica = number_or_zero(law, "coresPerReplica");
    linear.nodes_per_replica = number_or_zero(law, "nodesPerReplica");
    linear.least = integer_or_zero(law, "min");
    linear.most = integer_or_zero(law, "max");
    linear.prevents_single_point_of_failure = flag(law, "preventSinglePointFailure");
    const bool is_negative = linear.cores_per_replica < 0 || linear.nodes_per_replica < 0 || linear.least < 0;
    if (is_negative || (linear.cores_per_replica == 0 && linear.nodes_per_replica == 0)) throw BadConfig{};
    if (linear.least == 0) linear.least = 1;
    if (linear.most != 0 && linear.most < linear.least) throw BadConfig{};
}

std::vector<LadderStep> steps_of(const Json& law, const char* key) {
    std::vector<LadderStep> steps;
    if (!is_said(law, key)) return steps;
    if (!law[key].is_array()) throw BadConfig{};
    for (const Json& pair : law[key]) {
        if (!pair.is_array() || pair.size() != 2) throw BadConfig{};
        for (const Json& number : pair)
            if (!number.is_number_integer() || number.get<std::int64_t>() < 0) throw BadConfig{};
        steps.push_back({pair[0].get<std::int64_t>(), pair[1].get<std::int64_t>()});
    }
    std::ranges::stable_sort(steps, {}, &LadderStep::threshold);
    return steps;
}

ProportionalScaler scaler_of(const Json& config) {
    if (!config.is_object() || config.size() != 1) throw BadConfig{};
    const std::string mode = config.begin().key();
    if ((mode != "linear" && mode != "ladder") || !config.begin()->is_string()) throw BadConfig{};
    const Json law = Json::parse(config.begin()->get<std::string>(), nullptr, false);
    if (!law.is_object()) throw BadConfig{};
    ProportionalScaler scaler;
    scaler.is_ladder = mode == "ladder";
    scaler.counts_unschedulable = flag(law, "includeUnschedulableNodes");
    if (scaler.is_ladder) {
        scaler.by_cores = steps_of(law, "coresToReplicas");
        scaler.by_nodes = steps_of(law, "nodesToReplicas");
    } else {
        read_linear(law, scaler);
    }
    return scaler;
}

bool is_ready(const Json& node) {
    if (!node.contains("status") || !is_said(node["status"], "conditions")) return false;
    return std::ranges::any_of(node["status"]["conditions"], [](const Json& condition) {
        return condition.value("type", "") == "Ready" && condition.value("status", "") == "True";
    });
}

// In billionths of a core, so that nothing is rounded before the end.
std::int64_t nanocores_of(const Json& node) {
    if (!node.contains("status") || !is_said(node["status"], "allocatable")) return 0;
    const Json& allocatable = node["status"]["allocatable"];
    if (!is_said(allocatable, "cpu")) return 0;
    const std::string text =
        allocatable["cpu"].is_string() ? allocatable["cpu"].get<std::string>() : allocatable["cpu"].dump();
    return parse_quantity(text, QuantityUnit::nano).value;
}

}  // namespace

nlohmann::ordered_json cpa_replicas_call(const nlohmann::ordered_json& arguments) {
    decisions::refuse_others(arguments, {"config", "cluster"});
    const auto config = required<Json>(arguments, "config");
    const auto cluster = required<Json>(arguments, "cluster");
    try {
        const ProportionalScaler scaler = scaler_of(config);
        const bool counts_all = scaler.counts_unschedulable;
        const ClusterSize size{required<std::int64_t>(cluster, counts_all ? "total_nodes" : "schedulable_nodes"),
                               required<std::int64_t>(cluster, counts_all ? "total_cores" : "schedulable_cores")};
        return {{"replicas", proportional_replicas(scaler, size)}};
    } catch (const BadConfig&) {
        return {{"error", "bad_config"}};
    }
}

nlohmann::ordered_json cpa_cluster_status_call(const nlohmann::ordered_json& arguments) {
    decisions::refuse_others(arguments, {"nodes"});
    constexpr std::int64_t nano = 1'000'000'000;
    std::int64_t nodes = 0;
    std::int64_t schedulable_nodes = 0;
    std::int64_t nanocores = 0;
    std::int64_t schedulable_nanocores = 0;
    for (const Json& node : required<Json>(arguments, "nodes")) {
        const std::int64_t amount = nanocores_of(node);
        ++nodes;
        nanocores += amount;
        const bool is_cordoned =
            node.contains("spec") && node["spec"].is_object() && node["spec"].value("unschedulable", false);
        if (is_cordoned || !is_ready(node)) continue;
        ++schedulable_nodes;
        schedulable_nanocores += amount;
    }
    return {{"total_nodes", nodes},
            {"schedulable_nodes", schedulable_nodes},
            {"total_cores", (nanocores + nano - 1) / nano},
            {"schedulable_cores", (schedulable_nanocores + nano - 1) / nano}};
}

}  // namespace eks
