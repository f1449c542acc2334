// A small scenario as text, for tests that change one thing of it and look at what comes out. The change goes through
// LoadOptions::set, which is also how `--set` works.
#pragma once

#include "models/scenario/scenario.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eks::scenario_test {

using Changes = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::string_view small_scenario = R"({
  "apiVersion": "ekssim.dev/v1alpha1",
  "kind": "Scenario",
  "metadata": {"name": "small"},
  "cluster": {
    "metadata": {"name": "shop", "region": "eu-central-1", "version": "1.34"},
    "vpc": {"cidr": "10.0.0.0/16", "subnets": {"private": {
      "eu-central-1a": {"cidr": "10.0.0.0/22", "inUse": 61},
      "eu-central-1b": {"cidr": "10.0.4.0/22"}}}},
    "managedNodeGroups": [{"name": "workers", "instanceType": "m5.xlarge", "minSize": 1, "desiredCapacity": 3, "maxSize": 30, "privateNetworking": true}]
  },
  "manifests": [
    {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
     "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
              "template": {"metadata": {"labels": {"app": "web"}},
                           "spec": {"containers": [{"name": "web", "image": "nginx:1.27", "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}]}}}},
    {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nightly", "namespace": "reports"},
     "spec": {"schedule": "0 2 * * *", "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never",
              "containers": [{"name": "report", "image": "report:1"}]}}}}}}
  ],
  "behaviour": [{"for": "Deployment/shop/web", "ready": "5s"}, {"for": "CronJob/reports/*", "runTime": "40s"}],
  "timeline": [{"at": "30m", "scale": "Deployment/shop/web", "replicas": 6}],
  "expect": [{"name": "starts quickly", "that": "p99(ekssim_pod_start_seconds) < 90s"}],
  "run": {"for": "2h", "warmUp": "10m", "seed": 7}
})";

inline sim::Result<Scenario, Complaints> load(const Changes& changes = {}) {
    LoadOptions options;
    options.set = changes;
    return load_scenario_json(small_scenario, options);
}

// All complaints as one text, to be shown where an expectation fails.
inline std::string listed(const Complaints& complaints) {
    std::string text;
    for (const Complaint& complaint : complaints) text += to_text(complaint) + "\n";
    return text;
}

inline const Complaint* find(const Complaints& complaints, Rule rule) {
    const auto at =
        std::find_if(complaints.begin(), complaints.end(), [&](const Complaint& c) { return c.rule == rule; });
    return at == complaints.end() ? nullptr : &*at;
}

// The assumption about this, or null.
inline const Assumption* assumed(const Scenario& scenario, std::string_view what) {
    const auto at = std::find_if(scenario.assumptions.begin(), scenario.assumptions.end(),
                                 [&](const Assumption& a) { return a.what == what; });
    return at == scenario.assumptions.end() ? nullptr : &*at;
}

inline const Workload* workload(const Scenario& scenario, std::string_view name) {
    for (const Workload& row : scenario.spec->workloads) {
        if (row.name == name) return &row;
    }
    return nullptr;
}

}  // namespace eks::scenario_test
