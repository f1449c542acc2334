#include "models/scenario/assume.hpp"

#include "models/scenario/identity.hpp"
#include "models/scenario/keys.hpp"
#include "models/scenario/rate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace eks {

namespace {

constexpr std::int64_t queries_per_second_max = 1'000'000;
constexpr std::int64_t control_plane_interfaces_max = 100;
constexpr std::int64_t bytes_per_second_max = std::int64_t{1} << 40;

void read_law(const Reader& section, std::string_view key, sim::Distribution& target, bool* is_said) {
    const auto at = section.member(key);
    if (!at) return;
    const auto law = at->distribution();
    if (!law) return;
    target = *law;
    if (is_said != nullptr) *is_said = true;
}

void read_client(const Reader& section, std::string_view key, ClientLimit& target) {
    const auto at = section.member(key);
    if (!at || !at->expect_map()) return;
    at->refuse_unknown_members(keys::client_limit);
    if (const auto qps = at->integer("qps", 1, queries_per_second_max))
        target.queries_per_second = static_cast<std::int32_t>(*qps);
    if (const auto burst = at->integer("burst", 1, queries_per_second_max))
        target.burst = static_cast<std::int32_t>(*burst);
}

// SCALE-5, AWS-2: what EKS says of its tiers. How it sets the clients of the control plane is not published (CLIENT-4):
// here the scheduler may make a call for each pod that the tier is said to bind in a second.
struct ControlPlaneTier {
    std::int32_t seats;
    std::int32_t pods_per_second;
    MicroUsd per_hour;  // on top of the cluster's fee
};
constexpr std::array<ControlPlaneTier, 4> tiers{
    {{1'700, 167, 1'650'000}, {3'400, 283, 3'400'000}, {6'800, 400, 6'900'000}, {13'600, 400, 13'900'000}}};

void read_tier(const Reader& section, Spec& spec) {
    const auto at = section.member("controlPlaneTier");
    const auto word = at ? at->one_of({"standard", "XL", "2XL", "4XL", "8XL"}) : std::nullopt;
    if (!word || *word == 0) return;
    const ControlPlaneTier& tier = tiers[*word - 1];
    spec.latencies.api_seats = tier.seats;
    spec.latencies.scheduler = {tier.pods_per_second, 2 * tier.pods_per_second};
    spec.control_plane_per_hour_micro_usd += tier.per_hour;
}

void read_rate(const Reader& section, std::string_view key, std::int64_t& target) {
    const auto at = section.member(key);
    if (!at) return;
    const auto rate = at->quantity(QuantityUnit::whole);
    if (!rate) return;
    if (*rate < 1 || *rate > bytes_per_second_max) {
        at->complain(Rule::out_of_range,
                     fmt::format("{} must be between 1 and {} bytes per second", at->title(), bytes_per_second_max));
        return;
    }
    target = *rate;
}

struct NamedDuration {
    std::string_view key;
    sim::Duration Latencies::* field;
};

constexpr std::array durations{
    NamedDuration{"apiWrite", &Latencies::api_write},
    NamedDuration{"watchDelivery", &Latencies::watch_delivery},
    NamedDuration{"schedulingCycle", &Latencies::scheduling_cycle},
    NamedDuration{"sandboxStart", &Latencies::sandbox_start},
    NamedDuration{"containerStart", &Latencies::container_start},
    NamedDuration{"sandboxStop", &Latencies::sandbox_stop},
    NamedDuration{"kubeletRetry", &Latencies::kubelet_retry},
    NamedDuration{"networkNotReadyRetry", &Latencies::network_not_ready_retry},
    NamedDuration{"kubeletTick", &Latencies::kubelet_tick},
    NamedDuration{"imageCheck", &Latencies::image_check},
    NamedDuration{"pullLatency", &Latencies::pull_latency},
    NamedDuration{"peerLatency", &Latencies::peer_latency},
    NamedDuration{"registryTimeout", &Latencies::registry_timeout},
    NamedDuration{"nodeRegister", &Latencies::node_register},
    NamedDuration{"nodeReady", &Latencies::node_ready},
    NamedDuration{"nodeInitialise", &Latencies::node_initialise},
    NamedDuration{"instanceImpaired", &Latencies::instance_impaired},
    NamedDuration{"kubeletRestart", &Latencies::kubelet_restart},
    NamedDuration{"nodeShutdown", &Latencies::node_shutdown},
    NamedDuration{"groupReaction", &Latencies::group_reaction},
    NamedDuration{"launchRetry", &Latencies::launch_retry},
    NamedDuration{"policyAgentStart", &Latencies::policy_agent_start},
    NamedDuration{"addressReturn", &Latencies::address_return},
};

// Loops that would never let time pass if their period were zero.
constexpr std::array<std::string_view, 5> periods{"kubeletRetry", "networkNotReadyRetry", "kubeletTick", "launchRetry",
                                                  "kubeletRestart"};

constexpr std::int64_t ec2_attempts_max = 100;
constexpr std::int64_t bucket_max = 1'000'000;

void read_limit(const Reader& at, Ec2Limit& limit) {
    at.refuse_unknown_members(keys::ec2_action);
    if (const auto bucket = at.integer("bucket", 1, bucket_max)) limit.bucket = static_cast<std::int32_t>(*bucket);
    if (const auto rate = at.member("refill")) {
        if (const auto milli = read_rate_milli(*rate)) limit.refill_milli_per_second = *milli;
    }
    if (const auto rate = at.member("otherLoad")) {
        if (const auto milli = read_rate_milli(*rate)) limit.other_load_milli_per_second = *milli;
    }
    read_law(at, "latency", limit.latency, nullptr);
    if (limit.instances == 0) {
        for (const std::string_view key : {"instances", "instancesRefill"}) {
            if (!at.has(key)) continue;
            at.complain_at_key(key, Rule::contradictory_fields,
                               fmt::format("{}: {} goes with RunInstances and TerminateInstances", at.title(), key));
        }
        return;
    }
    if (const auto count = at.integer("instances", 1, bucket_max)) limit.instances = static_cast<std::int32_t>(*count);
    if (const auto rate = at.member("instancesRefill")) {
        if (const auto milli = read_rate_milli(*rate)) limit.instances_refill_milli_per_second = *milli;
    }
}

// One law for a call to EC2, whatever its action; then what is said of single actions (IPAM-400 to IPAM-405).
void read_ec2(const Reader& section, Ec2Settings& ec2) {
    sim::Distribution latency = ec2.limits[0].latency;
    read_law(section, "ec2Call", latency, nullptr);
    for (Ec2Limit& limit : ec2.limits) limit.latency = latency;
    const auto at = section.member("ec2");
    if (!at || !at->expect_map()) return;
    at->refuse_unknown_members(keys::ec2);
    if (const auto interrupts = at->boolean("interruptsSpot")) ec2.interrupts_spot = *interrupts;
    if (const auto quotas = at->member("vcpuQuota"); quotas && quotas->expect_map()) {
        constexpr std::int64_t vcpus_max = 100'000'000;
        quotas->refuse_unknown_members(keys::vcpu_quota);
        ec2.vcpus.on_demand = static_cast<std::int32_t>(quotas->integer("onDemand", 1, vcpus_max).value_or(0));
        ec2.vcpus.spot = static_cast<std::int32_t>(quotas->integer("spot", 1, vcpus_max).value_or(0));
    }
    if (const auto attempts = at->integer("attempts", 1, ec2_attempts_max))
        ec2.attempts = static_cast<std::int32_t>(*attempts);
    for (std::size_t i = 0; i < ec2_action_count; ++i) {
        const auto action = static_cast<Ec2Action>(i);
        if (const auto limit = at->member(text_of(action)); limit && limit->expect_map())
            read_limit(*limit, ec2[action]);
    }
}

void list_ec2_defaults(const std::optional<Reader>& assume, ScenarioBuilder& builder) {
    if (assume && assume->has("ec2")) return;
    builder.assume("assume.ec2", "an account's default buckets and refills, and nobody else who calls",
                   "IPAM-402, IPAM-405");
}

void read_latencies(const Reader& section, Latencies& latencies, CiliumSettings& cilium) {
    for (const NamedDuration& named : durations) {
        const auto at = section.member(named.key);
        if (!at) continue;
        const auto value = at->duration();
        if (!value) continue;
        const bool is_period = std::find(periods.begin(), periods.end(), named.key) != periods.end();
        if (is_period && value->us() == 0) {
            at->complain(Rule::out_of_range, fmt::format("{} must be longer than zero", at->title()));
            continue;
        }
        latencies.*named.field = *value;
    }
    constexpr std::int64_t seats_max = 100'000;
    if (const auto seats = section.integer("apiSeats", 1, seats_max))
        latencies.api_seats = static_cast<std::int32_t>(*seats);
    constexpr std::int64_t terminated_pods_max = 1'000'000;
    if (const auto pods = section.integer("terminatedPods", 1, terminated_pods_max))
        latencies.terminated_pods = static_cast<std::int32_t>(*pods);
    read_client(section, "scheduler", latencies.scheduler);
    read_client(section, "controller", latencies.controller);
    read_client(section, "kubelet", latencies.kubelet);
    read_rate(section, "pullBytesPerSecond", latencies.pull_bytes_per_second);
    read_rate(section, "unpackBytesPerSecond", latencies.unpack_bytes_per_second);
    read_rate(section, "peerBytesPerSecond", latencies.peer_bytes_per_second);
    read_law(section, "eniVisible", latencies.eni_visible, nullptr);
    read_law(section, "nodeLaunch", latencies.node_launch, nullptr);
    read_law(section, "ciliumIdentity", cilium.new_identity, nullptr);
    read_law(section, "ciliumRegeneration", cilium.regeneration, nullptr);
}

// Dollars with up to six decimals, as a number: prices are the one place where the unit is in the key.
std::optional<MicroUsd> read_price(const Reader& at) {
    constexpr double usd_max = 1'000'000.0;
    const auto usd = at.number(0.0, usd_max);
    if (!usd) return std::nullopt;
    return std::llround(*usd * static_cast<double>(micro_usd_per_usd));
}

}  // namespace

std::optional<ImageSize> read_image_size(const Reader& at) {
    if (!at.is_map()) {
        const auto compressed = at.quantity(QuantityUnit::whole);
        if (!compressed) return std::nullopt;
        return ImageSize{*compressed, *compressed * DefaultBehaviour::unpacked_per_compressed};
    }
    at.refuse_unknown_members(keys::image_size);
    const auto compressed_at = at.required("compressed");
    const auto compressed = compressed_at ? compressed_at->quantity(QuantityUnit::whole) : std::nullopt;
    if (!compressed) return std::nullopt;
    ImageSize size{*compressed, *compressed * DefaultBehaviour::unpacked_per_compressed};
    if (const auto unpacked_at = at.member("unpacked")) {
        const auto unpacked = unpacked_at->quantity(QuantityUnit::whole);
        if (!unpacked) return std::nullopt;
        size.unpacked_bytes = *unpacked;
    }
    return size;
}

void read_assume(const std::optional<Reader>& assume, ScenarioBuilder& builder) {
    Spec& spec = builder.spec;
    spec.latencies = default_latencies(spec.kubernetes.is_2018());
    spec.latencies.kubelet = kubelet_client(spec.kubernetes);
    list_ec2_defaults(assume, builder);
    if (!assume || !assume->expect_map()) return;
    assume->refuse_unknown_members(keys::assume);
    read_tier(*assume, spec);
    read_latencies(*assume, spec.latencies, spec.cilium);
    read_ec2(*assume, spec.ec2);
    read_aws_limits(*assume, builder);

    DefaultBehaviour& defaults = builder.defaults;
    read_law(*assume, "ready", defaults.ready, &defaults.ready_is_said);
    read_law(*assume, "runTime", defaults.run_time, &defaults.run_time_is_said);
    read_law(*assume, "initTime", defaults.init_time, &defaults.init_time_is_said);
    read_law(*assume, "stopTime", defaults.stop_time, &defaults.stop_time_is_said);
    if (const auto at = assume->member("imageSize")) {
        if (const auto size = read_image_size(*at)) {
            defaults.image_compressed_bytes = size->compressed_bytes;
            defaults.image_unpacked_bytes = size->unpacked_bytes;
            defaults.image_size_is_said = true;
        }
    }
    if (const auto at = assume->member("systemDisk")) {
        if (const auto bytes = at->quantity(QuantityUnit::whole)) spec.system_disk_bytes = *bytes;
        builder.system_disk_is_said = true;
    }
    if (const auto at = assume->member("systemMemory")) {
        if (const auto bytes = at->quantity(QuantityUnit::whole)) spec.system_memory_bytes = *bytes;
        builder.system_memory_is_said = true;
    }
    if (const auto share = assume->integer("percentageOfNodesToScore", 0, 100)) {
        spec.scheduler.percentage_of_nodes_to_score = static_cast<std::int32_t>(*share);
    }
    if (const auto at = assume->member("tieBreak")) {
        if (const auto word = at->one_of({"first", "random"})) spec.scheduler.breaks_ties_first = *word == 0;
    }
    if (const auto at = assume->member("subnetChoice")) {
        if (const auto word = at->one_of({"random", "lowest"}))
            spec.subnet_choice = *word == 0 ? SubnetChoice::random : SubnetChoice::lowest;
    }
    if (const auto at = assume->member("ciliumEniLink")) {
        if (const auto link = at->duration()) spec.cilium.eni_link = *link;
    }
    constexpr std::int64_t most_queries = 1'000'000'000;
    if (const auto queries = assume->integer("dnsQueriesPerSecond", 1, most_queries)) {
        builder.spec.dns.queries_per_second_of_server = *queries;
        builder.dns_capacity_is_said = true;
    }
    if (const auto at = assume->member("clusterAutoscalerLoop")) {
        if (const auto loop = at->duration()) spec.cluster_autoscaler.loop_time = *loop;
    }
    if (const auto at = assume->member("snatHold")) {
        if (const auto hold = at->duration()) spec.outside.node_hold = *hold;
        builder.snat_hold_is_said = true;
    }
    if (const auto at = assume->member("natGatewayHold")) {
        if (const auto hold = at->duration()) spec.outside.gateway_hold = *hold;
        builder.nat_gateway_hold_is_said = true;
    }
    constexpr std::int64_t most_gateway_addresses = 8;  // Amazon VPC User Guide, "NAT gateway basics"
    if (const auto count = assume->integer("natGatewayAddresses", 1, most_gateway_addresses))
        builder.nat_gateway_addresses = static_cast<std::int32_t>(*count);
    if (const auto at = assume->member("mapOrder")) {
        if (const auto word = at->one_of({"random", "insertion"}))
            spec.map_order = *word == 0 ? MapOrder::random : MapOrder::insertion;
    }
    if (const auto count = assume->integer("controlPlaneInterfaces", 0, control_plane_interfaces_max)) {
        builder.control_plane_enis = *count;
        builder.control_plane_enis_are_said = true;
    }
    if (const auto at = assume->member("controlPlanePricePerHour")) {
        if (const auto price = read_price(*at)) spec.control_plane_per_hour_micro_usd = *price;
    }
    if (const auto at = assume->member("vmMemoryOverhead")) {
        if (const auto share = at->share_ppm()) builder.vm_memory_overhead_ppm = *share;
    }
}

}  // namespace eks
