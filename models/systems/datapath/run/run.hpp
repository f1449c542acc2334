// What the files of this folder share: data paths in a run. The formulas stand in the folder above, as functions of
// plain values; here they are given the cluster's own numbers, and what they say is kept in World::data_path.
#pragma once

#include "models/systems/datapath/failure.hpp"
#include "models/systems/datapath/path.hpp"
#include "models/systems/datapath/visit.hpp"
#include "models/systems/turn.hpp"

#include <array>
#include <cmath>
#include <optional>
#include <vector>

namespace eks::datapath {

inline constexpr double parts_per_million = 1e6;

// Rounded up: nothing is done before its time.
inline sim::Duration of_seconds(double seconds) {
    return sim::Duration::microseconds(static_cast<std::int64_t>(std::ceil(seconds * 1e6)));
}

constexpr std::size_t ix(NodeRole role) { return static_cast<std::size_t>(role); }

// --- handling.cpp: who handles Services on a node
// The node's row; made if it has none. `is_joining`: what it has is not written yet.
NodeDataPath& row_of(const Spec& spec, World& world, Turn& turn, NodeId node, bool is_joining = false);
bool has_row(const World& world, NodeId node);
// The path that kube-proxy makes on nodes of the shape.
DataPath kube_proxy_path(const Spec& spec, NodeShapeIx shape);
// Entries that the node's tables have room for, where they are there.
double conntrack_entries(const Spec& spec, const NodeShape& shape);
double bpf_map_entries(const Spec& spec, const NodeShape& shape);

// --- syncs.cpp: what kernels know
// The group whose kernel is the targets of load balancers that send to pods.
inline const RuleGroup& targets(const World& world) { return world.data_path.groups.front(); }
// From the first start of kube-proxy, or of an agent, on a node until Services work there (DPC-54).
sim::Duration first_sync(const Spec& spec, const World& world, const DataPath& path);
// Somebody's kernel has the group's rules.
bool has_nodes(const DataPathState& state, std::uint32_t group);

// --- rules.cpp
// All Services together, as a group's kernels have them.
RuleTable table_of(const Spec& spec, const World& world);
double other_services_at(const Spec& spec, sim::Time now);
sim::Time other_services_change_after(const Spec& spec, sim::Time now);
// They were these.
void rules_differ(const Spec& spec, World& world, const RuleTable& before);

// --- endpoints.cpp
// Of the endpoints that a group has of a Service, those whose address may be another pod's by now (DPS-17).
double wrong_pod_share(const Spec& spec, const World& world, const RuleGroup& group, std::uint32_t service,
                       sim::Time now);
sim::Duration rest_of_addresses(const Spec& spec);
sim::Time next_rested(const Spec& spec, const DataPathState& state, sim::Time now);
void forget_ends(DataPathState& state, std::uint32_t service);
// The classes of traffic to the Service.
void judge_anew(const Spec& spec, World& world, std::uint32_t service);

// --- classes.cpp: classes of traffic, and uses of networks outside behind them, as data paths see them
struct ClassView {
    const TrafficClass* traffic = nullptr;  // or
    const OutsideUse* use = nullptr;

    bool is_seen(const Spec& spec) const;
    bool is_to_service() const { return traffic != nullptr && traffic->service >= 0; }
    // By which it comes; none: by no such thing.
    const LoadBalancer* balancer(const Spec& spec) const;
    // It sends to NodePorts.
    bool comes_by_node_ports(const Spec& spec) const;
    // Pods of the cluster ask a load balancer that leads back into it (DPS-22).
    bool is_sent_round() const { return traffic != nullptr && traffic->from.valid() && traffic->balancer >= 0; }
    bool is_from_outside() const { return traffic != nullptr && !traffic->from.valid(); }
};
ClassView class_view(const Spec& spec, std::size_t of_class);
std::size_t class_count(const Spec& spec);
// Its connections, and its calls but for their route.
Flow flow_of(const Spec& spec, std::size_t of_class);
Call call_of(const Spec& spec, const World& world, std::size_t of_class);
// Of its Service, among the rules (DPC-3); none: it asks no Service's address.
std::optional<double> position_of(const Spec& spec, const World& world, sim::RunKey key, std::size_t of_class);
// What a connection of the class does at a node in each role; none: it never has that role.
using RoleVisits = std::array<std::optional<Visit>, node_role_count>;
RoleVisits visits_of(const Spec& spec, const World& world, sim::RunKey key, const DataPath& on_nodes,
                     std::size_t of_class);
// What one connection of the class takes of nodes of the group.
ClassWork work_of(const Spec& spec, const World& world, sim::RunKey key, const RuleGroup& group, std::size_t of_class);
double hold_seconds(const Spec& spec, std::size_t of_class);

// --- placement.cpp
// Where the callers and the endpoints of the class are now: its shares on nodes are made anew.
void place_class(const Spec& spec, World& world, Turn& turn, std::size_t of_class);
// Pods that ask, whose connections a class has.
bool is_asking(const Pod& pod);
// DPS-22: of connections by which pods of the cluster ask a load balancer, those that come in in another zone than
// their client's. MODEL: what lies between the load balancer's own nodes goes with that way, as one crossing, and its
// address is taken to be independent of the client's zone.
double between_zones_on_the_way_in(const Spec& spec, const World& world, std::size_t of_class);

// --- node_load.cpp
// What the node's network does at the rates of now.
void load_node(const Spec& spec, World& world, sim::Time now, NodeDataPath& row);
// When something about it changes by itself.
sim::Time next_change(const NodeDataPath& row);
// Entries of its tables, as they are told.
void count_entries(NodeDataPath& row, sim::Time now);
// A table that is not nearly empty has more entries, or fewer, from second to second.
bool is_moving(const NodeDataPath& row, sim::Time now);

// --- open_connections.cpp
// Of the callers of a class, those that have an open connection now.
double pooled_at(const ClassDataPath& one, sim::Time now);
// Where that share goes to from now on.
void settle_pool(const Spec& spec, World& world, sim::Time now, std::size_t of_class);
// A share of the connections that begin on the node, or come in there, are reset.
void reset_connections(const Spec& spec, World& world, Turn& turn, const NodeDataPath& row, double share);
// An endpoint answers no more. `machine`: that it was on, where that had stopped before and the endpoint is missed only
// now; else none.
void endpoint_is_gone(const Spec& spec, World& world, sim::Time now, std::uint32_t service,
                      const AnsweringEndpoint& endpoint, NodeId machine);
// The machine of the row stops: connections to its pods lead to nobody.
void machine_is_gone(const Spec& spec, World& world, sim::Time now, const NodeDataPath& row);
// Of the class's connections that lead to nobody, those that do so now, and when that is to be looked at again.
// `answer_patience_seconds`: after which a client gives up a TCP connection on which no answer comes.
double answer_patience_seconds(const ConnectionUse& use);
void look_at_stale(const Spec& spec, World& world, sim::Time now, std::size_t of_class);
sim::Time next_of_stale(const Spec& spec, const World& world, sim::Time now, std::size_t of_class);
// Load balancers have taken out those of the Service's pods that their targets have no more. After their deregistration
// delay what is open to them ends.
void leave_targets(const Spec& spec, DataPathState& state, std::uint32_t service, sim::Time now);
void drain_targets(const Spec& spec, World& world, sim::Time now);
sim::Time next_drained(const Spec& spec, const DataPathState& state);

// --- telling.cpp
ConnectionsFact told(const ClassDataPath& one, std::uint32_t of_class);
NodeNetworkFact told(const NodeDataPath& row);
void tell(Turn& turn, const ConnectionsFact& was, ConnectionsFact is);
void tell(Turn& turn, const NodeNetworkFact& was, NodeNetworkFact is);
// The node of the row is gone: what was told of it is taken back, its classes are placed anew, and the row is nobody's.
void retire_row(World& world, Turn& turn, NodeDataPath& row);

// --- judgement.cpp
// How the connections of a class fare.
void judge_class(const Spec& spec, World& world, sim::Time now, std::size_t of_class);
// Where its connections begin, and how they fare from there (DPC-66, DPC-67).
struct CallersOn {
    std::optional<std::uint32_t> slot;  // none: they come from outside to the pods themselves
    NodeRole role = NodeRole::client;   // at that node: client, entry or both; from outside: server
    double share = 0;                   // of the class's connections
    Failures failures;
};
struct Callers {
    std::vector<CallersOn> groups;
    std::array<double, failure_cause_count> known_after_seconds{};
    double lost_segments = 0;  // of those on the way, beyond an allowance (DPC-39)
};
Callers callers_of(const Spec& spec, const World& world, sim::Time now, std::size_t of_class);
// The network's part of a connection, without lost segments: round trips by what lies between its nodes.
double round_trip_us(const Spec& spec, double between_nodes, double between_zones);

}  // namespace eks::datapath
