// A PodDisruptionBudget: how many of the pods that it selects may be evicted at a time (PDB-1).
#pragma once

#include "models/spec/indices.hpp"
#include "models/spec/pod_template.hpp"
#include "models/spec/pods_or_percent.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace eks {

enum class BudgetBound : std::uint8_t { none, min_available, max_unavailable };  // none: nothing is allowed

struct DisruptionBudget {
    std::string namespace_name;
    std::string name;
    BudgetBound bound = BudgetBound::none;
    PodsOrPercent amount;
    bool always_evicts_unready = false;  // unhealthyPodEvictionPolicy AlwaysAllow
    // Without any it means all pods of the namespace; to the scheduler it then means none (SCHED-83).
    std::vector<SelectorRequirement> selector;
    // By TemplateIx, 1 where the pods of the template are among those it selects.
    std::vector<std::uint8_t> selected;

    bool selects(TemplateIx pod_template) const {
        return pod_template.value < selected.size() && selected[pod_template.value] != 0;
    }
    bool counts_for_scheduler(TemplateIx pod_template) const { return !selector.empty() && selects(pod_template); }
    friend bool operator==(const DisruptionBudget&, const DisruptionBudget&) = default;
};

}  // namespace eks
