// The small scenario with a Service, traffic that says its connections, and manifests of a test's own beside them.
#pragma once

#include "tests/unit/models/scenario/scenario_text.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace eks::data_path_test {

using scenario_test::Changes;

inline constexpr std::string_view own_manifests = R"(
  {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"},
   "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}, {"port": 443}]}},
  {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
   "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx:1"}]}}}},
  {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "cart", "namespace": "shop"},
   "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "cart"}},
            "template": {"metadata": {"labels": {"app": "cart"}}, "spec": {"containers": [{"name": "cart", "image": "cart:1"}]}}}})";

// `more` are further manifests, with commas between them. Changes of whole sections are written into the document, so
// that complaints have pointers; others are laid over it.
inline sim::Result<Scenario, Complaints> load(const std::string& more = {}, const Changes& changes = {}) {
    std::string data_path = "null";
    std::string behaviour = "[]";
    std::string timeline = "[]";
    std::string traffic = R"([{"to": "Service/shop/web", "rate": "100/s", "connections": "short"}])";
    LoadOptions options;
    for (const auto& [path, value] : changes) {
        std::string* const section = path == "cluster.dataPath" ? &data_path
                                     : path == "behaviour"      ? &behaviour
                                     : path == "timeline"       ? &timeline
                                     : path == "traffic"        ? &traffic
                                                                : nullptr;
        if (section != nullptr)
            *section = value;
        else
            options.set.emplace_back(path, value);
    }
    const std::string document = R"({"apiVersion": "ekssim.dev/v1alpha1", "kind": "Scenario", "cluster": {
        "metadata": {"name": "shop", "region": "eu-central-1", "version": "1.34"},
        "vpc": {"cidr": "10.0.0.0/16", "subnets": {"private": {
          "eu-central-1a": {"cidr": "10.0.0.0/22"}, "eu-central-1b": {"cidr": "10.0.4.0/22"}}}},
        "managedNodeGroups": [{"name": "workers", "instanceType": "m5.xlarge", "desiredCapacity": 3, "maxSize": 30, "privateNetworking": true}],
        "dataPath": )" + data_path +
                                 R"(},
      "manifests": [)" + std::string(own_manifests) +
                                 (more.empty() ? "" : ", ") + more + R"(],
      "behaviour": )" + behaviour +
                                 R"(, "timeline": )" + timeline + R"(, "traffic": )" + traffic + R"(,
      "run": {"for": "2h"}})";
    return load_scenario_json(document, options);
}

inline const TrafficClass& first_class(const Scenario& scenario) { return scenario.spec->traffic.classes.at(0); }

inline bool warns(const Scenario& scenario, Rule rule) {
    return std::ranges::any_of(scenario.warnings, [&](const Complaint& warning) { return warning.rule == rule; });
}

inline bool is_ignored(const Scenario& scenario, std::string_view path) {
    return std::ranges::any_of(scenario.ignored, [&](const IgnoredPath& each) { return each.path == path; });
}

inline bool is_complained_of(const Complaints& complaints, Rule rule, std::string_view pointer) {
    return std::ranges::any_of(complaints,
                               [&](const Complaint& each) { return each.rule == rule && each.pointer == pointer; });
}

}  // namespace eks::data_path_test
