#include "models/scenario/kubernetes/node_pools.hpp"

#include "models/scenario/kubernetes/ec2_node_classes.hpp"
#include "models/scenario/kubernetes/label_selector.hpp"
#include "models/scenario/kubernetes/node_pool_offers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace eks {
namespace {

constexpr std::array<std::string_view, 8> operators{"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte", "Lte"};

// Gte and Lte are Gt and Lt of the next number (KARP-9).
std::optional<NodePoolRequirement> read_requirement(const Reader& at) {
    if (!at.expect_map()) return std::nullopt;
    const auto key_at = at.required("key");
    const auto op_at = at.required("operator");
    const auto key = key_at ? key_at->text() : std::nullopt;
    const auto op = op_at ? op_at->one_of(operators) : std::nullopt;
    if (!key || !op) return std::nullopt;
    NodePoolRequirement requirement;
    requirement.expression.key = *key;
    constexpr std::size_t greater = 4, less = 5, at_least = 6;
    for (const Reader& value : at.items("values")) {
        if (const auto text = value.scalar_as_text()) requirement.expression.values.push_back(*text);
    }
    std::vector<std::string>& values = requirement.expression.values;
    if (*op >= greater) {
        const bool is_number = values.size() == 1 && !values.front().empty() && values.front().size() < 10 &&
                               std::ranges::all_of(values.front(), [](char c) { return c >= '0' && c <= '9'; });
        if (!is_number) {
            at.complain(Rule::bad_selector,
                        fmt::format("{}: the operator {} takes one whole number, as text", at.title(), operators[*op]));
            return std::nullopt;
        }
        const std::int64_t bound = std::stoll(values.front());
        if (*op >= at_least) values = {std::to_string(*op == at_least ? bound - 1 : bound + 1)};
        requirement.expression.op =
            *op == greater || *op == at_least ? SelectorOperator::greater : SelectorOperator::less;
    } else {
        requirement.expression.op = std::array{SelectorOperator::in, SelectorOperator::not_in, SelectorOperator::exists,
                                               SelectorOperator::does_not_exist}[*op];
        if (*op < 2 && values.empty()) {
            at.complain(Rule::bad_selector,
                        fmt::format("{}: the operator {} needs values", at.title(), operators[*op]));
            return std::nullopt;
        }
    }
    static_assert(less == greater + 1);
    constexpr std::int64_t most_values = 50;
    requirement.min_values = at.integer("minValues", 1, most_values).value_or(0);
    return requirement;
}

std::vector<Taint> read_taints(const Reader& spec, std::string_view key) {
    std::vector<Taint> taints;
    for (const Reader& at : spec.items(key)) {
        if (!at.expect_map()) continue;
        const auto name = at.required("key");
        const auto effect_at = at.required("effect");
        const auto effect =
            effect_at ? effect_at->one_of({"NoSchedule", "PreferNoSchedule", "NoExecute"}) : std::nullopt;
        const auto text = name ? name->text() : std::nullopt;
        if (!text || !effect) continue;
        taints.push_back(
            {*text, at.text("value").value_or(""),
             std::array{TaintEffect::no_schedule, TaintEffect::prefer_no_schedule, TaintEffect::no_execute}[*effect]});
    }
    return taints;
}

// "30s", or Never.
sim::Duration read_time(const Reader& map, std::string_view key, sim::Duration otherwise) {
    const auto at = map.member(key);
    if (!at) return otherwise;
    if (at->is_text() && at->value().text == "Never") {
        at->mark_used();
        return sim::Duration::max();
    }
    return at->duration().value_or(otherwise);
}

std::optional<NodePoolBudget> read_budget(const Reader& at) {
    if (!at.expect_map()) return std::nullopt;
    NodePoolBudget budget;
    const auto nodes_at = at.member("nodes");
    const std::string nodes = nodes_at ? nodes_at->scalar_as_text().value_or("") : "10%";
    budget.is_percent = nodes.ends_with('%');
    const std::string digits = nodes.substr(0, nodes.size() - (budget.is_percent ? 1 : 0));
    constexpr std::size_t longest = 6;
    if (digits.empty() || digits.size() > longest ||
        !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }) ||
        (budget.is_percent && std::stol(digits) > 100)) {
        nodes_at->complain(Rule::out_of_range,
                           fmt::format("{} is {}, which is neither a number of nodes nor a percentage",
                                       nodes_at->title(), shown(nodes_at->value())),
                           "write \"10%\" or \"3\"");
        return std::nullopt;
    }
    budget.amount = static_cast<std::int32_t>(std::stol(digits));
    for (const Reader& reason : at.items("reasons")) {
        if (const auto which = reason.one_of({"Underutilized", "Empty", "Drifted"}))
            budget.reasons = static_cast<std::uint8_t>(budget.reasons | 1U << *which);
    }
    const auto schedule = at.member("schedule");
    const auto lasts = at.member("duration");
    if (schedule.has_value() != lasts.has_value()) {
        at.complain(Rule::contradictory_fields, fmt::format("{} has only one of schedule and duration", at.title()),
                    "the API server takes both, or none");
        return std::nullopt;
    }
    if (!schedule) return budget;
    const auto text = schedule->text();
    if (!text) return std::nullopt;
    const ParsedCron cron = parse_cron(*text);
    if (!cron.ok()) {
        schedule->complain(Rule::bad_cron, fmt::format("{} is \"{}\"", schedule->title(), *text),
                           std::string(advice(cron.fault)));
        return std::nullopt;
    }
    budget.is_scheduled = true;
    budget.schedule = cron.schedule;
    budget.lasts = lasts->duration().value_or(sim::Duration::zero());
    return budget;
}

void read_disruption(const Reader& at, NodePool& pool) {
    constexpr std::size_t balanced = 3;
    if (const auto policy = at.member("consolidationPolicy")) {
        // The second name is of v1beta1.
        const auto which = policy->one_of({"WhenEmpty", "WhenEmptyOrUnderutilized", "WhenUnderutilized", "Balanced"});
        if (which == 0U) pool.policy = NodePoolPolicy::when_empty;
        if (which == balanced) pool.policy = NodePoolPolicy::balanced;
    }
    pool.consolidate_after = read_time(at, "consolidateAfter", sim::Duration::zero());
    // Of v1beta1; since then it stands in the template.
    pool.expire_after = read_time(at, "expireAfter", pool.expire_after);
    if (!at.has("budgets")) return;
    pool.budgets.clear();
    for (const Reader& budget : at.items("budgets")) {
        if (const auto read = read_budget(budget)) pool.budgets.push_back(*read);
    }
}

void read_limits(const Reader& at, NodePool& pool) {
    for (const auto& [resource, value] : at.members()) {
        const auto amount = value.quantity(resource == "cpu" ? QuantityUnit::milli : QuantityUnit::whole);
        if (amount) pool.limits.emplace_back(resource, *amount);
    }
}

class PoolReading {
  public:
    PoolReading(const KubernetesObjects& objects, ScenarioBuilder& builder)
        : builder_(builder), sizing_(read_karpenter_settings(builder)), classes_(read_node_classes(objects, builder)) {}

    void add(const Reader& object, const std::string& name) {
        if (const auto stated = object.member("metadata")->member("name")) stated->mark_used();
        const auto spec = object.required("spec");
        if (!spec || !spec->expect_map()) return;
        constexpr std::int64_t expiry_default_s = 720 * 3600;
        NodePool pool;
        pool.name = name;
        pool.expire_after = sim::Duration::seconds(expiry_default_s);
        pool.budgets.push_back({0, true, 10, false, {}, {}});
        pool.weight = spec->integer("weight", 0, 100).value_or(0);
        if (const auto replicas = spec->member("replicas")) {
            replicas->warn(Rule::kind_not_modelled,
                           fmt::format("{}: static NodePools (an alpha feature) are not modelled", object.title()));
            return;
        }
        if (const auto limits = spec->member("limits"); limits && limits->expect_map()) read_limits(*limits, pool);
        if (const auto disruption = spec->member("disruption"); disruption && disruption->expect_map())
            read_disruption(*disruption, pool);
        const auto at = spec->required("template");
        if (!at || !at->expect_map()) return;
        if (const auto metadata = at->member("metadata"); metadata && metadata->is_map()) {
            if (const auto labels = metadata->member("labels")) pool.labels = read_labels(*labels);
        }
        const auto of_nodes = at->required("spec");
        if (of_nodes && of_nodes->expect_map()) read_template(object, *of_nodes, std::move(pool));
    }

  private:
    void read_template(const Reader& object, const Reader& at, NodePool pool) {
        for (const Reader& requirement : at.items("requirements")) {
            if (auto read = read_requirement(requirement)) pool.requirements.push_back(std::move(*read));
        }
        pool.taints = read_taints(at, "taints");
        const std::vector<Taint> startup = read_taints(at, "startupTaints");
        pool.expire_after = read_time(at, "expireAfter", pool.expire_after);
        pool.drain_limit = read_time(at, "terminationGracePeriod", sim::Duration::max());
        const auto reference = at.required("nodeClassRef");
        const auto named = reference && reference->expect_map() ? reference->required("name") : std::nullopt;
        const auto class_name = named ? named->text() : std::nullopt;
        if (!class_name) return;
        pool.node_class = *class_name;
        const auto node_class = std::ranges::find(classes_, *class_name, &NodeClass::name);
        if (node_class == classes_.end()) {
            named->warn(
                Rule::no_offer_of_node_pool,
                fmt::format("{} refers to EC2NodeClass/{}, which is not there: Karpenter launches nothing for it",
                            object.title(), *class_name),
                "add the EC2NodeClass to `manifests`");
            return;
        }
        if (node_class->is_windows) {
            object.warn(
                Rule::nodes_not_modelled,
                fmt::format("{}: Windows nodes are not modelled; pods that need them stay unplaced", object.title()));
            return;
        }
        assume_taints_go(object, startup);
        note_what_it_is_made_of(pool, startup, *node_class);
        const auto kubelet = at.member("kubelet");  // of v1beta1
        add_group(pool);
        builder_.image_families[pool.group.value] = node_class->image_family;
        add_offers(object, pool, *node_class, kubelet && kubelet->is_map() ? kubelet : std::nullopt, sizing_, builder_);
        if (pool.offers.empty() && !builder_.reading.diagnostics.has_errors())
            object.warn(Rule::no_offer_of_node_pool,
                        fmt::format("{}: no instance type meets its requirements", object.title()),
                        "see which of the requirements are at odds, and whether the zones have subnets");
        for (const NodePoolOffer& offer : pool.offers)
            builder_.spec.node_groups[pool.group.value].shapes.push_back(offer.shape);
        builder_.spec.karpenter.pools.push_back(std::move(pool));
    }

    void add_group(NodePool& pool) {
        std::vector<NodeGroup>& groups = builder_.spec.node_groups;
        pool.group = NodeGroupIx::of(groups.size());
        NodeGroup group;
        const bool is_double = std::ranges::find(groups, pool.name, &NodeGroup::name) != groups.end();
        group.name = is_double ? "NodePool/" + pool.name : pool.name;
        group.is_managed = false;
        group.is_node_pool = true;
        groups.push_back(std::move(group));
    }

    void assume_taints_go(const Reader& object, const std::vector<Taint>& startup) {
        if (startup.empty()) return;
        builder_.assume(fmt::format("startupTaints of {}", object.title()), "gone when the node becomes Ready",
                        "a guess: whoever takes them off is not simulated");
    }

    // KARP-60: the static fields. Requirements and the pool's other settings are not among them.
    static void note_what_it_is_made_of(NodePool& pool, const std::vector<Taint>& startup,
                                        const NodeClass& node_class) {
        std::string text = node_class.name + '\n' + node_class.made_of + '\n';
        for (const Label& label : pool.labels) text += label.key + '=' + label.value + '\n';
        for (const std::vector<Taint>* taints : {&std::as_const(pool.taints), &startup}) {
            for (const Taint& taint : *taints)
                text += fmt::format("{}={}:{}\n", taint.key, taint.value, static_cast<int>(taint.effect));
            text += '\n';
        }
        text += fmt::format("{} {}", pool.expire_after.us(), pool.drain_limit.us());
        pool.made_of = stable_key_of(text);
    }

    ScenarioBuilder& builder_;
    KarpenterSizing sizing_;
    std::vector<NodeClass> classes_;
};

void list_assumptions(ScenarioBuilder& builder) {
    const Karpenter& karpenter = builder.spec.karpenter;
    if (!karpenter.is_there()) return;
    if (!karpenter.pods.valid())
        builder.assume("where Karpenter runs", "outside of the simulated nodes, always up",
                       "its Deployment is not among the manifests");
    builder.assume("Karpenter's version", fmt::format("behaves as 1.{}", karpenter.version_minor),
                   karpenter.pods.valid() ? "the tag of its image (GEN-1)" : "the version that was read (GEN-1)");
    builder.assume("instance types by zone", "all in all zones",
                   "which zone has which type is not in the catalogue; see the fault insufficient-capacity");
}

}  // namespace

void read_node_pools(const KubernetesObjects& objects, ScenarioBuilder& builder) {
    const bool has_pool = std::ranges::any_of(objects.all(), [](const KubernetesObject& object) {
        return object.known != nullptr && object.known->role == ObjectRole::node_pool;
    });
    if (!has_pool) return;
    PoolReading reading(objects, builder);
    for (const KubernetesObject& object : objects.all()) {
        if (object.known != nullptr && object.known->role == ObjectRole::node_pool)
            reading.add(objects.reader_of(object), object.name);
    }
    list_assumptions(builder);
}

}  // namespace eks
