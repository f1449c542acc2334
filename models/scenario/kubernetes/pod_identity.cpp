#include "models/scenario/kubernetes/pod_identity.hpp"

#include "libsim/check.hpp"
#include "libsim/wide.hpp"
#include "models/scenario/kubernetes/container_flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace eks {

namespace {

std::string place_in_namespace(std::string_view namespace_name, std::string_view name) {
    return fmt::format("{}/{}", namespace_name, name);
}

// A text at a path of maps; nothing where there is none.
std::optional<Reader> reader_at(const Reader& object, std::initializer_list<std::string_view> path) {
    std::optional<Reader> at = object;
    for (const std::string_view key : path) {
        at = at->is_map() ? at->member(key) : std::nullopt;
        if (!at) return std::nullopt;
    }
    return at;
}

std::optional<std::string> word_at(const Reader& object, std::initializer_list<std::string_view> path) {
    const auto at = reader_at(object, path);
    return at && at->is_text() ? at->text() : std::nullopt;
}

// The last part of an image's path has this word in it.
bool has_image_named(const Spec& spec, WorkloadIx workload, std::string_view word) {
    return std::ranges::any_of(spec.template_of(workload).containers, [&](const ContainerSpec& container) {
        if (!container.image) return false;
        const std::string& name = spec.images[container.image.value].name;
        const std::size_t slash = name.rfind('/');
        return name.find(word, slash == std::string::npos ? 0 : slash) != std::string::npos;
    });
}

constexpr std::string_view image_of_external_secrets = "external-secrets";
constexpr std::string_view image_of_vault_operator = "vault-secrets-operator";
constexpr std::string_view image_of_controller = "aws-load-balancer-controller";
constexpr std::string_view image_of_external_dns = "external-dns";
constexpr std::string_view image_of_agent = "eks-pod-identity-agent";

// The chart runs the same image three times; the webhook and who makes its certificate make no Secrets.
bool is_side_process(const Reader& object, WorkloadKind kind) {
    const auto pod_spec = pod_spec_in(object, kind);
    if (!pod_spec) return false;
    for (const Reader& container : pod_spec->items("containers")) {
        if (!container.is_map()) continue;
        for (const Reader& argument : container.items("args")) {
            if (argument.is_text() && (argument.value().text == "webhook" || argument.value().text == "certcontroller"))
                return true;
        }
    }
    return false;
}

WorkloadIx workload_of_image(const ScenarioBuilder& builder, std::string_view image) {
    for (std::size_t i = 0; i < builder.spec.workloads.size(); ++i) {
        const WorkloadIx workload = WorkloadIx::of(i);
        if (has_image_named(builder.spec, workload, image) &&
            !is_side_process(builder.object_of(workload), builder.spec[workload].kind))
            return workload;
    }
    return WorkloadIx::none();
}

// Notes that the pod needs a Secret; one that nobody makes is there, put there by hand.
void need_secret(const Reader& reference, std::string_view key, const std::string& namespace_name,
                 std::int32_t container, ScenarioBuilder& builder, PodTemplate& pod) {
    if (!reference.is_map()) return;
    const auto named = reference.member(key);
    if (!named || !named->is_text()) return;
    const std::string name = place_in_namespace(namespace_name, named->value().text);
    IdentityReading& identity = builder.identity;
    const auto operated = identity.operated.find(name);
    if (operated == identity.operated.end()) {
        if (!identity.given_secrets.contains(name)) identity.unprovided_secrets.insert(name);
        return;
    }
    named->mark_used();
    if (reference.boolean("optional").value_or(false)) return;
    const SecretNeed need{operated->second, container};
    if (std::ranges::find(pod.identity.secrets, need) == pod.identity.secrets.end())
        pod.identity.secrets.push_back(need);
}

void read_needs_of_container(const Reader& container, const std::string& namespace_name, std::int32_t index,
                             ScenarioBuilder& builder, PodTemplate& pod) {
    if (!container.is_map()) return;
    for (const Reader& variable : container.items("env")) {
        if (const auto reference = reader_at(variable, {"valueFrom", "secretKeyRef"}))
            need_secret(*reference, "name", namespace_name, index, builder, pod);
    }
    for (const Reader& source : container.items("envFrom")) {
        if (const auto reference = reader_at(source, {"secretRef"}))
            need_secret(*reference, "name", namespace_name, index, builder, pod);
    }
}

void read_needs_of_volumes(const Reader& pod_spec, const std::string& namespace_name, ScenarioBuilder& builder,
                           PodTemplate& pod) {
    for (const Reader& volume : pod_spec.items("volumes")) {
        if (const auto reference = reader_at(volume, {"secret"}))
            need_secret(*reference, "secretName", namespace_name, SecretNeed::the_pod, builder, pod);
        const auto projected = reader_at(volume, {"projected"});
        if (!projected || !projected->is_map()) continue;
        for (const Reader& source : projected->items("sources")) {
            if (const auto reference = reader_at(source, {"secret"}))
                need_secret(*reference, "name", namespace_name, SecretNeed::the_pod, builder, pod);
        }
    }
}

// Which API a sync asks, by the store that the object names.
void settle_provider(const IdentityReading::SecretObject& from, const IdentityReading& identity,
                     OperatedSecret& secret) {
    secret.is_paid_call = false;
    if (from.is_of_vault) return;
    const std::string of_namespace = place_in_namespace(secret.namespace_name, from.store);
    const auto store = identity.stores.find(from.is_cluster_store ? place_in_namespace("", from.store) : of_namespace);
    if (store == identity.stores.end() || !store->second) return;
    secret.is_paid_call = true;
    secret.action = *store->second;
}

// Secrets whose operator is not among the manifests are there, as those that nobody makes.
void find_secret_operators(ScenarioBuilder& builder) {
    Identity& identity = builder.spec.identity;
    std::vector<std::optional<std::uint32_t>> kept(identity.secrets.size());
    std::vector<OperatedSecret> secrets;
    for (const bool of_vault : {false, true}) {
        const std::string_view image = of_vault ? image_of_vault_operator : image_of_external_secrets;
        const WorkloadIx pods = workload_of_image(builder, image);
        for (std::size_t i = 0; i < identity.secrets.size(); ++i) {
            const IdentityReading::SecretObject& from = builder.identity.secret_objects[i];
            if (from.is_of_vault != of_vault) continue;
            if (!pods.valid()) {
                from.object.warn(
                    Rule::unused_setting,
                    fmt::format("{}: no workload runs {}: the Secret is taken to be there", from.object.title(), image),
                    "add the manifests of its operator");
                continue;
            }
            if (identity.secret_operators.empty() || identity.secret_operators.back().pods != pods)
                identity.secret_operators.push_back({pods});
            OperatedSecret secret = identity.secrets[i];
            secret.by = static_cast<std::uint32_t>(identity.secret_operators.size() - 1);
            settle_provider(from, builder.identity, secret);
            kept[i] = static_cast<std::uint32_t>(secrets.size());
            secrets.push_back(std::move(secret));
        }
    }
    identity.secrets = std::move(secrets);
    for (PodTemplate& pod : builder.spec.templates) {
        std::erase_if(pod.identity.secrets, [&](const SecretNeed& need) { return !kept[need.secret]; });
        for (SecretNeed& need : pod.identity.secrets) need.secret = *kept[need.secret];
    }
}

// Whether nothing leads from the load balancer to the Service but what the timeline creates.
bool comes_later(const ScenarioBuilder& builder, const std::string& balancer, std::uint32_t service) {
    bool is_any = false;
    const std::vector<BalancerObject>& objects = builder.identity.balancer_objects;
    for (std::uint32_t i = 0; i < objects.size(); ++i) {
        if (builder.spec.load_balancers[objects[i].balancer].name != balancer) continue;
        if (std::ranges::find(objects[i].services, service) == objects[i].services.end()) continue;
        const auto& later = builder.identity.made_later;
        if (std::ranges::find(later, i) == later.end()) return false;
        is_any = true;
    }
    return is_any;
}

// In millionths, rounded.
std::int64_t calls_each(sim::Duration interval, std::int64_t calls) {
    constexpr std::int64_t micro_us = 1'000'000'000'000;
    return static_cast<std::int64_t>((sim::Int128{calls} * micro_us + interval.us() / 2) / interval.us());
}

// FR-31: each interval ExternalDNS lists the zones and all records of them, 300 a page at most (Route 53 API reference,
// ListResourceRecordSets, MaxItems); changes go in batches and are few beside that.
void find_external_dns(ScenarioBuilder& builder) {
    constexpr std::int64_t records_a_page = 300;
    for (std::size_t i = 0; i < builder.spec.workloads.size(); ++i) {
        const WorkloadIx workload = WorkloadIx::of(i);
        if (!has_image_named(builder.spec, workload, image_of_external_dns)) continue;
        ExternalDns dns;
        dns.pods = workload;
        dns.interval = sim::Duration::seconds(60);  // its default
        const WorkloadKind kind = builder.spec[workload].kind;
        bool is_aws = true;
        for (const ContainerFlag& flag :
             flags_of_containers(builder.object_of(workload), kind, image_of_external_dns)) {
            if (flag.name == "provider") is_aws = flag.value.value_or("aws") == "aws";
            if (flag.name == "source") {
                dns.reads_ingresses = dns.reads_ingresses || flag.value == "ingress";
                dns.reads_services = dns.reads_services || flag.value == "service";
            }
            if (flag.name == "events") dns.hears_events = flag.value.value_or("true") != "false";
            if (flag.name != "interval") continue;
            const auto read = sim::parse_duration(flag.value.value_or(""));
            if (read && *read > sim::Duration::zero()) {
                dns.interval = std::max(*read, sim::Duration::seconds(1));  // its loop looks at the clock each second
            } else {
                flag.at.complain(Rule::bad_duration,
                                 fmt::format("--interval is \"{}\", which is no duration", flag.value.value_or("")),
                                 "write it as 1m");
            }
        }
        if (!is_aws) continue;
        const std::int64_t pages =
            std::max<std::int64_t>(1, (builder.identity.zone_records + records_a_page - 1) / records_a_page);
        const std::string name = builder.title_of(workload);
        std::vector<SteadyCaller>& callers = builder.spec.identity.callers;
        callers.push_back({name, AwsAction::list_hosted_zones, calls_each(dns.interval, 1), workload});
        callers.push_back({name, AwsAction::list_resource_record_sets, calls_each(dns.interval, pages), workload});
        dns.calls = static_cast<std::int32_t>(1 + pages);
        builder.spec.identity.external_dns.push_back(dns);
    }
}

constexpr std::string_view agent_object = R"json({
  "apiVersion": "apps/v1", "kind": "DaemonSet",
  "metadata": {"name": "eks-pod-identity-agent", "namespace": "kube-system"},
  "spec": {
    "selector": {"matchLabels": {"app.kubernetes.io/name": "eks-pod-identity-agent"}},
    "template": {
      "metadata": {"labels": {"app.kubernetes.io/name": "eks-pod-identity-agent"}},
      "spec": {
        "priorityClassName": "system-node-critical",
        "hostNetwork": true,
        "tolerations": [{"operator": "Exists"}],
        "containers": [{"name": "eks-pod-identity-agent", "image": "eks/eks-pod-identity-agent:v0.1.25"}]
      }
    }
  }
})json";

}  // namespace

void find_gates(ScenarioBuilder& builder) {
    Identity& identity = builder.spec.identity;
    identity.balancer_controller = workload_of_image(builder, image_of_controller);
    if (!identity.balancer_controller.valid()) return;
    for (const IdentityReading::TargetGroup& group : builder.identity.target_groups) {
        const auto gate = static_cast<std::int32_t>(identity.gates.size());
        bool is_used = false;
        for (const std::uint32_t service : group.services) {
            if (comes_later(builder, group.name, service)) continue;
            const Service& behind = builder.spec.services[service];
            const auto labels = builder.spec.labels_of_namespace(behind.namespace_name);
            const bool injects = std::ranges::any_of(labels, [](const Label& label) {
                return label.key == "elbv2.k8s.aws/pod-readiness-gate-inject" && label.value == "enabled";
            });
            if (!injects) continue;
            for (const WorkloadIx workload : behind.to) {
                builder.spec.templates[builder.spec[workload].pod_template.value].identity.gate = gate;
                is_used = true;
            }
        }
        if (is_used) identity.gates.push_back({group.name, group.healthy});
    }
}

void read_role_of_account(const Reader& object, const std::string& namespace_name, const std::string& name,
                          ScenarioBuilder& builder) {
    const auto role = word_at(object, {"metadata", "annotations", "eks.amazonaws.com/role-arn"});
    if (role && !role->empty()) builder.identity.web_identities.insert(place_in_namespace(namespace_name, name));
}

void note_secret(const std::string& namespace_name, const std::string& name, ScenarioBuilder& builder) {
    builder.identity.given_secrets.insert(place_in_namespace(namespace_name, name));
}

void read_secret_store(const Reader& object, const std::string& namespace_name, const std::string& name,
                       ScenarioBuilder& builder) {
    std::optional<AwsAction> action;
    if (const auto service = word_at(object, {"spec", "provider", "aws", "service"}))
        action = *service == "ParameterStore" ? AwsAction::get_parameter : AwsAction::get_secret_value;
    builder.identity.stores[place_in_namespace(namespace_name, name)] = action;
}

void read_operated_secret(const Reader& object, const std::string& namespace_name, const std::string& name,
                          ScenarioBuilder& builder) {
    const auto kind = word_at(object, {"kind"});
    IdentityReading::SecretObject from{object, {}, false, kind != "ExternalSecret"};
    OperatedSecret secret;
    secret.namespace_name = namespace_name;
    secret.name = name;
    if (from.is_of_vault) {
        if (const auto target = word_at(object, {"spec", "destination", "name"})) secret.name = *target;
        // Without refreshAfter it is read once (secrets.hashicorp.com/v1beta1).
        if (const auto refresh = reader_at(object, {"spec", "refreshAfter"}))
            secret.refresh = refresh->duration().value_or(secret.refresh);
    } else {
        if (const auto target = word_at(object, {"spec", "target", "name"})) secret.name = *target;
        from.store = word_at(object, {"spec", "secretStoreRef", "name"}).value_or("");
        from.is_cluster_store = word_at(object, {"spec", "secretStoreRef", "kind"}) == "ClusterSecretStore";
        secret.refresh = sim::Duration::seconds(3600);  // external-secrets.io/v1: refreshInterval
        if (const auto refresh = reader_at(object, {"spec", "refreshInterval"}))
            secret.refresh = refresh->duration().value_or(secret.refresh);
        if (const auto spec = reader_at(object, {"spec"}); spec && spec->is_map()) {
            const std::size_t keys = spec->items("data").size() + spec->items("dataFrom").size();
            secret.calls = static_cast<std::int32_t>(std::max<std::size_t>(1, keys));
        }
    }
    const auto place = static_cast<std::uint32_t>(builder.spec.identity.secrets.size());
    if (!builder.identity.operated.try_emplace(place_in_namespace(namespace_name, secret.name), place).second) return;
    builder.spec.identity.secrets.push_back(std::move(secret));
    builder.identity.secret_objects.push_back(std::move(from));
}

void read_pod_identity(const Reader& pod_spec, const std::string& namespace_name, ScenarioBuilder& builder,
                       PodTemplate& pod) {
    std::optional<Reader> named;
    for (const std::string_view key : {"serviceAccount", "serviceAccountName"}) {  // the second one counts
        const auto stated = pod_spec.member(key);
        if (stated && stated->is_text() && !stated->value().text.empty()) named = stated;
    }
    const std::string account = place_in_namespace(namespace_name, named ? named->value().text : "default");
    // The SDKs' default chain comes to a web identity before it comes to the agent.
    if (builder.identity.web_identities.contains(account))
        pod.identity.credentials = CredentialSource::web_identity;
    else if (builder.identity.pod_identities.contains(account))
        pod.identity.credentials = CredentialSource::pod_identity;
    if (pod.identity.credentials != CredentialSource::none) {
        constexpr std::size_t most = std::numeric_limits<std::uint8_t>::max();
        pod.identity.processes = static_cast<std::uint8_t>(std::min(pod.containers.size(), most));
        builder.spec.identity.is_asked_for = true;
        if (named) named->mark_used();
    }
    std::int32_t index = 0;
    for (const std::string_view list : {"initContainers", "containers"}) {
        for (const Reader& container : pod_spec.items(list))
            read_needs_of_container(container, namespace_name, index++, builder, pod);
    }
    read_needs_of_volumes(pod_spec, namespace_name, builder, pod);
}

void finish_pod_identity(ScenarioBuilder& builder) {
    Identity& identity = builder.spec.identity;
    for (std::size_t i = 0; i < builder.spec.workloads.size(); ++i) {
        const WorkloadIx workload = WorkloadIx::of(i);
        if (builder.spec[workload].kind == WorkloadKind::daemon_set &&
            has_image_named(builder.spec, workload, image_of_agent))
            identity.agent = workload;
    }
    find_secret_operators(builder);
    find_gates(builder);
    find_external_dns(builder);
    const bool asks_agent = std::ranges::any_of(builder.spec.templates, [](const PodTemplate& pod) {
        return pod.identity.credentials == CredentialSource::pod_identity;
    });
    if (asks_agent && !identity.agent.valid() && builder.identity.associations) {
        builder.identity.associations->warn(
            Rule::unused_setting,
            fmt::format("{}: pods ask the agent of EKS Pod Identity for credentials, and no node has one",
                        builder.identity.associations->title()),
            "add eks-pod-identity-agent to cluster.addons");
    }
    if (!builder.identity.unprovided_secrets.empty())
        builder.assume("Secrets that pods name and no manifest has",
                       fmt::format("{}, put there by hand", builder.identity.unprovided_secrets.size()), "FR-36");
    if (identity.is_asked_for)
        builder.assume("processes that ask for credentials of AWS", "one a container, renewed 5m before they end",
                       "AWS-110");
}

JsonValue pod_identity_agent_of_addon(Origins& origins, Diagnostics& diagnostics) {
    const OriginIx root = origins.add_source("<EKS add-on eks-pod-identity-agent>");
    JsonValue value;
    const bool is_read = parse_json(agent_object, root, origins, diagnostics, value);
    CHECK(is_read, "the object that the add-on installs must be JSON");
    return value;
}

}  // namespace eks
