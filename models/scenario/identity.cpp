#include "models/scenario/identity.hpp"

#include "models/scenario/cidr.hpp"
#include "models/scenario/keys.hpp"
#include "models/scenario/kubernetes/pod_identity.hpp"
#include "models/scenario/rate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace eks {

namespace {

struct NamedService {
    std::string_view key;
    AwsService service;
};
constexpr std::array<NamedService, aws_service_count> named_services{{{"sts", AwsService::sts},
                                                                      {"eksAuth", AwsService::eks_auth},
                                                                      {"secretsManager", AwsService::secrets_manager},
                                                                      {"parameterStore", AwsService::parameter_store},
                                                                      {"route53", AwsService::route53},
                                                                      {"loadBalancing", AwsService::load_balancing}}};

void read_aws_limit(const Reader& at, AwsLimit& limit) {
    constexpr std::int64_t bucket_most = 1'000'000;
    at.refuse_unknown_members(keys::aws_limit);
    if (const auto bucket = at.integer("bucket", 1, bucket_most)) limit.bucket = static_cast<std::int32_t>(*bucket);
    if (const auto rate = at.member("refill"))
        limit.refill_milli_per_second = read_rate_milli(*rate).value_or(limit.refill_milli_per_second);
    if (const auto rate = at.member("otherLoad"))
        limit.other_load_milli_per_second = read_rate_milli(*rate).value_or(limit.other_load_milli_per_second);
    if (const auto law = at.member("latency")) limit.latency = law->distribution().value_or(limit.latency);
}

// AWS-114: what the logins of one kind of caller make of calls a second, in millionths. Each call of kubectl makes a
// token, which the API server has checked by STS; credentials of a role come from STS too, for an hour. The API server
// asks once in two minutes about a token that it has seen (kube-apiserver --authentication-token-webhook-cache-ttl, 2m
// by default; EKS does not say what it sets), and a client that keeps its token has it for 14 minutes.
enum class LoginCache : std::uint8_t { none, credentials, token };
struct LoginRates {
    std::int64_t assume_role = 0;
    std::int64_t get_caller_identity = 0;
};
LoginRates rates_of_logins(std::int64_t micro, std::int64_t clients, bool has_role, LoginCache cache) {
    constexpr std::int64_t micro_in_one = 1'000'000;
    constexpr std::int64_t session_seconds = 3600;
    constexpr std::int64_t checked_seconds = 120;
    LoginRates rates;
    const auto once_in = [&](std::int64_t seconds) {
        return std::min(micro, (clients * micro_in_one + seconds - 1) / seconds);
    };
    rates.get_caller_identity = cache == LoginCache::token ? once_in(checked_seconds) : micro;
    if (has_role) rates.assume_role = cache == LoginCache::none ? micro : once_in(session_seconds);
    return rates;
}

void read_caller(const Reader& entry, ScenarioBuilder& builder) {
    constexpr std::int64_t most_clients = 1'000'000;
    if (!entry.expect_map()) return;
    entry.refuse_unknown_members(keys::caller);
    const auto name = entry.required("name");
    const auto rate_at = entry.required("rate");
    const auto text = name ? name->text() : std::nullopt;
    const auto micro = rate_at ? read_rate_micro(*rate_at) : std::nullopt;
    const std::int64_t clients = entry.integer("clients", 1, most_clients).value_or(1);
    const bool has_role = entry.boolean("role").value_or(false);
    LoginCache cache = LoginCache::none;
    if (const auto at = entry.member("cache")) {
        if (const auto word = at->one_of({"none", "credentials", "token"})) cache = static_cast<LoginCache>(*word);
    }
    if (!text || !micro) return;
    const LoginRates rates = rates_of_logins(*micro, clients, has_role, cache);
    std::vector<SteadyCaller>& callers = builder.spec.identity.callers;
    callers.push_back({*text, AwsAction::get_caller_identity, rates.get_caller_identity, WorkloadIx::none()});
    if (has_role) callers.push_back({*text, AwsAction::assume_role, rates.assume_role, WorkloadIx::none()});
}

// The service accounts that eksctl makes with a role, and those that it associates with one.
void read_roles_of_eksctl(const Reader& iam, ScenarioBuilder& builder) {
    for (const Reader& account : iam.items("serviceAccounts")) {
        const auto metadata = account.is_map() ? account.member("metadata") : std::nullopt;
        if (!metadata || !metadata->is_map()) continue;
        const auto name = metadata->text("name");
        if (name) builder.identity.web_identities.insert(metadata->text("namespace").value_or("default") + "/" + *name);
    }
    const auto associations = iam.member("podIdentityAssociations");
    if (!associations || !associations->expect_list()) return;
    builder.identity.associations = associations;
    for (const Reader& association : associations->items()) {
        if (!association.expect_map()) continue;
        const auto namespace_name = association.required("namespace");
        const auto account = association.required("serviceAccountName");
        if (!namespace_name || !account) continue;
        const auto in = namespace_name->text();
        const auto name = account->text();
        if (in && name) builder.identity.pod_identities.insert(*in + "/" + *name);
    }
}

// AWS-6: public without a limit by default, and not private.
void read_endpoint(const Reader& vpc, ScenarioBuilder& builder) {
    constexpr std::size_t most_ranges = 40;  // AWS-10
    Exposure& exposure = builder.spec.identity.exposure;
    if (const auto endpoints = vpc.member("clusterEndpoints"); endpoints && endpoints->expect_map()) {
        exposure.is_said = true;
        exposure.is_public = endpoints->boolean("publicAccess").value_or(true);
        exposure.is_private = endpoints->boolean("privateAccess").value_or(false);
        if (!exposure.is_public && !exposure.is_private)
            endpoints->complain(Rule::contradictory_fields,
                                fmt::format("{} leaves no way to the API server", endpoints->title()),
                                "EKS refuses that: set privateAccess");
    }
    const auto ranges = vpc.member("publicAccessCIDRs");
    if (!ranges || !ranges->expect_list()) return;
    exposure.is_said = true;
    for (const Reader& range : ranges->items()) {
        const auto text = range.text();
        if (text && !parse_cidr(*text)) {
            const auto meant = parse_cidr_loosely(*text);
            range.complain(Rule::bad_cidr,
                           fmt::format("{} is \"{}\", which is not an IPv4 range", range.title(), *text),
                           meant ? fmt::format("did you mean {}?", to_text(*meant)) : "write it as 203.0.113.0/24");
        } else if (text) {
            exposure.ranges.push_back(*text);
        }
    }
    if (exposure.is_public && !exposure.is_private && !exposure.is_open_to_all())
        ranges->warn(Rule::unused_setting, fmt::format("{} shuts out nodes, too, that are not in it", ranges->title()),
                     "have the addresses of nodes and NAT gateways in it, or set clusterEndpoints.privateAccess");
    if (exposure.ranges.size() > most_ranges)
        ranges->complain(Rule::beyond_reason, fmt::format("{} has {} ranges; EKS takes {}", ranges->title(),
                                                          exposure.ranges.size(), most_ranges));
}

}  // namespace

void read_aws_limits(const Reader& assume, ScenarioBuilder& builder) {
    constexpr std::int64_t most_records = 10'000'000;
    const auto at = assume.member("aws");
    if (!at || !at->expect_map()) return;
    at->refuse_unknown_members(keys::aws);
    Identity& identity = builder.spec.identity;
    for (const NamedService& named : named_services) {
        if (const auto limit = at->member(named.key); limit && limit->expect_map())
            read_aws_limit(*limit, identity.limits[static_cast<std::size_t>(named.service)]);
    }
    if (const auto read = at->duration("secretRead")) identity.secret_read = *read;
    if (const auto law = at->member("balancerProvisioning")) {
        identity.balancer_provisioning = law->distribution().value_or(identity.balancer_provisioning);
        builder.identity.provisioning_is_said = true;
    }
    if (const auto lag = at->duration("recordPropagation")) {
        identity.record_propagation = *lag;
        builder.identity.propagation_is_said = true;
    }
    if (const auto records = at->integer("zoneRecords", 0, most_records)) builder.identity.zone_records = *records;
}

void read_cluster_identity(const Reader& cluster, ScenarioBuilder& builder) {
    if (const auto iam = cluster.member("iam"); iam && iam->is_map()) read_roles_of_eksctl(*iam, builder);
    if (const auto vpc = cluster.member("vpc"); vpc && vpc->is_map()) read_endpoint(*vpc, builder);
}

void read_callers(const std::optional<Reader>& callers, ScenarioBuilder& builder) {
    if (!callers || !callers->expect_list()) return;
    for (const Reader& entry : callers->items()) read_caller(entry, builder);
}

void check_steady_calls(const Reader& document, ScenarioBuilder& builder) {
    constexpr std::int64_t micro_in_one = 1'000'000;
    constexpr std::int64_t most_micro = 2'000'000 * micro_in_one;
    std::array<std::int64_t, aws_service_count> all{};
    for (const SteadyCaller& caller : builder.spec.identity.callers)
        all[static_cast<std::size_t>(service_of(caller.action))] += caller.micro_per_second;
    if (std::ranges::max(all) > most_micro)
        document.complain(
            Rule::beyond_reason,
            fmt::format("callers ask one service of AWS {} times a second", std::ranges::max(all) / micro_in_one),
            fmt::format("together they may ask it {} times", most_micro / micro_in_one));
}

namespace {

// Templates of revisions have the gate that their workload has.
void find_gates_anew(ScenarioBuilder& builder) {
    std::vector<bool> had_gate;
    for (PodTemplate& pod : builder.spec.templates) {
        had_gate.push_back(pod.identity.gate >= 0);
        pod.identity.gate = -1;
    }
    builder.spec.identity.gates.clear();
    find_gates(builder);
    for (std::size_t i = 0; i < had_gate.size(); ++i) {
        PodTemplate& pod = builder.spec.templates[i];
        if (had_gate[i] && pod.workload.valid())
            pod.identity.gate = builder.spec.template_of(pod.workload).identity.gate;
    }
}

// A run could not tell by which of the two a request comes.
void refuse_second_way(const Reader& document, const ScenarioBuilder& builder, const BalancerObject& later,
                       const BalancerObject& there) {
    for (const std::uint32_t service : later.services) {
        if (std::ranges::find(there.services, service) == there.services.end()) continue;
        document.member("timeline")
            .value_or(document)
            .complain(Rule::not_yet_modelled,
                      fmt::format("{} is created in the run, and leads to Service/{}/{} by the same load balancer as "
                                  "{}, which is there from the start",
                                  later.name, builder.spec.services[service].namespace_name,
                                  builder.spec.services[service].name, there.name),
                      "create both, or have both from the start");
    }
}

}  // namespace

void settle_later_balancers(const Reader& document, ScenarioBuilder& builder) {
    IdentityReading& read = builder.identity;
    Identity& identity = builder.spec.identity;
    if (read.made_later.empty()) return;
    const auto is_later = [&](std::size_t object) {
        return std::ranges::find(read.made_later, object) != read.made_later.end();
    };
    find_gates_anew(builder);
    bool is_any_named = false;
    for (const std::uint32_t place : read.made_later) {
        BalancerObject object = read.balancer_objects[place];
        for (std::size_t i = 0; i < read.balancer_objects.size(); ++i) {
            if (read.balancer_objects[i].balancer != object.balancer || is_later(i)) continue;
            object.comes_alone = false;
            refuse_second_way(document, builder, object, read.balancer_objects[i]);
        }
        const auto makes_record = [&](const ExternalDns& dns) {
            return object.is_of_ingress ? dns.reads_ingresses : dns.reads_services;
        };
        object.has_name = object.has_name && std::ranges::any_of(identity.external_dns, makes_record);
        is_any_named = is_any_named || object.has_name;
        identity.balancer_objects.push_back(std::move(object));
    }
    if (!read.provisioning_is_said)
        builder.assume("assume.aws.balancerProvisioning", "3m", "a guess: AWS says that it takes a few minutes");
    if (is_any_named && !read.propagation_is_said)
        builder.assume("assume.aws.recordPropagation", sim::to_text(identity.record_propagation),
                       "Route 53: within 60 seconds under normal conditions");
}

void settle_when_secrets_are_applied(ScenarioBuilder& builder) {
    Spec& spec = builder.spec;
    for (std::uint32_t secret = 0; secret < spec.identity.secrets.size(); ++secret) {
        bool is_used = false;
        bool is_used_early = false;
        for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
            const WorkloadIx workload = WorkloadIx::of(i);
            const std::vector<SecretNeed>& needs = spec.template_of(workload).identity.secrets;
            if (std::ranges::find(needs, secret, &SecretNeed::secret) == needs.end()) continue;
            is_used = true;
            is_used_early = is_used_early || std::ranges::find(spec.made_later, workload) == spec.made_later.end();
        }
        spec.identity.secrets[secret].is_there_early = is_used_early || !is_used;
    }
}

}  // namespace eks
