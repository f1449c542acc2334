#include "models/systems/autoscaling/karpenter/preferences.hpp"

#include <algorithm>
#include <functional>

namespace eks::karpenter {

namespace {

template <class Term>
void drop_heaviest(std::vector<Term>& terms) {
    std::ranges::stable_sort(terms, std::ranges::greater{}, &Term::weight);
    terms.erase(terms.begin());
}

}  // namespace

std::vector<PreferredNodeTerm> heaviest_first(std::vector<PreferredNodeTerm> terms) {
    std::ranges::stable_sort(terms, std::ranges::greater{}, &PreferredNodeTerm::weight);
    return terms;
}

Toleration prefer_no_schedule_toleration() {
    Toleration toleration;
    toleration.exists = true;
    toleration.any_effect = false;
    toleration.effect = TaintEffect::prefer_no_schedule;
    return toleration;
}

std::optional<PodShape> relaxed(const PodShape& shape, bool some_pool_prefers_no_schedule) {
    PodShape less = shape;
    // The terms are alternatives, of which the first counts; the last one stays.
    if (less.required_node_terms.size() > 1) {
        less.required_node_terms.erase(less.required_node_terms.begin());
        return less;
    }
    if (!less.preferred_affinity.empty()) {
        drop_heaviest(less.preferred_affinity);
        return less;
    }
    if (!less.preferred_anti_affinity.empty()) {
        drop_heaviest(less.preferred_anti_affinity);
        return less;
    }
    if (!less.preferred_node_terms.empty()) {
        drop_heaviest(less.preferred_node_terms);
        return less;
    }
    const auto anyway =
        std::ranges::find_if(less.spread, [](const SpreadConstraint& constraint) { return !constraint.is_required; });
    if (anyway != less.spread.end()) {
        *anyway = less.spread.back();
        less.spread.pop_back();
        return less;
    }
    if (!some_pool_prefers_no_schedule ||
        std::ranges::find(less.tolerations, prefer_no_schedule_toleration()) != less.tolerations.end())
        return std::nullopt;
    less.tolerations.push_back(prefer_no_schedule_toleration());
    return less;
}

}  // namespace eks::karpenter
