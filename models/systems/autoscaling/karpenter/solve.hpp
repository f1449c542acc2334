// One provisioning simulation (KARP-5 to KARP-14): pods in, claims out. Nothing is launched, nothing is bound.
#pragma once

#include "models/systems/autoscaling/karpenter/round.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace eks::karpenter {

// Why a NodePool could not take a pod; the first that applies, in this order but for the last.
enum class Refusal : std::uint8_t {
    no_node_pool,  // no pool has a type left after its own requirements
    limits,
    taint,
    requirements,
    topology,
    host_ports,
    min_values,
    instance_types,  // no type meets requirements, size and offering together
};

// One bit for each refusal: over all pools.
using Refusals = std::uint8_t;
constexpr Refusals bit(Refusal refusal) { return static_cast<Refusals>(1U << static_cast<unsigned>(refusal)); }

struct NewClaim {
    PoolIx pool = 0;
    std::vector<PodIx> pods;
    std::vector<TypeIx> types;  // what it may become
    Requirements requirements;
};

struct UnplacedPod {
    PodIx pod = 0;
    Refusals refusals = 0;
};

// What the last try of one pod found at each NodePool that has a template, in the order in which they are tried.
struct PoolRefusal {
    PoolIx pool = 0;
    Refusal refusal = Refusal::no_node_pool;
    friend bool operator==(const PoolRefusal&, const PoolRefusal&) = default;
};

struct Solution {
    std::vector<NewClaim> claims;
    std::vector<std::pair<NodeIx, PodIx>> placed;  // on nodes that are there, in the order in which they found them
    std::vector<std::vector<PodIx>> on_nodes;      // the same by node, if that is asked for
    std::vector<UnplacedPod> unplaced;
    bool is_cut_short = false;         // more claims would be opened than asked for: nothing else is set
    std::vector<PoolRefusal> refused;  // of the pod that was asked about, where it is without a place
};

// Which pods are to be placed, and where not.
struct WhatIf {
    std::vector<PodIx> pods;
    std::vector<bool> is_gone;  // by node: those that are taken away
    // By node: only pods that wait, or whose node is being deleted, may go there (KARP-51).
    std::vector<bool> is_unsettled;
    // Whoever has no use for more claims need not wait for the rest.
    bool lists_by_node = true;
    // The nodes that any of the pods may fit on, in the order in which they are tried; none said: all.
    const std::vector<NodeIx>* open_nodes = nullptr;
    std::size_t most_claims = std::numeric_limits<std::size_t>::max();
    // The first of the pods as in_order_of_size() has them, where that is known; none: it is not.
    const std::vector<PodIx>* first_in_order = nullptr;
    // One of the pods, of which it is to be told what each NodePool says.
    std::optional<PodIx> asked_about = std::nullopt;

    static WhatIf all_waiting(const Round& round);
};

Solution solve(const Round& round, const WhatIf& what_if);

// In which the pods are tried (KARP-5).
std::vector<PodIx> in_order_of_size(const Round& round, std::vector<PodIx> pods);

// Most types that a claim keeps, the cheapest (KARP-14).
inline constexpr std::size_t types_kept = 600;

// By the price of the cheapest compatible offering; those that have none last.
void order_by_price(const Round& round, std::vector<TypeIx>& types, const Requirements& requirements);

}  // namespace eks::karpenter
