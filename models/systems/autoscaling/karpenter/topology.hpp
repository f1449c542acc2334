// Where pods are, counted by domain for each constraint that asks for it (KARP-13): topology spread, affinity,
// anti-affinity, and the anti-affinity of pods already placed, which keeps others away.
//
// Karpenter chooses at random among domains that are equally good; here it is the one whose name comes first.
#pragma once

#include "models/systems/autoscaling/karpenter/place.hpp"
#include "models/systems/autoscaling/karpenter/round.hpp"

#include <cstdint>
#include <vector>

namespace eks::karpenter {

class Topology {
  public:
    // Pods that are to be moved count nowhere, and nodes that are gone offer no domain.
    Topology(const Round& round, const std::vector<bool>& is_moved, const std::vector<bool>& is_gone);

    // From now on a pod of this form is about: what its constraints count is known from here on, counted among the
    // pods that are bound.
    void take_up(FormIx form);
    void take_up_anti_affinity(ShapeIx shape);

    // What of this can be told by the host name alone, without a look at the place.
    bool admits_host(ShapeIx shape, FormIx form, ValueIx host) const;
    // Narrows the place to domains that the pod's constraints, and those of others against it, admit. False: there are
    // none.
    bool narrow(Place& place, ShapeIx shape, FormIx form, Undefined undefined);
    // The pod went there.
    void record(const Place& place, ShapeIx shape, TaintsIx taints);

  private:
    using GroupIx = std::uint32_t;

    struct Group {
        ConstraintIx constraint = 0;
        std::vector<std::int32_t> counts;  // by value of the key; less than 0: no domain
        std::int64_t occupied = 0;         // domains with a count above 0
    };

    const TopologyConstraint& constraint_of(const Group& group) const {
        return round_.demand.constraint(group.constraint);
    }
    Group new_group(ConstraintIx constraint) const;
    void count_bound_pods(Group& group) const;
    GroupIx group_of(ConstraintIx constraint);
    GroupIx group_against(ConstraintIx constraint);
    template <class Have>
    bool counts_there(const NodeFilter& filter, const Have& labels, TaintsIx taints) const;

    static std::int32_t count_in(const Group& group, ValueIx domain) {
        return domain < group.counts.size() ? std::max(group.counts[domain], 0) : 0;
    }
    static bool has_domain(const Group& group, ValueIx domain) {
        return domain < group.counts.size() && group.counts[domain] >= 0;
    }
    static void add_domain(Group& group, ValueIx domain);
    static void add_pod(Group& group, ValueIx domain);

    // The domains admitted; empty: none.
    Bits admitted(const Group& group, bool is_selected, const Requirement& of_pod, const Requirement& of_place) const;
    bool admits(const Group& group, bool is_selected, const Requirement& of_pod, ValueIx host) const;
    Bits spread_over(const Group& group, bool is_selected, const Requirement& of_pod,
                     const Requirement& of_place) const;
    Bits together(const Group& group, bool is_selected, const Requirement& of_pod, const Requirement& of_place) const;
    bool may_begin(const Group& group, bool is_selected, const Requirement& of_pod) const;
    // The domain whose name comes first among those that pass.
    template <class Passes>
    void insert_first(Bits& domains, const Group& group, Passes&& passes) const;

    const Round& round_;
    const std::vector<bool>& is_moved_;
    const std::vector<bool>& is_gone_;
    std::vector<Group> groups_;
    std::vector<Group> against_;                // where pods are whose anti-affinity keeps others away
    std::vector<std::int32_t> group_of_class_;  // less than 0: there is none yet
    std::vector<std::int32_t> against_of_class_;
    std::vector<std::vector<GroupIx>> of_form_;
    std::vector<bool> is_taken_up_;
    std::vector<std::vector<GroupIx>> counting_;        // by identity: groups that count such a pod
    std::vector<std::vector<GroupIx>> shunning_;        // by identity: groups of pods that keep such a pod away
    std::vector<std::pair<KeyIx, Requirement>> found_;  // scratch
};

}  // namespace eks::karpenter
