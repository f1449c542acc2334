// What is known before the first pod is placed: the cluster's objects with every label, value and resource numbered,
// what can be bought, what pods ask for, and what is left on the nodes. One round serves many what-ifs.
#pragma once

#include "models/systems/autoscaling/karpenter/demand.hpp"
#include "models/systems/autoscaling/karpenter/objects.hpp"
#include "models/systems/autoscaling/karpenter/supply.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace eks::karpenter {

struct RoundNode {
    ValueIx host = 0;           // of kubernetes.io/hostname
    Requirements requirements;  // its labels, without the host name
    TaintsIx taints = 0;
    Quantities room;  // what is left beside its pods and the DaemonSet pods still to come
    Quantities capacity;
    std::vector<HostPort> host_ports;
    std::optional<PoolIx> pool;
    bool is_initialized = false;
    bool is_being_deleted = false;
    // What its Node object says, which is what pods on it are counted by.
    Requirements own_labels;
    TaintsIx own_taints = 0;
};

// The values of a label that NodePools and instance types allow together, each with the taints that come with it.
using Domains = std::map<ValueIx, std::vector<TaintsIx>>;

struct Round {
    explicit Round(const Cluster& cluster);

    // A claim's host name: beyond all that are named.
    ValueIx host_of_claim(std::size_t claim) const { return static_cast<ValueIx>(words.values(hostname_key) + claim); }
    bool tolerates(FormIx form, TaintsIx set) const { return tolerated[form].contains(set); }

    const Cluster& cluster;  // outlives the round
    Vocabulary words;
    Resources resources;
    KeyIx hostname_key;
    TypeTable types;
    DemandTable demand;
    std::vector<std::vector<Taint>> taint_sets;
    std::vector<Bits> tolerated;           // by form: sets of taints
    std::vector<ClaimTemplate> templates;  // those with types to offer, in the order in which they are tried
    std::vector<RoundNode> nodes;
    std::vector<std::optional<NodeIx>> node_of_pod;  // where a bound pod's Node is known
    std::vector<NodeIx> node_order;                  // initialised ones first, then by name
    std::vector<Domains> domains;                    // by key

  private:
    using DaemonIx = std::uint32_t;  // in Cluster::daemons
    TaintsIx add_taints(const std::vector<Taint>& taints);
    void read_nodes();
    void add_templates();
    void add_domains();
    void add_domain(KeyIx key, ValueIx value, TaintsIx taints);
    void leave_room_for_daemons();
    void add_daemons(ClaimTemplate& claim, const NodePool& pool);
    bool runs_on(DaemonIx daemon, const ClaimTemplate& claim, TypeIx type) const;
    bool runs_on(DaemonIx daemon, const RoundNode& node) const;
    Quantities overhead_of(const std::vector<DaemonIx>& daemons) const;

    struct Daemon {
        std::vector<Requirements> alternatives;
        std::vector<Toleration> tolerations;
    };
    std::vector<Daemon> daemons_;
};

// KARP-10: the keys of which these types have too few values, each with how many they have. Nothing is missing where
// there are no types at all.
std::vector<std::pair<KeyIx, std::int64_t>> missed_min_values(const Round& round, const Requirements& requirements,
                                                              const Bits& types);

}  // namespace eks::karpenter
