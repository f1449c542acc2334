// What is known before anything is known of nodes and pods: the NodePools, instance types and forms of pods with every
// label, value and resource numbered, and what can be bought. One basis serves many rounds.
#pragma once

#include "models/systems/autoscaling/karpenter/demand.hpp"
#include "models/systems/autoscaling/karpenter/objects.hpp"
#include "models/systems/autoscaling/karpenter/supply.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace eks::karpenter {

// What nodes that are made alike have in common.
struct NodeLook {
    std::uint32_t number = 0;   // nodes of one number look alike
    Requirements requirements;  // its labels, without the host name
    Requirements own_labels;    // what its Node object says, which is what pods on it are counted by
    Quantities capacity;
    std::optional<PoolIx> pool;
};

// The values of a label that NodePools and instance types allow together, each with the taints that come with it.
using Domains = std::map<ValueIx, std::vector<TaintsIx>>;

// What nodes may have that the cluster's pools, types and nodes do not name.
struct FurtherNames {
    std::vector<Label> labels;
    std::vector<std::vector<Taint>> taint_sets;
};

struct Basis {
    explicit Basis(const Cluster& cluster, const FurtherNames& further = {});

    bool tolerates(FormIx form, TaintsIx set) const { return tolerated[form].contains(set); }
    // Of labels that have numbers.
    Requirements requirements_of_labels(const std::vector<Label>& labels) const;
    // A set that one of the cluster's pools or nodes has, or that is named at the start; none: no such set.
    std::optional<TaintsIx> find_taints(const std::vector<Taint>& taints) const;
    // What the DaemonSets that run on such a node request together.
    Quantities daemon_requests(const NodeLook& look, ValueIx host, TaintsIx taints) const;

    const Cluster& cluster;  // outlives the basis
    Vocabulary words;
    Resources resources;
    KeyIx hostname_key;
    TypeTable types;
    DemandTable demand;
    std::vector<std::vector<Taint>> taint_sets;
    std::vector<Bits> tolerated;           // by form: sets of taints
    std::vector<ClaimTemplate> templates;  // those with types to offer, in the order in which they are tried
    std::vector<Domains> domains;          // by key

  private:
    using DaemonIx = std::uint32_t;  // in Cluster::daemons
    TaintsIx add_taints(const std::vector<Taint>& taints);
    void name_nodes();
    void add_templates();
    void add_domains();
    void add_domain(KeyIx key, ValueIx value, TaintsIx taints);
    void add_daemons(ClaimTemplate& claim, const NodePool& pool);
    bool runs_on(DaemonIx daemon, const ClaimTemplate& claim, TypeIx type) const;
    Quantities overhead_of(const std::vector<DaemonIx>& daemons) const;

    struct Daemon {
        std::vector<Requirements> alternatives;
        std::vector<Toleration> tolerations;
    };
    std::vector<Daemon> daemons_;
};

// KARP-10: the keys of which these types have too few values, each with how many they have. Nothing is missing where
// there are no types at all.
std::vector<std::pair<KeyIx, std::int64_t>> missed_min_values(const Basis& basis, const Requirements& requirements,
                                                              const Bits& types);

// The resources that are named, each with its amount.
Limits limits_of(const Resources& resources, const Amounts& limits);

}  // namespace eks::karpenter
