// Clusters to size in tests: the small scenario with node groups of many instance types, and workloads in a line each.
#pragma once

#include "models/catalog/catalog.hpp"
#include "models/sizing/sizing.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

namespace eks::sizing_test {

// As JSON, with requests such as `{"cpu": "500m", "memory": "1Gi"}` and further fields of the pod such as
// `"nodeSelector":
// {...}` (empty, or with a comma in front).
inline std::string deployment(std::string_view name, int replicas, std::string_view requests,
                              std::string_view pod_fields = "", std::string_view container_fields = "") {
    return fmt::format(
        R"({{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"name":"{0}","namespace":"shop"}},"spec":{{"replicas":{1},
        "selector":{{"matchLabels":{{"app":"{0}"}}}},"template":{{"metadata":{{"labels":{{"app":"{0}"}}}},"spec":{{"containers":[
        {{"name":"{0}","image":"x:1","resources":{{"requests":{2}}}{4}}}]{3}}}}}}}}})",
        name, replicas, requests, pod_fields, container_fields);
}

inline std::string cron_job(std::string_view name, std::string_view schedule, std::string_view requests,
                            std::string_view more = "") {
    return fmt::format(
        R"({{"apiVersion":"batch/v1","kind":"CronJob","metadata":{{"name":"{0}","namespace":"shop"}},"spec":{{"schedule":"{1}"{3},
        "jobTemplate":{{"spec":{{"template":{{"spec":{{"restartPolicy":"Never","containers":[
        {{"name":"{0}","image":"x:1","resources":{{"requests":{2}}}}}]}}}}}}}}}}}})",
        name, schedule, requests, more);
}

inline std::string list_of(const std::vector<std::string>& objects) {
    std::string text = "[";
    for (const std::string& object : objects) text += (text.size() > 1 ? "," : "") + object;
    return text + "]";
}

// Nothing but these objects, without behaviour, timeline and expectations.
inline LoadOptions only(const std::vector<std::string>& objects, const scenario_test::Changes& more = {}) {
    LoadOptions options;
    options.set = {{"manifests", list_of(objects)}, {"behaviour", "[]"}, {"timeline", "[]"}, {"expect", "[]"}};
    options.set.insert(options.set.end(), more.begin(), more.end());
    return options;
}

inline Scenario loaded(const LoadOptions& options) {
    auto scenario = load_scenario_json(scenario_test::small_scenario, options);
    if (!scenario) throw std::runtime_error(scenario_test::listed(scenario.error()));
    return std::move(*scenario);
}

// The same cluster with a node group for each type.
inline Scenario with_groups(LoadOptions options, const std::vector<std::string>& types, bool is_managed) {
    std::string groups;
    for (const std::string& type : types)
        groups += fmt::format(
            "{}{{\"name\":\"{}\",\"instanceType\":\"{}\",\"desiredCapacity\":1,\"privateNetworking\":true}}",
            groups.empty() ? "" : ",", type, type);
    options.set.emplace_back("cluster.managedNodeGroups", is_managed ? "[" + groups + "]" : "[]");
    options.set.emplace_back("cluster.nodeGroups", is_managed ? "[]" : "[" + groups + "]");
    return loaded(options);
}

inline std::vector<std::string> all_complete_types() {
    std::vector<std::string> names;
    for (const InstanceType& type : Catalog::builtin().all())
        if (type.is_complete()) names.push_back(type.name);
    return names;
}

}  // namespace eks::sizing_test
