// A template that is appended to a complete Spec is, in all that follows from Specs, as if it had been there before the
// Spec was completed.
#include "models/spec/sized_template.hpp"

#include "models/spec/spec.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace eks {
namespace {

constexpr TemplateIx web{0U};

ContainerSpec container(Millicores cpu_milli, Bytes memory_bytes) {
    ContainerSpec spec;
    spec.requests = {.cpu_milli = cpu_milli, .memory_bytes = memory_bytes};
    spec.states_cpu_request = cpu_milli != 0;
    spec.states_memory_request = memory_bytes != 0;
    return spec;
}

Selector selector_of(const std::string& app) { return {true, {{"app", SelectorOperator::in, {app}, false}}}; }

AffinityTerm term_about(const std::string& key, const std::string& app, std::int64_t weight = 0) {
    AffinityTerm term;
    term.topology_key = key;
    term.selector = selector_of(app);
    term.weight = weight;
    return term;
}

SpreadConstraint spread_over(const std::string& key, const std::string& app, bool is_required) {
    SpreadConstraint spread;
    spread.topology_key = key;
    spread.selector = selector_of(app);
    spread.is_required = is_required;
    return spread;
}

// web bears on itself and on db, which bears on web: by affinity, anti-affinity and spread of both kinds.
Spec plain() {
    Spec spec;
    spec.kubernetes.minor = 36;
    spec.zones = {"a", "b"};
    for (const std::uint32_t zone : {0U, 1U}) {
        for (const Millicores cores : {1, 4}) {
            NodeShape shape;
            shape.zone = ZoneIx::of(zone);
            shape.labels = {{"topology.kubernetes.io/zone", spec.zones[zone]}, {"disk", cores > 1 ? "fast" : "slow"}};
            if (zone == 1) shape.taints = {{"role", "batch", TaintEffect::prefer_no_schedule}};
            if (zone == 1 && cores > 1) shape.taints.push_back({"gpu", "yes", TaintEffect::no_schedule});
            shape.allocatable = {.cpu_milli = 1000 * cores, .memory_bytes = 4 * cores * gibibyte};
            shape.max_pods = 10;
            spec.shapes.push_back(shape);
        }
    }
    PodTemplate pod;
    pod.labels = {{"app", "web"}};
    pod.namespace_name = "shop";
    pod.containers = {container(300, 0), container(0, gibibyte)};
    pod.init_containers = {container(500, 0)};
    pod.preferred_node_terms = {{7, {{{"disk", SelectorOperator::in, {"fast"}, false}}}}};
    pod.constraints.required_affinity = {term_about("topology.kubernetes.io/zone", "db")};
    pod.constraints.required_anti_affinity = {term_about("kubernetes.io/hostname", "web")};
    pod.constraints.preferred_affinity = {term_about("disk", "web", 3)};
    pod.constraints.spread = {spread_over("topology.kubernetes.io/zone", "web", true),
                              spread_over("kubernetes.io/hostname", "web", false)};
    PodTemplate db = pod;
    db.labels = {{"app", "db"}};
    db.containers = {container(200, gibibyte)};
    db.init_containers = {};
    db.constraints = {};
    db.constraints.preferred_anti_affinity = {term_about("topology.kubernetes.io/zone", "web", 5)};
    spec.templates = {pod, db};
    for (const char* name : {"web", "db"}) {
        Workload workload;
        workload.kind = WorkloadKind::stateful_set;
        workload.namespace_name = "shop";
        workload.name = name;
        workload.pod_template = TemplateIx::of(spec.workloads.size());
        spec.workloads.push_back(workload);
    }
    for (const char* app : {"web", "db"}) {
        DisruptionBudget budget;
        budget.namespace_name = "shop";
        budget.name = app;
        budget.selector = selector_of(app).all;
        spec.budgets.push_back(budget);
    }
    const QuotaBound of_cpu{"requests.cpu", QuotaMeasure::requests, ResourceKind::cpu, 10'000};
    for (const QuotaScope scope : {QuotaScope::best_effort, QuotaScope::not_best_effort})
        spec.quotas.push_back({"shop", "of-a-class", {{scope, SelectorOperator::exists, {}}}, {of_cpu}, 0});
    spec.quotas.push_back({"elsewhere", "all", {}, {of_cpu}, 0});
    return spec;
}

// Both containers of web, one as large as this.
SizedTemplate sized_web(Millicores cpu_milli, Bytes memory_bytes, Millicores cpu_limit, Bytes memory_limit) {
    return {web,
            {{0, {cpu_milli, memory_bytes}, {cpu_limit, memory_limit}},
             {1, {cpu_milli, memory_bytes}, {cpu_limit, memory_limit}}},
            true};
}

Spec appended(const SizedTemplate& sized) {
    Spec spec = plain();
    complete(spec);
    append_template(spec, sized);
    return spec;
}

// As a template that somebody wrote.
Spec from_the_start(const SizedTemplate& sized) {
    Spec spec = plain();
    PodTemplate pod = spec.templates[0];
    pod.workload = WorkloadIx::of(0);
    for (const ContainerSize& size : sized.sizes) {
        ContainerSpec& c = pod.containers[size.container];
        c.requests = {.cpu_milli = size.requests.cpu_milli, .memory_bytes = size.requests.memory_bytes};
        c.limits = {.cpu_milli = size.limits.cpu_milli, .memory_bytes = size.limits.memory_bytes};
        c.states_cpu_request = c.states_cpu_request || size.requests.cpu_milli != 0;
        c.states_memory_request = c.states_memory_request || size.requests.memory_bytes != 0;
    }
    spec.templates.push_back(pod);
    complete(spec);
    return spec;
}

// What a sum is, wherever it stands in its table.
std::string meaning(const Spec& spec, SumIx ix) {
    const PodSum& sum = spec.relations->sums[ix];
    std::string text = spec.relations->keys[sum.key].name + (sum.leaves_out_terminating ? " living" : "") + " of";
    for (const TemplateIx member : sum.members) text += ' ' + std::to_string(member.value);
    text += " supposed";
    for (const TemplateIx member : sum.supposed) text += ' ' + std::to_string(member.value);
    text += " on";
    for (const std::uint8_t includes : sum.includes_shape) text += includes != 0 ? " yes" : " no";
    return text;
}

// All that the pods of a template ask of others and are asked, in no order.
std::vector<std::string> meaning(const Spec& spec, const PodRelations& of) {
    std::vector<std::string> all;
    const auto add = [&](const std::string& list, const std::vector<SumIx>& sums) {
        for (const SumIx sum : sums) all.push_back(list + meaning(spec, sum));
    };
    add("adds to ", of.adds_to);
    add("adds if supposed to ", of.adds_if_supposed);
    add("with ", of.affinity);
    add("not with ", of.anti_affinity);
    add("kept away by ", of.anti_affinity_of_others);
    const auto add_rules = [&](const std::string& list, const std::vector<SpreadRule>& rules) {
        for (const SpreadRule& rule : rules)
            all.push_back(list + std::to_string(rule.max_skew) + ' ' + std::to_string(rule.min_domains) +
                          (rule.selects_itself ? " itself " : " others ") + meaning(spec, rule.sum));
    };
    add_rules("has to spread ", of.required_spread);
    add_rules("likes to spread ", of.preferred_spread);
    for (const SumWeight& preference : of.preferences)
        all.push_back("likes " + std::to_string(preference.weight) + ' ' + meaning(spec, preference.sum));
    all.push_back(of.may_be_first ? "may be first" : "may not be first");
    all.push_back(of.spread_needs_all_keys ? "needs all keys" : "needs no key");
    std::ranges::sort(all);
    return all;
}

void expect_the_same(const SizedTemplate& sized) {
    const Spec a = appended(sized);
    const Spec b = from_the_start(sized);
    ASSERT_EQ(a.templates.size(), b.templates.size());
    for (std::size_t t = 0; t < b.templates.size(); ++t) {
        const TemplateIx ix = TemplateIx::of(t);
        SCOPED_TRACE(t);
        // Requests, limits, quality of service, namespace and owner are among it.
        EXPECT_TRUE(a[ix] == b[ix]);
        for (std::size_t s = 0; s < b.shapes.size(); ++s)
            EXPECT_TRUE(a.template_on_shape(ix, NodeShapeIx::of(s)) == b.template_on_shape(ix, NodeShapeIx::of(s)))
                << s;
        for (std::size_t i = 0; i < b.budgets.size(); ++i)
            EXPECT_EQ(a.budgets[i].selects(ix), b.budgets[i].selects(ix)) << i;
        EXPECT_EQ(a.quotas_of[t], b.quotas_of[t]);
        EXPECT_EQ(meaning(a, a.relations->of_template[t]), meaning(b, b.relations->of_template[t]));
    }
    EXPECT_EQ(a.budgets, b.budgets);
    EXPECT_EQ(a.quotas, b.quotas);
    EXPECT_EQ(a.relations->sums.size(), b.relations->sums.size());
}

// VPA-20, CPVPA-1
TEST(SizedTemplates, AppendingIsAsIfItHadBeenThereFromTheStart) {
    expect_the_same(sized_web(150, mebibyte, 0, 0));
    expect_the_same(sized_web(1200, gibibyte, 0, 2 * gibibyte));  // too large for the small shapes
}

// KUBELET-4, QUOTA-1: a size decides on the quality of service, and that on the quotas.
TEST(SizedTemplates, ASizeDecidesOnTheQualityOfService) {
    const auto add = [](const SizedTemplate& sized) {
        Spec spec = appended(sized);
        return std::pair(spec.templates.back().qos, spec.quotas_of.back());
    };
    EXPECT_EQ(add(sized_web(100, mebibyte, 0, 0)),
              std::pair(QualityOfService::burstable, std::vector<std::uint32_t>{1}));
    Spec spec = plain();
    spec.templates[0].init_containers = {};
    complete(spec);
    append_template(spec, sized_web(100, mebibyte, 100, mebibyte));
    EXPECT_EQ(spec.templates.back().qos, QualityOfService::guaranteed);
    append_template(spec, sized_web(0, 0, 0, 0));
    EXPECT_EQ(spec.templates.back().qos, QualityOfService::best_effort);
    EXPECT_EQ(spec.quotas_of.back(), std::vector<std::uint32_t>{0});
}

// One and the same term twice counts twice, for each template that has it.
TEST(SizedTemplates, ATermThatIsThereTwiceCountsTwice) {
    Spec spec = plain();
    auto& terms = spec.templates[0].constraints.preferred_affinity;
    terms.push_back(terms.front());
    Spec later = spec;
    PodTemplate pod = later.templates[0];
    pod.workload = WorkloadIx::of(0);
    later.templates.push_back(pod);
    complete(spec);
    complete(later);
    append_template(spec, {web, {}, true});
    EXPECT_EQ(meaning(spec, spec.relations->of_template[2]), meaning(later, later.relations->of_template[2]));
}

TEST(SizedTemplates, TruncatingTakesAllOfThemAwayAgain) {
    Spec before = plain();
    complete(before);
    Spec spec = before;
    append_template(spec, sized_web(150, mebibyte, 0, 0));
    append_template(spec, sized_web(250, mebibyte, 0, 0));
    truncate_templates(spec, 2);
    EXPECT_TRUE(spec == before);
    EXPECT_TRUE(*spec.relations.table == *before.relations.table);
}

}  // namespace
}  // namespace eks
