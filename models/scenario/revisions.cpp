#include "models/scenario/revisions.hpp"

#include "models/scenario/contents.hpp"
#include "models/scenario/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace eks {

struct ObjectHistory::Contents {
    Diagnostics diagnostics;
    std::unique_ptr<ScenarioBuilder> own;  // none: those of the scenario as it starts
    const ScenarioBuilder* builder = nullptr;
    bool is_comparable = false;  // they have the same workloads, and the changes were read without a complaint
    std::uint32_t revision = 0;
};

namespace {

// --- what differs between two objects

// A place below which two values differ; no value where something is gone.
struct Difference {
    std::string path;
    const JsonValue* value = nullptr;
};

std::string path_of_item(const JsonValue& item, std::size_t position) {
    const JsonValue* name = item.kind == JsonKind::map ? item.find("name") : nullptr;
    return name != nullptr && name->kind == JsonKind::text ? fmt::format("[{}]", name->text)
                                                           : fmt::format("[{}]", position);
}

std::string path_of_member(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "." + key;
}

// Whether a model read any of it. Variables do not count: those that matter are the CNI's, and they may change.
bool is_modelled(const JsonValue& value) {
    if (value.is_leaf()) return value.used;
    const auto in_member = [](const JsonMember& member) { return member.key != "env" && is_modelled(member.value); };
    return std::ranges::any_of(value.items, is_modelled) || std::ranges::any_of(value.members, in_member);
}

// The first modelled leaf that is new, other or gone.
std::optional<Difference> first_difference(const JsonValue* before, const JsonValue* now, const std::string& path) {
    if (now == nullptr)
        return before != nullptr && is_modelled(*before) ? std::optional(Difference{path, nullptr}) : std::nullopt;
    if (before != nullptr && same_content(*before, *now)) return std::nullopt;
    if (!is_modelled(*now) && (before == nullptr || !is_modelled(*before))) return std::nullopt;
    if (now->is_leaf()) return Difference{path, now};
    for (std::size_t i = 0; i < now->items.size(); ++i) {
        const JsonValue* old = before != nullptr && i < before->items.size() ? &before->items[i] : nullptr;
        if (auto found = first_difference(old, &now->items[i], path + path_of_item(now->items[i], i))) return found;
    }
    for (const JsonMember& member : now->members) {
        if (member.key == "env") continue;
        const JsonValue* old = before != nullptr ? before->find(member.key) : nullptr;
        if (auto found = first_difference(old, &member.value, path_of_member(path, member.key))) return found;
    }
    if (before == nullptr) return std::nullopt;
    for (const JsonMember& member : before->members) {
        if (now->find(member.key) != nullptr || member.key == "env") continue;
        if (auto found = first_difference(&member.value, nullptr, path_of_member(path, member.key))) return found;
    }
    return std::nullopt;
}

// The value at a dotted path of plain keys, or null.
const JsonValue* value_at(const JsonValue& object, std::string_view path) {
    const JsonValue* at = &object;
    while (at != nullptr && !path.empty()) {
        const std::size_t dot = std::min(path.find('.'), path.size());
        at = at->find(path.substr(0, dot));
        path.remove_prefix(std::min(dot + 1, path.size()));
    }
    return at;
}

// --- what a run cannot follow

struct Refusal {
    Rule rule = Rule::none;
    std::string_view below;  // the path at fault starts so
    std::string_view why;
    std::string_view hint;
};

constexpr std::string_view from_the_start = "change it from the start, under `patches`";
constexpr std::string_view refused_by_kubernetes = "the API server refuses it";

// The CNI's DaemonSet is rolled out node by node (DS-4) as far as it is about its images: what its pods take of their
// nodes stays as it is.
bool is_rolled_out(const Spec& spec, WorkloadIx workload, const Workload& before, const Workload& now) {
    if (workload != spec.cni_workload) return false;
    PodTemplate pod = spec[now.pod_template];
    const PodTemplate& old = spec[before.pod_template];
    const auto take_images = [](std::vector<ContainerSpec>& containers, const std::vector<ContainerSpec>& from) {
        for (std::size_t i = 0; i < std::min(containers.size(), from.size()); ++i) {
            containers[i].image = from[i].image;
            containers[i].pull_policy = from[i].pull_policy;
        }
    };
    take_images(pod.init_containers, old.init_containers);
    take_images(pod.containers, old.containers);
    return pod == old;
}

// Somebody has taken the scheduling gates off a Pod: all that can change of one (SCHED-13).
bool only_opens_gates(const Spec& spec, const Workload& before, const Workload& now) {
    PodTemplate pod = spec[before.pod_template];
    pod.is_gated = spec[now.pod_template].is_gated;
    return spec[before.pod_template].is_gated && pod == spec[now.pod_template];
}

std::optional<Refusal> refusal_of(const Spec& spec, const Workload& before, const Workload& now, bool is_of_cni) {
    const bool has_new_template = before.pod_template != now.pod_template;
    switch (now.kind) {
        case WorkloadKind::replica_set: return std::nullopt;  // new pods take the new template
        case WorkloadKind::deployment:
        case WorkloadKind::daemon_set:
            if (!has_new_template || !is_of_cni) return std::nullopt;  // a rollout
            return Refusal{Rule::not_yet_modelled, "spec.template",
                           "of the CNI's own pods, only images can change so far", from_the_start};
        case WorkloadKind::stateful_set:
            if (before.starts_in_order == now.starts_in_order) return std::nullopt;
            return Refusal{Rule::not_supported, "spec.podManagementPolicy", refused_by_kubernetes, from_the_start};
        case WorkloadKind::pod:
            if (!has_new_template || only_opens_gates(spec, before, now)) return std::nullopt;
            return Refusal{Rule::not_yet_modelled, "", "a Pod that changes while it runs is not yet modelled",
                           from_the_start};
        case WorkloadKind::job:
            if (has_new_template)
                return Refusal{Rule::not_supported, "spec.template", refused_by_kubernetes, from_the_start};
            if (before.job.completions != now.job.completions || before.job.is_work_queue != now.job.is_work_queue ||
                before.job.is_indexed != now.job.is_indexed)
                return Refusal{Rule::not_supported, "spec.completions", refused_by_kubernetes, from_the_start};
            return std::nullopt;
        case WorkloadKind::scaled_job:
        case WorkloadKind::cron_job:
            if (before.job == now.job) return std::nullopt;
            return Refusal{Rule::not_yet_modelled, "spec.jobTemplate.spec",
                           "of its Jobs, only the pod template can change so far", from_the_start};
    }
    return std::nullopt;
}

// Whether a value was written by this entry.
bool holds_origin(const JsonValue& value, OriginIx origin) {
    if (value.origin == origin) return true;
    const auto in_item = [origin](const JsonValue& item) { return holds_origin(item, origin); };
    const auto in_member = [origin](const JsonMember& member) { return holds_origin(member.value, origin); };
    return std::ranges::any_of(value.items, in_item) || std::ranges::any_of(value.members, in_member);
}

void add_if_new(const Complaints& found, const Complaints& known, Diagnostics& diagnostics) {
    for (const Complaint& complaint : found) {
        if (std::ranges::find(known, complaint) == known.end()) diagnostics.add(complaint);
    }
}

ScenarioBuilder::Revision rows_of(const Spec& spec) {
    ScenarioBuilder::Revision rows{spec.workloads, spec.cni,
                                   spec.cilium,    spec.budgets,
                                   spec.quotas,    {},
                                   spec.karpenter, spec.data_paths.cilium,
                                   spec.telemetry, spec.pod_scaling.chains};
    for (const NodeShape& shape : spec.shapes) rows.pod_subnets.push_back(shape.pod_subnet);
    return rows;
}

bool has_same_workloads(const ScenarioBuilder& a, const ScenarioBuilder& b) {
    return std::ranges::equal(a.spec.workloads, b.spec.workloads, [](const Workload& x, const Workload& y) {
        return x.kind == y.kind && x.namespace_name == y.namespace_name && x.name == y.name;
    });
}

// What the Prometheus operator makes, one for each shard.
bool operate_the_same(const ScenarioBuilder& a, const ScenarioBuilder& b) {
    return std::ranges::equal(a.prometheuses, b.prometheuses, {}, &OperatedPrometheus::stateful_sets,
                              &OperatedPrometheus::stateful_sets);
}

// Of two quotas of one name, whether they differ in the amounts alone.
bool bound_the_same(const ResourceQuota& a, const ResourceQuota& b) {
    return a.namespace_name == b.namespace_name && a.name == b.name && a.scopes == b.scopes &&
           std::ranges::equal(a.bounds, b.bounds, {}, &QuotaBound::name, &QuotaBound::name);
}

bool have_the_same_pools(const Karpenter& a, const Karpenter& b) {
    return std::ranges::equal(
        a.pools, b.pools, [](const NodePool& x, const NodePool& y) { return x.name == y.name && x.group == y.group; });
}

// But for how often a metric is renewed on its way.
bool scale_alike(const PodScaling& a, PodScaling b) {
    if (a.chains.size() != b.chains.size()) return false;
    for (std::size_t c = 0; c < a.chains.size(); ++c) {
        for (std::size_t i = 0; i < chain_length; ++i) b.chains[c].links[i].interval = a.chains[c].links[i].interval;
    }
    b.horizon = a.horizon;
    return a == b;
}

// But for what new nodes are taken for, which the cluster says and no object. Its place in the table of shapes is
// another one where node pools differ.
bool have_the_same_cluster_autoscaler(const Spec& a, const Spec& b) {
    const auto settings_of = [](const Spec& spec) {
        ClusterAutoscaler settings = spec.cluster_autoscaler;
        for (AutoscaledGroup& group : settings.groups) group.asg_template = NodeShapeIx::none();
        return settings;
    };
    return settings_of(a) == settings_of(b);
}

// Shapes that no NodePool launches: those of node groups, and behind those of the pools Cluster Autoscaler's templates.
std::vector<std::size_t> shapes_of_no_pool(const Spec& spec) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < spec.shapes.size(); ++i) {
        if (!spec[spec.shapes[i].group].is_node_pool) found.push_back(i);
    }
    return found;
}

// By the shapes of `spec`: the pod subnets that `from` says. Of what pools launch both may have different shapes, so
// that one place in the two tables is not one shape; the others follow each other in the same order. Those of pools are
// left.
std::vector<SubnetIx> pod_subnets_of(const Spec& from, const Spec& spec) {
    std::vector<SubnetIx> pod_subnets;
    for (const NodeShape& shape : spec.shapes) pod_subnets.push_back(shape.pod_subnet);
    const std::vector<std::size_t> here = shapes_of_no_pool(spec);
    const std::vector<std::size_t> there = shapes_of_no_pool(from);
    for (std::size_t i = 0; i < std::min(here.size(), there.size()); ++i) {
        const NodeShape& shape = spec.shapes[here[i]];
        const NodeShape& read = from.shapes[there[i]];
        if (shape.group == read.group && shape.instance_type == read.instance_type && shape.zone == read.zone)
            pod_subnets[here[i]] = read.pod_subnet;
    }
    return pod_subnets;
}

// How pods leave the VPC. A run has one answer, from its start.
bool leave_the_vpc_alike(const Spec& a, const Spec& b) {
    return a.outside.cilium == b.outside.cilium && a.outside.node_hold == b.outside.node_hold;
}

// How connections travel, for those who look at it. Where Cilium takes Services over, or gives them back, each node
// takes what follows from that for packets with it (DPC-55).
bool have_the_same_data_paths(const Spec& a, const Spec& b) {
    if (!a.data_paths.are_used) return true;
    DataPaths paths = b.data_paths;
    if (a.cilium.replaces_kube_proxy != b.cilium.replaces_kube_proxy) {
        paths.cilium.has_socket_lb = a.data_paths.cilium.has_socket_lb;
        paths.cilium.has_host_routing = a.data_paths.cilium.has_host_routing;
    }
    const auto same_way = [](const TrafficClass& x, const TrafficClass& y) { return x.connections == y.connections; };
    return a.data_paths == paths && a.load_balancers == b.load_balancers &&
           std::ranges::equal(a.traffic.classes, b.traffic.classes, same_way);
}

bool have_the_same_name(const DisruptionBudget& a, const DisruptionBudget& b) {
    return a.namespace_name == b.namespace_name && a.name == b.name;
}

}  // namespace

ObjectHistory::ObjectHistory(const Reader& document, ScenarioBuilder& builder)
    : document_(document), builder_(builder) {
    Contents& first = contents_[{}];
    first.builder = &builder;
    first.is_comparable = true;
}

ObjectHistory::~ObjectHistory() = default;

std::size_t ObjectHistory::add(const Reader& entry) {
    changes_.push_back(entry);
    has_begun_.push_back(false);
    return changes_.size() - 1;
}

ObjectHistory::Effect ObjectHistory::begin(std::size_t change) {
    const Reader& entry = changes_[change];
    const Contents& before = in_force(entry);
    // What only sets values does no more when it is done again; a JSON patch may add to a list each time.
    const bool repeats = !active_.empty() && active_.back() == change;
    const bool is_idempotent = !entry.has("json6902") && !entry.has("for");
    if (!repeats || !is_idempotent) active_.push_back(change);
    const Contents& now = in_force(entry);

    Effect effect;
    effect.revision = now.revision;
    if (!now.is_comparable) return effect;
    for (std::size_t i = 0; i < now.builder->spec.workloads.size(); ++i) {
        const WorkloadIx workload = WorkloadIx::of(i);
        const JsonValue* replicas = value_at(now.builder->object_of(workload).value(), "spec.replicas");
        if (replicas != nullptr && holds_origin(entry.value(), replicas->origin))
            effect.replicas.emplace_back(workload, now.builder->spec[workload].replicas);
    }
    const bool is_first = !has_begun_[change];
    has_begun_[change] = true;
    if (!before.is_comparable || !is_first) return effect;
    refuse_what_cannot_follow(entry, before, now);
    if (before.revision == now.revision && effect.replicas.empty())
        entry.warn(Rule::unused_setting, fmt::format("{} changes nothing that is modelled", entry.title()));
    return effect;
}

std::uint32_t ObjectHistory::end(std::size_t change) {
    const auto last = std::find(active_.rbegin(), active_.rend(), change);
    if (last != active_.rend()) active_.erase(std::next(last).base());
    return in_force(changes_[change]).revision;
}

const ObjectHistory::Contents& ObjectHistory::in_force(const Reader& at) {
    if (const auto known = contents_.find(active_); known != contents_.end()) return known->second;
    Contents& contents = contents_[active_];
    if (contents_.size() <= limits::object_revisions) {
        read(contents);
        if (!builder_.reading.diagnostics.has_errors() && !operate_the_same(builder_, *contents.builder))
            at.complain(Rule::not_yet_modelled,
                        fmt::format("{}: a Prometheus object that has other shards in the middle of a run is not yet "
                                    "modelled",
                                    at.title()),
                        std::string(from_the_start));
    } else if (contents_.size() == limits::object_revisions + 1) {
        at.complain(Rule::beyond_reason,
                    fmt::format("the timeline changes objects in more than {} ways", limits::object_revisions));
    }
    return contents;
}

void ObjectHistory::read(Contents& contents) {
    Reading reading{builder_.reading.origins, contents.diagnostics};
    contents.own = std::make_unique<ScenarioBuilder>(reading, builder_.catalog);
    contents.builder = contents.own.get();
    const auto here = [&](const Reader& there) {
        return Reader(there.value(), contents.own->reading, there.path(), there.subject());
    };
    std::vector<Reader> changes;
    for (const std::size_t change : active_) changes.push_back(here(changes_[change]));
    read_contents(here(document_), changes, *contents.own);

    // What is wrong with the scenario itself has been said.
    const std::size_t errors_before = builder_.reading.diagnostics.error_count();
    take_complaints(*contents.own);
    contents.is_comparable =
        builder_.reading.diagnostics.error_count() == errors_before && has_same_workloads(builder_, *contents.own);
    if (!contents.is_comparable) return;
    list_ignored(*contents.own);
    take_rows(contents);
}

void ObjectHistory::take_complaints(const ScenarioBuilder& from) {
    Diagnostics& diagnostics = builder_.reading.diagnostics;
    add_if_new(from.reading.diagnostics.errors(), diagnostics.errors(), diagnostics);
    add_if_new(from.reading.diagnostics.warnings(), diagnostics.warnings(), diagnostics);
}

// Leaves of the changes that no model uses.
void ObjectHistory::list_ignored(const ScenarioBuilder& from) {
    std::map<std::string, std::int64_t, std::less<>> known;
    for (const IgnoredPath& ignored : builder_.ignored) known[ignored.path] += ignored.count;
    for (const IgnoredPath& ignored : from.ignored) {
        const std::int64_t more = ignored.count - known[ignored.path];
        if (more > 0) builder_.ignored.push_back({ignored.path, more});
    }
}

// The workloads of the reading in terms of the builder's tables. Equal revisions are one.
void ObjectHistory::take_rows(Contents& contents) {
    ScenarioBuilder::Revision rows = rows_of(contents.own->spec);
    for (std::size_t i = 0; i < rows.workloads.size(); ++i) {
        Workload& row = rows.workloads[i];
        row.pod_template = template_of(*contents.own, WorkloadIx::of(i));
        row.replicas = builder_.spec.workloads[i].replicas;
    }
    take_offers(contents.own->spec, rows);
    // What anybody looks back to at some time is kept from the start.
    sim::Duration& horizon = builder_.spec.pod_scaling.horizon;
    horizon = std::max(horizon, contents.own->spec.pod_scaling.horizon);
    if (rows == rows_of(builder_.spec)) return;
    const auto same = std::ranges::find(builder_.revisions, rows);
    contents.revision = static_cast<std::uint32_t>(same - builder_.revisions.begin()) + 1;
    if (same == builder_.revisions.end()) builder_.revisions.push_back(std::move(rows));
}

// What the pools of the reading may launch, in terms of the builder's shapes and types. What no pool could launch
// before is added to them.
void ObjectHistory::take_offers(const Spec& from, ScenarioBuilder::Revision& rows) {
    Spec& spec = builder_.spec;
    rows.pod_subnets = pod_subnets_of(from, spec);
    // With pools that the run does not have, the change is complained of.
    if (!have_the_same_pools(from.karpenter, spec.karpenter)) {
        rows.karpenter = spec.karpenter;
        return;
    }
    if (rows.karpenter.pools == spec.karpenter.pools) {
        rows.karpenter.types = spec.karpenter.types;
        for (const NodePool& pool : spec.karpenter.pools) {
            for (const NodePoolOffer& offer : pool.offers)
                rows.pod_subnets[offer.shape.value] = from[offer.shape].pod_subnet;
        }
        return;
    }
    using Key = std::tuple<std::uint32_t, std::string, std::uint32_t, bool>;
    const auto key_of = [](const NodeShape& s) { return Key(s.group.value, s.instance_type, s.zone.value, s.is_spot); };
    std::multimap<Key, NodeShapeIx> known;
    for (std::size_t i = 0; i < spec.shapes.size(); ++i) known.emplace(key_of(spec.shapes[i]), NodeShapeIx::of(i));
    const auto shape_like = [&](const NodeShape& shape) {
        const auto [first, last] = known.equal_range(key_of(shape));
        for (auto at = first; at != last; ++at) {
            if (spec[at->second] == shape) return at->second;
        }
        const NodeShapeIx added = NodeShapeIx::of(spec.shapes.size());
        spec.shapes.push_back(shape);
        known.emplace(key_of(shape), added);
        return added;
    };
    std::vector<std::uint32_t> types;
    for (const NodePoolType& type : from.karpenter.types) {
        const auto found = std::ranges::find(spec.karpenter.types, type);
        types.push_back(static_cast<std::uint32_t>(found - spec.karpenter.types.begin()));
        if (found == spec.karpenter.types.end()) spec.karpenter.types.push_back(type);
    }
    rows.karpenter.types = spec.karpenter.types;
    for (NodePool& pool : rows.karpenter.pools) {
        for (NodePoolOffer& offer : pool.offers) offer = {shape_like(from[offer.shape]), types[offer.type]};
    }
}

// A controller makes new pods of every change of its template, whatever it is: changes that no model looks at, such as
// that of a variable, are told apart by what was written. The CNI's own are left out, whose variables are its settings
// and go from node to node by themselves.
std::uint32_t ObjectHistory::edition_of(const ScenarioBuilder& from, WorkloadIx workload) {
    const WorkloadKind kind = from.spec[workload].kind;
    const bool is_rolled_out =
        kind == WorkloadKind::deployment || kind == WorkloadKind::daemon_set || kind == WorkloadKind::stateful_set;
    if (!is_rolled_out || workload == builder_.spec.cni_workload) return 0;
    const auto written_in = [&](const ScenarioBuilder& builder) {
        return value_at(builder.object_of(workload).value(), "spec.template");
    };
    const JsonValue* is = written_in(from);
    const JsonValue* was = written_in(builder_);
    if (is == nullptr || was == nullptr || same_content(*was, *is)) return 0;
    std::vector<JsonValue>& known = editions_[workload.value];
    const auto same = std::ranges::find_if(known, [&](const JsonValue& one) { return same_content(one, *is); });
    const auto edition = static_cast<std::uint32_t>(same - known.begin()) + 1;
    if (same == known.end()) known.push_back(*is);
    return edition;
}

// The workload's template in the builder's table, where it is added if the workload has never had it.
TemplateIx ObjectHistory::template_of(const ScenarioBuilder& from, WorkloadIx workload) {
    PodTemplate pod = from.spec.template_of(workload);
    pod.workload = workload;
    // What it uses is said of the workload, in terms of the builder's tables.
    pod.usage = builder_.spec.template_of(workload).usage;
    for (auto* containers : {&pod.init_containers, &pod.containers}) {
        for (ContainerSpec& container : *containers) {
            if (!container.image) continue;
            const Image& image = from.spec.images[container.image.value];
            const std::size_t images_before = builder_.spec.images.size();
            container.image = builder_.image(image.name);
            if (builder_.spec.images.size() == images_before) continue;
            Image& added = builder_.spec.images.back();
            added.compressed_bytes = image.compressed_bytes;
            added.unpacked_bytes = image.unpacked_bytes;
        }
    }
    for (std::uint32_t& claim : pod.claims) {
        const VolumeClaim& named = from.spec.claims[claim];
        std::vector<VolumeClaim>& known = builder_.spec.claims;
        const auto same = std::ranges::find_if(known, [&](const VolumeClaim& other) {
            return other.namespace_name == named.namespace_name && other.name == named.name;
        });
        claim = static_cast<std::uint32_t>(same - known.begin());
        if (same != known.end()) continue;
        known.push_back(named);
        known.back().comes_later = true;
    }
    std::vector<TemplateIx>& had = templates_[workload.value];
    if (had.empty()) had.push_back(builder_.spec[workload].pod_template);
    pod.edition = edition_of(from, workload);
    for (const TemplateIx known : had) {
        if (builder_.spec[known] == pod) return known;
    }
    had.push_back(TemplateIx::of(builder_.spec.templates.size()));
    builder_.spec.templates.push_back(std::move(pod));
    return had.back();
}

void ObjectHistory::refuse_what_cannot_follow(const Reader& entry, const Contents& before, const Contents& now) {
    const auto workloads_of = [&](const Contents& contents) -> const std::vector<Workload>& {
        return contents.revision == 0 ? builder_.spec.workloads : builder_.revisions[contents.revision - 1].workloads;
    };
    const CniSettings& old_cni = before.builder->spec.cni;
    const CniSettings& new_cni = now.builder->spec.cni;
    if (old_cni.pod_enis != new_cni.pod_enis || old_cni.multi_nic != new_cni.multi_nic ||
        old_cni.ipv6 != new_cni.ipv6) {
        entry.complain(
            Rule::not_yet_modelled,
            fmt::format("{}: ENABLE_POD_ENI, ENABLE_MULTI_NIC and ENABLE_IPv6 cannot change in the middle of a "
                        "run: nodes that have had both are not yet modelled",
                        entry.title()),
            std::string(from_the_start));
    }
    if (before.builder->spec.cni_kind != now.builder->spec.cni_kind)
        entry.complain(Rule::not_yet_modelled,
                       fmt::format("{}: a change of the CNI in the middle of a run is not yet modelled", entry.title()),
                       std::string(from_the_start));
    if (!std::ranges::equal(before.builder->spec.quotas, now.builder->spec.quotas, bound_the_same) ||
        !std::ranges::equal(before.builder->spec.budgets, now.builder->spec.budgets, have_the_same_name))
        entry.complain(Rule::not_yet_modelled,
                       fmt::format("{}: a ResourceQuota or PodDisruptionBudget that comes or goes in the middle of a "
                                   "run is not yet modelled, nor is a quota of other resources or scopes",
                                   entry.title()),
                       "have it from the start, and change its amounts");
    if (!scale_alike(before.builder->spec.pod_scaling, now.builder->spec.pod_scaling))
        entry.complain(Rule::not_yet_modelled,
                       fmt::format("{}: a HorizontalPodAutoscaler, ScaledObject or metrics-server that comes, goes or "
                                   "changes in the middle of a run is not yet modelled",
                                   entry.title()),
                       std::string(from_the_start));
    if (!have_the_same_cluster_autoscaler(before.builder->spec, now.builder->spec))
        entry.complain(Rule::not_yet_modelled,
                       fmt::format("{}: a Cluster Autoscaler that comes, goes or has other settings in the middle of a "
                                   "run is not yet modelled",
                                   entry.title()),
                       std::string(from_the_start));
    if (before.builder->spec.descheduler != now.builder->spec.descheduler)
        entry.complain(Rule::not_yet_modelled,
                       fmt::format("{}: a descheduler that comes, goes or has another policy in the middle of a run is "
                                   "not yet modelled",
                                   entry.title()),
                       std::string(from_the_start));
    if (before.builder->spec.identity != now.builder->spec.identity)
        entry.complain(Rule::not_yet_modelled,
                       fmt::format("{}: an operator of Secrets, an agent or a role that comes, goes or changes in the "
                                   "middle of a run is not yet modelled",
                                   entry.title()),
                       std::string(from_the_start));
    if (!have_the_same_pools(before.builder->spec.karpenter, now.builder->spec.karpenter))
        entry.complain(
            Rule::not_yet_modelled,
            fmt::format("{}: a NodePool that comes or goes in the middle of a run is not yet modelled", entry.title()),
            "have it from the start, with limits of 0 as long as it is not to be used");
    if (before.builder->spec.services != now.builder->spec.services)
        entry.complain(
            Rule::not_yet_modelled,
            fmt::format("{}: a Service that comes, goes or selects other workloads in the middle of a run is "
                        "not yet modelled",
                        entry.title()),
            std::string(from_the_start));
    if (!leave_the_vpc_alike(before.builder->spec, now.builder->spec))
        entry.complain(
            Rule::not_yet_modelled,
            fmt::format("{}: another masquerading by Cilium in the middle of a run is not yet modelled where "
                        "pods have connections to the outside",
                        entry.title()),
            std::string(from_the_start));
    if (!have_the_same_data_paths(before.builder->spec, now.builder->spec))
        entry.complain(
            Rule::not_yet_modelled,
            fmt::format("{}: other settings of kube-proxy, Cilium, load balancers or proxies in the middle of a "
                        "run are not yet modelled where connections are looked at",
                        entry.title()),
            "kube-proxy-replacement may change, and `fault: data-path-migration` switches nodes over");
    for (std::size_t i = 0; i < builder_.spec.workloads.size(); ++i) {
        const WorkloadIx workload = WorkloadIx::of(i);
        const auto refusal = refusal_of(builder_.spec, workloads_of(before)[i], workloads_of(now)[i],
                                        workload == builder_.spec.cni_workload);
        if (!refusal || is_rolled_out(builder_.spec, workload, workloads_of(before)[i], workloads_of(now)[i])) continue;
        const auto difference = first_difference(value_at(before.builder->object_of(workload).value(), refusal->below),
                                                 value_at(now.builder->object_of(workload).value(), refusal->below),
                                                 std::string(refusal->below));
        const Reader at = difference && difference->value != nullptr
                              ? Reader(*difference->value, builder_.reading, entry.path(), entry.subject())
                              : entry;
        at.complain(
            refusal->rule,
            fmt::format("{}: {} {} cannot change in the middle of a run: {}", entry.title(),
                        builder_.title_of(workload), difference ? difference->path : refusal->below, refusal->why),
            std::string(refusal->hint));
    }
}

void complete_revisions(ScenarioBuilder& builder) {
    std::vector<Revision> revisions;
    for (ScenarioBuilder::Revision& rows : builder.revisions) {
        Spec spec = builder.spec;
        spec.workloads = std::move(rows.workloads);
        spec.cni = rows.cni;
        spec.cilium = rows.cilium;
        spec.budgets = rows.budgets;
        spec.quotas = rows.quotas;
        for (std::size_t i = 0; i < rows.pod_subnets.size(); ++i) spec.shapes[i].pod_subnet = rows.pod_subnets[i];
        spec.karpenter = rows.karpenter;
        spec.data_paths.cilium = rows.cilium_path;
        spec.telemetry = rows.telemetry;
        spec.pod_scaling.chains = rows.metric_chains;
        // Those of all revisions: a node stays what it is when its revision ends.
        spec.karpenter.types = builder.spec.karpenter.types;
        complete(spec);
        revisions.push_back({std::make_shared<const Spec>(std::move(spec))});
    }
    builder.spec.revisions = std::move(revisions);
}

}  // namespace eks
