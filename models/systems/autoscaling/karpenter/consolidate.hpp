// Which nodes Karpenter would do without now (KARP-41 to KARP-54), before the wait that validates the choice. Budgets
// do not bind here: they choose among candidates.
#pragma once

#include "models/systems/autoscaling/karpenter/round.hpp"
#include "models/systems/autoscaling/karpenter/solve.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace eks::karpenter {

// KARP-44. From -10 to 10; an ordinary pod is 1.
double eviction_cost(const Pod& pod);
// Whether the pod goes elsewhere if its node goes.
bool is_reschedulable(const Pod& pod);
// Whether the pod's own word keeps its node where it is.
bool blocks_disruption(const Pod& pod, std::int64_t now_us);

struct Candidate {
    NodeIx node = 0;
    TypeIx type = 0;
    double price = 0;  // US dollars an hour; 0 where it is not known
    double cost = 1;   // of moving what is on it
    bool is_spot = false;
    std::vector<PodIx> pods;  // that would have to move

    double savings_ratio() const { return price / cost; }
};

// In the order in which they are tried (KARP-45): the most that moving one pod saves first.
std::vector<Candidate> consolidation_candidates(const Round& round, std::int64_t now_us);

enum class ConsolidationAction : std::uint8_t { none, remove, replace };

struct Consolidation {
    ConsolidationAction action = ConsolidationAction::none;
    std::vector<NodeIx> nodes;
    NewClaim replacement;  // of `replace`, with the types that may be launched
};

class Consolidator {
  public:
    Consolidator(const Round& round, std::int64_t now_us);
    // Of the candidates that are given, in their order. By node, where pods of others may not go (KARP-51).
    Consolidator(const Round& round, std::vector<Candidate> candidates, std::vector<bool> is_unsettled,
                 std::int64_t now_us);

    const std::vector<Candidate>& candidates() const { return candidates_; }
    // Of one of the candidates alone (KARP-52, KARP-53).
    Consolidation single(std::size_t candidate) const;
    // Of as many of the first as go together (KARP-54).
    Consolidation multi() const;
    // Candidates of one class come to the same where one of them alone comes to nothing: they differ in their names
    // alone, and no pod would go to one of them. Nothing: not told.
    std::optional<std::vector<std::int64_t>> class_of(std::size_t candidate) const;
    // Where everything would go without these; none: something finds no place, or none that is up (KARP-51).
    std::optional<Solution> without(const std::vector<std::size_t>& candidates) const;

  private:
    Consolidation of_first(std::size_t count, std::size_t from) const;
    void bound_room();
    // How many pods of candidates go into it at most: as many as of one that asks for no more than any of them.
    std::int64_t pods_in(const Quantities& room) const;
    bool may_find_places(const std::vector<const Candidate*>& gone) const;
    Solution simulate_without(const std::vector<const Candidate*>& gone, std::size_t most_claims) const;
    bool all_find_a_settled_place(const Solution& solution) const;
    bool keep_cheaper(NewClaim& claim, double price) const;
    Consolidation replace(Consolidation decision, NewClaim claim, const std::vector<const Candidate*>& gone) const;
    bool replace_spot_by_spot(NewClaim& claim, double price, std::size_t gone) const;
    bool drop_same_type(NewClaim& claim, std::size_t count) const;

    const Round& round_;
    std::int64_t now_us_;
    std::vector<Candidate> candidates_;
    std::vector<bool> is_unsettled_;
    // A claim may yet be given up for its minValues, so that with some of these all claims are waited for.
    bool has_min_values_ = false;
    std::vector<PodIx> moving_;  // pods of nodes that go in any case
    std::vector<PodIx> waiting_in_order_;
    // What nodes have together that some pod of a candidate fits on, and by price what the types up to it offer at
    // most, and how many pods that is room for: more than that finds no place, whatever else.
    struct Offered {
        double price = 0;
        Quantities room;
        std::int64_t pods = 0;
    };
    std::vector<bool> is_usable_;
    std::vector<NodeIx> open_nodes_;  // that some pod fits on which has to find a place
    Quantities usable_;
    std::int64_t usable_pods_ = 0;
    Quantities smallest_pod_;  // of each resource the least that a candidate's pod asks for
    std::vector<Offered> offered_;
};

}  // namespace eks::karpenter
