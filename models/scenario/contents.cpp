#include "models/scenario/contents.hpp"

#include "models/scenario/advice.hpp"
#include "models/scenario/assume.hpp"
#include "models/scenario/behaviour.hpp"
#include "models/scenario/cluster.hpp"
#include "models/scenario/custom_metrics.hpp"
#include "models/scenario/data_paths.hpp"
#include "models/scenario/identity.hpp"
#include "models/scenario/kubernetes/cilium.hpp"
#include "models/scenario/kubernetes/cluster_dns.hpp"
#include "models/scenario/kubernetes/objects.hpp"
#include "models/scenario/nomad.hpp"
#include "models/scenario/prices.hpp"
#include "models/scenario/registries.hpp"
#include "models/scenario/telemetry.hpp"
#include "models/scenario/traffic.hpp"

namespace eks {

namespace {

void list_policy_agent_default(const std::optional<Reader>& assume, ScenarioBuilder& builder) {
    const bool is_said = assume && assume->is_map() && assume->has("policyAgentStart");
    if (is_said || builder.spec.cni_kind != CniKind::vpc_cni || !builder.spec.cni.asks_policy_agent) return;
    builder.assume("assume.policyAgentStart", sim::to_text(builder.spec.latencies.policy_agent_start),
                   "a guess (IPAM-172)");
}

}  // namespace

void read_contents(const Reader& document, std::span<const Reader> changes, ScenarioBuilder& builder) {
    see_whether_data_paths_are_used(document, builder);
    const auto cluster = document.required("cluster");
    bool has_region = false;
    if (cluster && cluster->expect_map()) has_region = read_cluster_metadata(*cluster, builder);
    read_assume(document.member("assume"), builder);
    read_registries(document.member("registries"), builder);
    if (has_region) read_cluster(*cluster, builder);
    if (has_region) read_cluster_identity(*cluster, builder);
    read_callers(document.member("callers"), builder);
    if (has_region) read_orchestrator(*cluster, builder);
    if (const auto zones = document.member("timeZones")) builder.read_time_zones(*zones);
    read_objects(document.member("manifests"), document.member("patches"), builder, changes);
    find_cni_workload(builder);
    finish_registries(document.member("registries"), builder);
    find_cluster_dns(builder);
    if (has_region) turn_into_nomad(*cluster, document.member("assume"), builder);
    list_policy_agent_default(document.member("assume"), builder);
    if (cluster) builder.list_ignored("cluster", cluster->value());
    read_behaviour(document.member("behaviour"), builder);
    read_telemetry(document.member("behaviour"), builder, !changes.empty());
    read_traffic(document.member("traffic"), builder);
    read_prices(document.member("prices"), builder);
    read_advice(document.member("advice"), builder);
    read_custom_metrics(document.member("customMetrics"), builder);
}

}  // namespace eks
