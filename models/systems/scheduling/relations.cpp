#include "models/systems/scheduling/relations.hpp"

#include <algorithm>
#include <limits>

namespace eks {

namespace {

// minMatch of SCHED-46.
std::int64_t least_of_domains(const SchedulerMemory::Sum& sum, std::int64_t min_domains) {
    std::int64_t least = std::numeric_limits<std::int32_t>::max();
    std::int64_t domains = 0;
    for (std::size_t i = 0; i < sum.nodes.size(); ++i) {
        if (sum.nodes[i] == 0) continue;
        ++domains;
        least = std::min<std::int64_t>(least, i < sum.pods.size() ? sum.pods[i] : 0);
    }
    return domains < min_domains ? 0 : least;
}

}  // namespace

RelationFilter::RelationFilter(const Spec& spec, const World& world, TemplateIx pod_template) {
    const PodRelations& relations = spec.relations->of_template[pod_template.value];
    const SchedulerProfile& profile = spec.profile_of(pod_template);
    if (!relations.filters()) return;
    if (profile.filters_by(SchedulerPlugin::pod_topology_spread)) {
        for (const SpreadRule& rule : relations.required_spread) {
            const DomainSum sum(world, rule.sum);
            const std::int64_t least = least_of_domains(sum.sum(), rule.min_domains);
            spread_.push_back({sum, rule.max_skew + least - (rule.selects_itself ? 1 : 0)});
        }
    }
    if (profile.filters_by(SchedulerPlugin::inter_pod_affinity)) {
        looks_at_affinity_ = true;
        is_first_ = relations.may_be_first;
        for (const SumIx sum : relations.affinity) {
            affinity_.emplace_back(world, sum);
            is_first_ = is_first_ && affinity_.back().sum().total == 0;
        }
        for (const SumIx sum : relations.anti_affinity) anti_affinity_.emplace_back(world, sum);
        looks_at_no_affinity_ = affinity_.empty() && anti_affinity_.empty();
        for (const SumIx sum : relations.anti_affinity_of_others) {
            others_.emplace_back(world, sum);
            looks_at_no_affinity_ = looks_at_no_affinity_ && others_.back().sum().total == 0;
        }
    }
    is_needed_ = !spread_.empty() || !affinity_.empty() || !anti_affinity_.empty() || !others_.empty();
}

Refusal RelationFilter::refusal(std::uint32_t slot, std::uint32_t shape) const {
    for (const Spread& spread : spread_) {
        const std::int32_t domain = spread.sum.domain(slot, shape);
        if (domain < 0) return final_by(Filter::pod_topology_spread);
        if (spread.sum.pods(domain) > spread.most) return for_now_by(Filter::pod_topology_spread);
    }
    return looks_at_affinity_ ? refusal_by_affinity(slot, shape) : Refusal{};
}

Refusal RelationFilter::refusal_by_affinity(std::uint32_t slot, std::uint32_t shape) const {
    bool is_met = true;
    for (const DomainSum& sum : affinity_) {
        const std::int32_t domain = sum.domain(slot, shape);
        if (domain < 0) return final_by(Filter::inter_pod_affinity);
        is_met = is_met && sum.pods(domain) > 0;
    }
    if (!is_met && !is_first_) return final_by(Filter::inter_pod_affinity);
    for (const std::vector<DomainSum>* list : {&anti_affinity_, &others_}) {
        for (const DomainSum& sum : *list) {
            const std::int32_t domain = sum.domain(slot, shape);
            if (domain >= 0 && sum.pods(domain) > 0) return for_now_by(Filter::inter_pod_affinity);
        }
    }
    return {};
}

}  // namespace eks
