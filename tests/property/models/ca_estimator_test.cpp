// Cluster Autoscaler's estimator (CA-13 to CA-16) against itself with the scheduler's whole cycle for each pod, on
// random questions whose pods bear on each other in every way. A failure names the seed and the command that repeats
// it.
#include "libsim/random.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/estimator.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace eks::cluster_autoscaler {
namespace {

constexpr const char* zone_key = "topology.kubernetes.io/zone";

class EstimateChoices {
  public:
    explicit EstimateChoices(std::uint64_t seed) : seed_(seed) {}
    std::int64_t below(std::int64_t bound) {
        return static_cast<std::int64_t>(
            sim::draw_below({seed_, 0}, {904, 0, next_++, 0}, static_cast<std::uint64_t>(bound)));
    }
    bool one_in(std::int64_t n) { return below(n) == 0; }
    std::string one_of(std::initializer_list<const char*> all) {
        return all.begin()[below(static_cast<std::int64_t>(all.size()))];
    }

  private:
    std::uint64_t seed_;
    std::uint64_t next_ = 0;
};

Selector some_selector(EstimateChoices& choose) {
    if (choose.one_in(10)) return {};
    if (choose.one_in(10)) return {true, {}};
    return {true, {{"app", SelectorOperator::in, {choose.one_of({"a", "b", "c"})}, false}}};
}

AffinityTerm some_term(EstimateChoices& choose) {
    AffinityTerm term;
    term.topology_key = choose.one_of({zone_key, "kubernetes.io/hostname", "nowhere"});
    term.selector = some_selector(choose);
    return term;
}

plain::PodObject some_pod(EstimateChoices& choose, const std::string& name) {
    plain::PodObject pod;
    pod.namespace_name = choose.one_in(5) ? "other" : "default";
    pod.name = name;
    pod.labels = {{"app", choose.one_of({"a", "b", "c"})}};
    if (!choose.one_in(10)) pod.requests = {{"cpu", choose.below(1500)}, {"memory", choose.below(40)}};
    if (choose.one_in(4)) pod.tolerations = {{"dedicated", "", true, true, TaintEffect::no_schedule}};
    if (choose.one_in(6)) pod.node_selector = {{zone_key, choose.one_of({"a", "b"})}};
    if (choose.one_in(20)) pod.node_selector = {{"kubernetes.io/hostname", "template-e-1"}};
    if (choose.one_in(6)) pod.host_ports = {{"TCP", "0.0.0.0", 8080 + choose.below(2)}};
    if (choose.one_in(5)) pod.required_affinity = {some_term(choose)};
    if (choose.one_in(5)) pod.required_anti_affinity = {some_term(choose)};
    if (choose.one_in(3)) {
        SpreadConstraint constraint;
        constraint.topology_key = choose.one_of({zone_key, "kubernetes.io/hostname"});
        constraint.max_skew = 1 + choose.below(3);
        constraint.is_required = !choose.one_in(4);
        if (constraint.is_required && choose.one_in(4)) constraint.min_domains = 1 + choose.below(3);
        constraint.honors_taints = choose.one_in(3);
        constraint.selector = some_selector(choose);
        pod.spread = {constraint};
    }
    if (choose.one_in(30)) pod.claims = {"gone"};
    return pod;
}

plain::NodeObject some_node(EstimateChoices& choose, const std::string& name) {
    plain::NodeObject node;
    node.name = name;
    node.labels = {{"kubernetes.io/hostname", name}, {zone_key, choose.one_of({"a", "b", "c"})}};
    if (choose.one_in(8)) node.labels.erase(zone_key);
    node.is_unschedulable = choose.one_in(8);
    if (choose.one_in(5)) node.taints = {{"dedicated", "", TaintEffect::no_schedule}};
    node.allocatable = {
        {"cpu", 1000 + choose.below(4000)}, {"memory", 30 + choose.below(100)}, {"pods", 2 + choose.below(8)}};
    return node;
}

EstimateQuestion some_question(EstimateChoices& choose) {
    EstimateQuestion question;
    const std::int64_t nodes = choose.below(4);
    for (std::int64_t n = 0; n < nodes; ++n)
        question.cluster.nodes.push_back(some_node(choose, "old-" + std::to_string(n)));
    for (std::int64_t n = 0; n < 2 * nodes; ++n) {
        plain::PodObject pod = some_pod(choose, "old-pod-" + std::to_string(n));
        (choose.one_in(6) ? pod.nominated_node : pod.node_name) = "old-" + std::to_string(choose.below(nodes));
        pod.is_terminating = choose.one_in(6);
        question.cluster.pods.push_back(std::move(pod));
    }
    question.node_template = some_node(choose, "template");
    question.template_capacity = {static_cast<double>(question.node_template.allocatable["cpu"]) / 1000,
                                  static_cast<double>(question.node_template.allocatable["memory"])};
    if (choose.one_in(3)) question.template_pods.push_back(some_pod(choose, "daemon"));
    const std::int64_t groups = 1 + choose.below(5);
    for (std::int64_t n = 0; n < groups; ++n) {
        PodGroup group;
        group.pod = some_pod(choose, "group-" + std::to_string(n));
        group.count = 1 + choose.below(12);
        group.first_container = {static_cast<double>(group.pod.requests["cpu"]) / 1000,
                                 static_cast<double>(group.pod.requests["memory"])};
        question.groups.push_back(std::move(group));
    }
    question.node_limit = choose.one_in(3) ? choose.below(6) - 1 : 0;
    question.may_take_fast_path = choose.one_in(3);
    return question;
}

TEST(CaEstimateProperty, KeptCountsAnswerAsTheWholeCycleDoes) {
    const char* text = std::getenv("EKSSIM_SEED");
    const std::uint64_t first = text == nullptr ? 1 : std::strtoull(text, nullptr, 10);
    const std::uint64_t last = text == nullptr ? 3000 : first;
    std::int64_t scheduled = 0;
    std::int64_t on_several_nodes = 0;
    for (std::uint64_t seed = first; seed <= last; ++seed) {
        EstimateChoices choose(seed);
        const EstimateQuestion question = some_question(choose);
        const Estimate quick = estimate(question);
        const Estimate plain = estimate_plainly(question);
        ASSERT_EQ(quick.scheduled_per_group, plain.scheduled_per_group)
            << "again: EKSSIM_SEED=" << seed << " ekssim_tests --gtest_filter=CaEstimateProperty.*";
        ASSERT_EQ(quick.node_count, plain.node_count)
            << "again: EKSSIM_SEED=" << seed << " ekssim_tests --gtest_filter=CaEstimateProperty.*";
        scheduled += quick.scheduled;
        on_several_nodes += quick.node_count > 1 ? 1 : 0;
    }
    if (text == nullptr) {
        // The questions are no empty ones.
        EXPECT_GT(scheduled, 10'000);
        EXPECT_GT(on_several_nodes, 500);
    }
}

}  // namespace
}  // namespace eks::cluster_autoscaler
