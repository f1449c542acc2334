// What pods ask for, worked out once for all pods of a shape: the forms a pod takes while it gives up preferences
// (KARP-6), each with its requirements on labels and its constraints on where others are (KARP-13).
#pragma once

#include "models/systems/autoscaling/karpenter/objects.hpp"
#include "models/systems/autoscaling/karpenter/requirements.hpp"
#include "models/systems/autoscaling/karpenter/supply.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace eks::karpenter {

using FormIx = std::uint32_t;
using ConstraintIx = std::uint32_t;
using IdentityIx = std::uint32_t;  // a namespace with labels: all that selectors see of a pod
using TaintsIx = std::uint32_t;    // a list of taints

enum class TopologyKind : std::uint8_t { spread, affinity, anti_affinity };

// Which nodes count for a spread constraint: those that the pod's own selector and affinity allow, if it honours them.
struct NodeFilter {
    std::vector<Requirements> any_of;
    bool honors_affinity = false;
    bool honors_taints = false;
    std::vector<Toleration> tolerations;
};

struct TopologyConstraint {
    TopologyKind kind = TopologyKind::spread;
    KeyIx key = 0;
    std::set<std::string, std::less<>> namespaces;
    bool is_for_all_namespaces = false;
    Selector selector;
    std::int64_t max_skew = 0;
    std::optional<std::int64_t> min_domains;
    NodeFilter filter;
    // Domains that come with taints which the pod does not tolerate are none. Always so for affinity.
    bool only_tolerated_domains = false;
    // Constraints of one class are counted together, with the filter of the one that comes first.
    std::uint32_t count_class = 0;
    Bits selected;  // identities
};

struct Form {
    Requirements requirements;  // with the heaviest preference, where preferences are respected
    Requirements strict;        // without
    std::vector<Toleration> tolerations;
    std::vector<ConstraintIx> constraints;
};

struct Demand {
    FormIx first_form = 0;
    FormIx last_form = 0;
    IdentityIx identity = 0;
    // Required anti-affinity, which also keeps others away from where the pod is.
    std::vector<ConstraintIx> keeps_away;
    Quantities requests;  // with the pod itself
};

class DemandTable {
  public:
    DemandTable() = default;
    DemandTable(Vocabulary& words, Resources& resources, const Cluster& cluster);
    // Once all resources have their numbers.
    void seal(const Resources& resources, const Cluster& cluster);

    const Demand& of(ShapeIx shape) const { return demands_[shape]; }
    const Form& form(FormIx form) const { return forms_[form]; }
    const TopologyConstraint& constraint(ConstraintIx constraint) const { return constraints_[constraint]; }
    std::size_t forms() const { return forms_.size(); }
    std::size_t identities() const { return identities_; }
    std::uint32_t count_classes() const { return static_cast<std::uint32_t>(classes_.size()); }

  private:
    void add_forms(Vocabulary& words, const PodShape& shape, const Settings& settings, bool prefers_no_schedule);
    Form form_of(Vocabulary& words, const PodShape& shape, const Settings& settings);
    ConstraintIx spread_constraint(Vocabulary& words, const PodShape& shape, const SpreadConstraint& spread);
    ConstraintIx affinity_constraint(Vocabulary& words, const PodShape& shape, TopologyKind kind,
                                     const AffinityTerm& term);
    ConstraintIx add(TopologyConstraint constraint, const std::string& class_text, const std::string& exact_text);

    std::vector<Demand> demands_;
    std::vector<Form> forms_;
    std::vector<TopologyConstraint> constraints_;
    std::map<std::string, std::uint32_t> classes_;
    std::map<std::string, ConstraintIx> exact_;
    std::size_t identities_ = 0;
};

bool tolerates_all(const std::vector<Toleration>& tolerations, const std::vector<Taint>& taints);

// Node selector and one term of the required node affinity: the terms are alternatives.
Requirements strict_requirements(Vocabulary& words, const PodShape& shape, std::size_t term);

}  // namespace eks::karpenter
