// The scheduler of runs against the plain one, on random clusters whose pods bear on each other in every way: the node
// that it chooses, whom it would end to make room, and that what it remembers changes neither. A failure names the seed
// and the command that repeats it.
#include "models/systems/scheduling/hints.hpp"
#include "models/systems/scheduling/plain/cycle.hpp"
#include "models/systems/scheduling/plain/preemption.hpp"
#include "models/systems/scheduling/plain/view.hpp"
#include "models/systems/scheduling/preemption.hpp"
#include "models/systems/scheduling/select_node.hpp"
#include "models/systems/scheduling/volume_filter.hpp"
#include "models/world/pod_sums.hpp"
#include "models/world/verbs.hpp"
#include "tests/support/tiny_cluster.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <map>
#include <optional>

namespace eks::testing {
namespace {

constexpr const char* zone_key = "topology.kubernetes.io/zone";
constexpr const char* hostname_key = "kubernetes.io/hostname";

class Choices {
  public:
    explicit Choices(std::uint64_t seed) : seed_(seed) {}
    std::int64_t below(std::int64_t bound) {
        return static_cast<std::int64_t>(
            sim::draw_below({seed_, 0}, {903, 0, next_++, 0}, static_cast<std::uint64_t>(bound)));
    }
    bool one_in(std::int64_t n) { return below(n) == 0; }
    template <class T>
    T one_of(std::initializer_list<T> all) {
        return all.begin()[below(static_cast<std::int64_t>(all.size()))];
    }

  private:
    std::uint64_t seed_;
    std::uint64_t next_ = 0;
};

Selector some_selector(Choices& choose) {
    Selector selector;
    selector.is_given = !choose.one_in(12);
    if (choose.one_in(8)) return selector;  // everything
    SelectorRequirement requirement{choose.one_of({"app", "tier"}), SelectorOperator::in, {}, false};
    requirement.op = choose.one_of({SelectorOperator::in, SelectorOperator::in, SelectorOperator::not_in,
                                    SelectorOperator::exists, SelectorOperator::does_not_exist});
    if (requirement.op == SelectorOperator::in || requirement.op == SelectorOperator::not_in)
        requirement.values = {choose.one_of({"a", "b", "c"})};
    selector.all.push_back(requirement);
    return selector;
}

AffinityTerm some_term(Choices& choose) {
    AffinityTerm term;
    term.topology_key = choose.one_of({zone_key, hostname_key, "rack", "nowhere"});
    term.selector = some_selector(choose);
    if (choose.one_in(4)) term.namespaces = {choose.one_of({"one", "two"})};
    if (choose.one_in(6)) term.namespace_selector = {true, {}};
    term.weight = 1 + choose.below(100);
    term.is_about_same_template = choose.one_in(8);
    return term;
}

SpreadConstraint some_constraint(Choices& choose) {
    SpreadConstraint constraint;
    constraint.topology_key = choose.one_of({zone_key, hostname_key, "rack"});
    constraint.max_skew = 1 + choose.below(3);
    constraint.is_required = choose.one_in(2);
    if (constraint.is_required && choose.one_in(4)) constraint.min_domains = 1 + choose.below(4);
    constraint.honors_affinity = !choose.one_in(4);
    constraint.honors_taints = choose.one_in(4);
    constraint.selector = some_selector(choose);
    constraint.is_about_same_template = choose.one_in(8);
    return constraint;
}

PodTemplate some_pod(Choices& choose) {
    PodTemplate pod = TinyCluster::serving_pod(choose.one_of<Millicores>({0, 50, 100, 300, 900}));
    pod.containers[0].states_cpu_request = !choose.one_in(3);
    pod.containers[0].image = ImageIx::of(static_cast<std::size_t>(choose.below(3)));
    if (!choose.one_in(4)) pod.labels.push_back({"app", choose.one_of({"a", "b", "c"})});
    if (choose.one_in(2)) pod.labels.push_back({"tier", choose.one_of({"a", "b"})});
    // The view gives every pod a label, and budgets pass over pods without any (SCHED-83).
    if (pod.labels.empty()) pod.labels.push_back({"tier", "c"});
    pod.priority = choose.one_of<std::int32_t>({0, 0, 0, 10, 100});
    pod.may_preempt = !choose.one_in(8);
    if (choose.one_in(4)) pod.node_selector = {{"rack", choose.one_of({"r1", "r2"})}};
    if (choose.one_in(5)) {
        Toleration toleration;
        toleration.key = "dedicated";
        toleration.exists = true;
        pod.tolerations.push_back(toleration);
    }
    PodConstraints& c = pod.constraints;
    if (choose.one_in(4)) c.required_affinity.push_back(some_term(choose));
    if (choose.one_in(12)) c.required_affinity.push_back(some_term(choose));
    if (choose.one_in(3)) c.required_anti_affinity.push_back(some_term(choose));
    if (choose.one_in(4)) c.preferred_affinity.push_back(some_term(choose));
    if (choose.one_in(4)) c.preferred_anti_affinity.push_back(some_term(choose));
    for (int more = choose.one_in(2) ? 1 + static_cast<int>(choose.below(2)) : 0; more > 0; --more)
        c.spread.push_back(some_constraint(choose));
    if (choose.one_in(5))
        c.host_ports.push_back({choose.one_of({"TCP", "UDP"}), choose.one_of({"0.0.0.0", "10.0.0.1"}),
                                choose.one_of<std::int64_t>({80, 443})});
    if (choose.one_in(5)) pod.claims = {static_cast<std::uint32_t>(choose.below(4))};
    if (choose.one_in(6)) {
        VolumeClaim claim;
        claim.is_zonal = claim.takes_attachment = !choose.one_in(3);
        if (choose.one_in(3)) claim.allowed = {ZoneIx::of(0)};
        (choose.one_in(2) ? pod.own_claims : pod.passing_claims).push_back(claim);
    }
    return pod;
}

TinyCluster some_cluster(Choices& choose) {
    TinyCluster c(36);
    c.spec.images = {{"a:1", 0, 0}, {"b:1", 90 * mebibyte, 200 * mebibyte}, {"c:1", 300 * mebibyte, 900 * mebibyte}};
    c.spec.namespaces = {"one", "two"};
    for (int zone = static_cast<int>(choose.below(3)); zone > 0; --zone) c.add_zone(20);
    for (int groups = 1 + static_cast<int>(choose.below(4)); groups > 0; --groups) {
        TinyNodes nodes;
        nodes.group = "group" + std::to_string(groups);
        nodes.zone = nodes.subnet =
            static_cast<std::uint32_t>(choose.below(static_cast<std::int64_t>(c.spec.zones.size())));
        nodes.cpu_milli = choose.one_of<Millicores>({400, 1000, 2000});
        nodes.max_pods = choose.one_of<std::int32_t>({3, 6, 20});
        if (!choose.one_in(4)) nodes.labels = {{"rack", choose.one_of({"r1", "r2"})}};
        if (choose.one_in(5))
            nodes.taints = {
                {"dedicated", "", choose.one_in(2) ? TaintEffect::no_schedule : TaintEffect::prefer_no_schedule}};
        c.add_nodes(1 + static_cast<std::int32_t>(choose.below(4)), nodes);
    }
    for (NodeShape& shape : c.spec.shapes) shape.max_volumes = choose.one_of<std::int32_t>({1, 2, 25});
    for (int i = 0; i < 4; ++i) {
        VolumeClaim claim;
        claim.namespace_name = i < 2 ? "one" : "two";
        claim.name = "claim-" + std::to_string(i);
        claim.is_for_one_pod = choose.one_in(5);
        claim.is_zonal = claim.takes_attachment = !choose.one_in(4);
        if (claim.is_zonal && choose.one_in(3)) claim.zone = ZoneIx::of(0);
        if (choose.one_in(4)) claim.allowed = {ZoneIx::of(0)};
        c.spec.claims.push_back(claim);
    }
    for (int i = 0; i < 6; ++i) {
        const WorkloadIx ix = c.add(choose.one_of({WorkloadKind::deployment, WorkloadKind::pod}),
                                    "w" + std::to_string(i), some_pod(choose));
        c.at(ix).namespace_name = choose.one_of({"one", "two"});
        // A claim is of one namespace.
        for (std::uint32_t& claim : c.pod_of(ix).claims)
            claim = claim % 2 + (c.at(ix).namespace_name == "one" ? 0U : 2U);
    }
    for (int more = static_cast<int>(choose.below(3)); more > 0; --more) {
        DisruptionBudget budget;
        budget.namespace_name = choose.one_of({"one", "two"});
        budget.name = "budget-" + std::to_string(more);
        budget.selector = some_selector(choose).all;
        c.spec.budgets.push_back(budget);
    }
    if (choose.one_in(3)) {
        SchedulerProfile& profile = c.spec.scheduler.profiles.front();
        profile.strategy =
            choose.one_of({ScoringStrategy::most_allocated, ScoringStrategy::requested_to_capacity_ratio});
        profile.shape = {{0, 0}, {70, 10}, {100, 3}};
        profile.fit_resources = {{"cpu", 3}, {"memory", 1}, {"ephemeral-storage", 1}};
        profile.balanced_resources = {{"cpu", 1}, {"memory", 1}, {"ephemeral-storage", 1}};
        profile.hard_affinity_weight = choose.below(50);
        profile.weights[static_cast<std::size_t>(SchedulerPlugin::inter_pod_affinity)] = 1 + choose.below(5);
        if (choose.one_in(3)) profile.filters[static_cast<std::size_t>(SchedulerPlugin::node_ports)] = false;
    }
    return c;
}

// A World of listed and ready nodes, and the pods that are put on them one by one.
class Placing {
  public:
    explicit Placing(std::uint64_t seed) : choose_(seed), key_{seed, 0} {
        TinyCluster cluster = some_cluster(choose_);
        complete(cluster.spec);
        spec_ = std::move(cluster.spec);
        world_ = empty_world(spec_);
        world_.budgets.resize(spec_.budgets.size());
        for (BudgetState& budget : world_.budgets)
            budget.disruptions_allowed = static_cast<std::int32_t>(choose_.below(3));
        for (std::size_t group = 0; group < spec_.node_groups.size(); ++group) {
            for (std::int32_t i = 0; i < spec_.node_groups[group].desired; ++i) {
                const NodeId id = add_node(spec_, world_, spec_.node_groups[group].shapes.front(), sim::Time::origin());
                list_node(spec_, world_, id);
                world_.nodes[id].state = NodeState::ready;
                if (choose_.one_in(3)) put_image_on_node(spec_, world_, id, ImageIx::of(1), sim::Time::origin());
            }
        }
    }

    void step(std::int64_t second) {
        const sim::Time now = sim::Time::at(sim::Duration::seconds(second));
        const std::int64_t what = choose_.below(10);
        if (what == 0) return take_one_away();
        if (what == 1) return mark_one_terminating();
        if (what == 2) return choose_.one_in(4) ? lose_one() : cordon_one();
        const WorkloadIx workload = WorkloadIx::of(static_cast<std::size_t>(choose_.below(6)));
        const PodId id = add_pod(spec_, world_, workload, next_ordinal_++, JobId::none(), now);
        world_.pods[id].attempts = 1;
        const NodeChoice choice = check_choice(id);
        if (choice.node.valid()) {
            put_on_node(spec_, world_, id, choice.node);
            bind_claims(spec_, world_, id);
            world_.pods[id].stage = PodStage::running;
            world_.pods[id].scheduled = now;
            ++placed;
        } else {
            ++refused;
            check_preemption(id);
            remove_pod(spec_, world_, id);
        }
    }

    std::int64_t placed = 0;
    std::int64_t refused = 0;
    std::int64_t preempted = 0;

  private:
    std::optional<PodId> some_placed_pod() {
        std::vector<PodId> all;
        for (const auto& [id, pod] : world_.pods) {
            if (pod.node.valid()) all.push_back(id);
        }
        if (all.empty()) return std::nullopt;
        return all[static_cast<std::size_t>(choose_.below(static_cast<std::int64_t>(all.size())))];
    }
    void take_one_away() {
        if (const auto id = some_placed_pod()) remove_pod(spec_, world_, *id);
    }
    void mark_one_terminating() {
        const auto id = some_placed_pod();
        if (!id || world_.pods[*id].terminating) return;
        count_terminating(world_, world_.pods[*id]);
        world_.pods[*id].terminating = true;
        --world_[world_.pods[*id].workload].active;
    }
    // Its Node object goes; its pods are cleared away later, and count for nobody meanwhile (SCHED-11, PODGC-2).
    void lose_one() {
        if (world_.node_order.size() < 2) return;
        const NodeId id = world_.node_order[static_cast<std::size_t>(
            choose_.below(static_cast<std::int64_t>(world_.node_order.size())))];
        unlist_node(spec_, world_, id);
        world_.nodes[id].state = NodeState::deleted;
    }
    void cordon_one() {
        const NodeId id = world_.node_order[static_cast<std::size_t>(
            choose_.below(static_cast<std::int64_t>(world_.node_order.size())))];
        world_.nodes[id].cordoned = !world_.nodes[id].cordoned;
        node_changed(world_, id);
    }

    NodeChoice check_choice(PodId id) {
        World forgetful = world_;  // a copy remembers nothing
        const NodeChoice fresh = select_node(spec_, forgetful, key_, id);
        const NodeChoice found = select_node(spec_, world_, key_, id);
        EXPECT_EQ(found.node, fresh.node);
        EXPECT_EQ(found.rejectors, fresh.rejectors);
        EXPECT_EQ(found.reason, fresh.reason);
        const plain::Cluster cluster = plain::view_of_cluster(spec_, world_, id);
        const std::vector<plain::NodeInfo> nodes = nodes_with_pods(cluster);
        const plain::Choice choice =
            choose(cluster, spec_.scheduler.profiles.front(), nodes, plain::view_of_pod(spec_, world_, id));
        std::vector<std::string> best;
        for (const plain::NodeInfo* node : choice.best) best.push_back(node->node->name);
        if (found.node.valid())
            EXPECT_THAT(best, ::testing::Contains(plain::view_name(found.node)));
        else
            EXPECT_THAT(best, ::testing::IsEmpty());
        return found;
    }

    // The victims of the best node (SCHED-81 to SCHED-84); ties are left open where the plain one names several nodes.
    void check_preemption(PodId id) {
        const World before = world_;
        const Preemption found = find_victims(spec_, world_, key_, id);
        EXPECT_TRUE(world_ == before) << "a search for victims left something behind";
        const plain::Cluster cluster = plain::view_of_cluster(spec_, world_, id);
        const std::vector<plain::NodeInfo> nodes = nodes_with_pods(cluster);
        const plain::Preemption expected =
            preempt(cluster, spec_.scheduler.profiles.front(), nodes, plain::view_of_pod(spec_, world_, id));
        if (!found.node.valid()) {
            EXPECT_THAT(expected.best, ::testing::IsEmpty());
            return;
        }
        ++preempted;
        std::map<std::string, std::vector<std::string>> victims;
        for (const plain::Candidate& candidate : expected.candidates) {
            for (const plain::PodObject* victim : candidate.victims)
                victims[candidate.node->node->name].push_back(victim->name);
        }
        std::vector<std::string> best;
        for (const plain::NodeInfo* node : expected.best) best.push_back(node->node->name);
        EXPECT_THAT(best, ::testing::Contains(plain::view_name(found.node)));
        std::vector<std::string> ours;
        for (const PodId victim : found.victims) ours.push_back(plain::view_name(victim));
        EXPECT_EQ(ours, victims[plain::view_name(found.node)]);
    }

    Choices choose_;
    sim::RunKey key_;
    Spec spec_;
    World world_;
    std::uint32_t next_ordinal_ = 0;
};

TEST(Scheduler, ChoosesAndPreemptsAsThePlainOne) {  // SCHED-28 to SCHED-61, SCHED-80 to SCHED-84
    const char* only = std::getenv("EKSSIM_SEED");
    const std::uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 1;
    std::int64_t placed = 0;
    std::int64_t refused = 0;
    std::int64_t preempted = 0;
    for (std::uint64_t seed = first; seed <= (only != nullptr ? first : 300) && !::testing::Test::HasFailure();
         ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed) + "; repeat it with EKSSIM_SEED=" + std::to_string(seed) +
                     " ekssim_tests --gtest_filter=Scheduler.Chooses*");
        Placing placing(seed);
        for (std::int64_t second = 1; second <= 60 && !::testing::Test::HasFailure(); ++second) placing.step(second);
        placed += placing.placed;
        refused += placing.refused;
        preempted += placing.preempted;
    }
    if (only != nullptr) return;
    EXPECT_GT(placed, 3'000);
    EXPECT_GT(refused, 1'000);
    EXPECT_GT(preempted, 100);
}

}  // namespace
}  // namespace eks::testing
