// How connections travel now: who handles Services on each node, what of their endpoints its kernel knows, how busy it
// is with packets, and how full its tables are. Doubles, as rates and averages are; a steady state between changes.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/datapath.hpp"
#include "models/world/ids.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace eks {

// An endpoint that has been taken out of its Service and answers no more, by the number of its removal.
struct EndedEndpoint {
    std::uint32_t number = 0;
    sim::Time at;  // when it ceased to answer
    friend bool operator==(const EndedEndpoint&, const EndedEndpoint&) = default;
};
// One that has been taken out and goes on answering for a while.
struct AnsweringEndpoint {
    std::uint32_t number = 0;
    sim::Time left_targets = sim::Time::never();  // when load balancers that send to pods had taken it out too
    friend bool operator==(const AnsweringEndpoint&, const AnsweringEndpoint&) = default;
};
// Endpoints of a Service since the start of the run: how many were added to it and taken out of it; those of the latter
// that still answer, and those that do not, as long as some kernel has them.
struct EndpointCounts {
    std::uint32_t added = 0;
    std::uint32_t removed = 0;
    std::vector<AnsweringEndpoint> answering;  // by the numbers of their removals
    std::vector<EndedEndpoint> ends;           // in the order of time
    friend bool operator==(const EndpointCounts&, const EndpointCounts&) = default;
};
// What of that a kernel has.
struct KernelVersion {
    std::uint32_t added = 0;
    std::uint32_t removed = 0;
    constexpr std::uint32_t endpoints() const { return added - removed; }
    friend bool operator==(const KernelVersion&, const KernelVersion&) = default;
};

// What a node is for a connection: the client's, the server's, both at once, or the one at which a load balancer's
// connection to a NodePort comes in.
enum class NodeRole : std::uint8_t { client, server, both, entry, count_ };
inline constexpr auto node_role_count = static_cast<std::size_t>(NodeRole::count_);

// What one connection of a class takes of a node in a role, with all its requests.
struct RoleWork {
    std::array<double, datapath::part_count> parts_us{};  // CPU time, by datapath::Part
    double connect_us = 0;                                // to be opened, with its first request, without proxies
    double request_us = 0;                                // a request more
    double proxy_us = 0;                                  // latency of proxies without load
    double packets = 0;                                   // on the wire (DPC-10)
    friend bool operator==(const RoleWork&, const RoleWork&) = default;
};
struct ClassWork {
    std::array<RoleWork, node_role_count> roles;
    bool is_dead = false;  // its Service has found no room in the map of frontends (DPC-38)
    friend bool operator==(const ClassWork&, const ClassWork&) = default;
};

// Nodes whose kernels have the same rules at all times: they hear of each change at the same moment and take as long to
// write it (DPC-50). Groups are never taken away.
struct RuleGroup {
    datapath::DataPath path;
    bool is_of_balancers = false;       // the targets of load balancers that send to pods, and no kernel
    bool is_frozen = false;             // nobody writes the rules any more
    std::uint32_t source = 0;           // frozen: the group whose rules these were
    std::uint32_t version = 0;          // grows with each sync that ends
    std::vector<KernelVersion> kernel;  // by service
    // The next sync: what it has to write, since when, and when it begins.
    std::vector<std::uint32_t> changed;
    sim::Time changed_at = sim::Time::never();
    sim::Time starts_at = sim::Time::never();
    // The one under way, and what it writes.
    std::vector<std::uint32_t> in_hand;
    std::vector<KernelVersion> writes;
    sim::Time in_hand_since = sim::Time::never();
    sim::Time ends_at = sim::Time::never();
    sim::Time started;            // the last one
    sim::Time full_at;            // the last full one
    std::vector<ClassWork> work;  // by class
    friend bool operator==(const RuleGroup&, const RuleGroup&) = default;
};

// What works on a node.
enum class ServicePath : std::uint8_t {
    none,    // no rules: no connection to a Service's address can be made
    coming,  // its first sync is under way (DPC-54)
    rules,   // those of its group
};

// A rate that held from some time on.
struct RateSince {
    sim::Time at;
    double per_second = 0;
    friend bool operator==(const RateSince&, const RateSince&) = default;
};

// A table of connections, as a fluid (DPC-30 to DPC-33): entries come in at a rate and each stays for the same time.
struct TableFill {
    enum class Phase : std::uint8_t {
        open,      // all get an entry
        full,      // as many as happen to expire, until what filled it does
        recovered  // as many as expire in the long run
    } phase = Phase::open;
    double limit = 0;        // 0: there is no such table
    bool gives_way = false;  // it drops what was quiet longest, and refuses nobody (DPC-35)
    double hold_seconds = 0;
    double asked = 0;                // entries a second that connections ask for
    std::vector<RateSince> entered;  // those that got one, back to the oldest entry that is still there
    sim::Time phase_ends = sim::Time::never();

    double success() const;  // of those that ask
    friend bool operator==(const TableFill&, const TableFill&) = default;
};

enum class NodeTable : std::uint8_t { conntrack, bpf, ec2, count_ };
inline constexpr auto node_table_count = static_cast<std::size_t>(NodeTable::count_);

// Bytes above the baseline, on credit (DPC-39).
struct BandwidthCredit {
    double level = 0;                      // bytes, at `as_of`
    double change = 0;                     // bytes a second
    sim::Time as_of = sim::Time::never();  // never: all of it is there
    friend bool operator==(const BandwidthCredit&, const BandwidthCredit&) = default;
};

// A class of traffic on a node: of all its connections, the shares for which the node is this and that.
struct ClassShare {
    std::uint32_t of_class = 0;  // into DataPathState::classes
    std::array<double, node_role_count> roles{};
    friend bool operator==(const ClassShare&, const ClassShare&) = default;
};

// By slot of the node.
struct NodeDataPath {
    NodeId node;  // whose row it is; none: nobody's
    ServicePath services = ServicePath::none;
    std::uint32_t group = 0;
    datapath::MigrationState migration = datapath::MigrationState::kube_proxy_live;  // by a fault
    sim::Time works_at = sim::Time::never();                                         // the end of its first sync
    double racing_lookups = 0;       // of lookups from here, those that lose a question in conntrack (DPS-15)
    std::vector<ClassShare> shares;  // sorted by class
    std::array<double, datapath::part_count> cores{};  // at work for the network, by datapath::Part
    double application_cores = 0;                      // those of pods that answer requests
    double load = 0;                                   // all of these over the node's cores (DPC-14)
    double time_factor = 1;                            // how many times its work something takes (DPC-15, DPC-16)
    double queue_factor = 1;                           // of these, by waiting
    double new_connections = 0;                        // a second
    double packets = 0;                                // on the wire (DPC-10)
    double bytes_in = 0;
    double bytes_out = 0;
    double lost_share = 0;  // of segments, beyond an allowance (DPC-39)
    std::array<TableFill, node_table_count> tables;
    // As they were told last.
    std::array<std::int64_t, node_table_count> told_entries{};
    bool told_without_rules = false;
    bool was_moving = false;  // entries came or went, so that they are told once more when that is over
    BandwidthCredit credit_in;
    BandwidthCredit credit_out;
    bool is_due = true;  // what it is about has changed

    double refused_share() const;  // of connections that find no entry in a table
    friend bool operator==(const NodeDataPath&, const NodeDataPath&) = default;
};

// Of the callers of a class, those that have an open connection: it relaxes towards `to` as connections end and new
// ones are made, or are not.
struct PooledShare {
    double share = 0;  // at `as_of`
    double to = 0;
    double seconds = 0;  // in which the distance falls to 1/e; 0: at once
    sim::Time as_of;
    // Of those that were open, the share that has been reset in the instant `reset_at`.
    double reset = 0;
    sim::Time reset_at = sim::Time::never();
    friend bool operator==(const PooledShare&, const PooledShare&) = default;
};

// Open connections of a class that lead to an endpoint which has gone without a word (DPS-16): what its clients send on
// them is lost.
struct StaleFlows {
    double share = 0;  // of the callers, at `since`; those that come of age end all the same
    sim::Time since;
    std::uint32_t removal = 0;  // the endpoint, by the number of its removal; 0: nobody has missed it yet
    NodeId machine;             // that has stopped under it; none: the endpoint alone has ended
    friend bool operator==(const StaleFlows&, const StaleFlows&) = default;
};

// A class of traffic whose connections are seen.
struct ClassDataPath {
    double attempts = 0;       // connections a second that are tried
    double endpoints = 0;      // of its Service, ready ones
    double between_nodes = 0;  // of its connections, those that leave a node for another
    double between_zones = 0;  // likewise: a zone
    // Of the attempts, those that fail, by the first cause that a connection meets (datapath::FailureCause): these add
    // up.
    std::array<double, datapath::failure_cause_count> failing{};
    double wrong_pod = 0;         // of the attempts, answered by a pod of somebody else at worst (DPS-17)
    double wait_seconds = 0;      // until a client knows, on average over those that fail (DPC-67)
    double requests_failing = 0;  // of its requests: those that had to connect, and could not
    double reaching = 1;          // of the attempts, those that leave the node at which they begin
    double connect_us = 0;        // mean, of those that work: opened, and the first request answered by the network
    double connect_p90_us = 0;
    double connect_p99_us = 0;
    double request_us = 0;  // what a request more on an open connection spends on the way
    PooledShare pooled;
    std::vector<std::uint32_t> nodes;  // slots of those that it comes by, in order
    bool is_due = true;                // where its pods are has changed
    bool is_judged = false;            // once at least
    std::vector<StaleFlows> stale;
    double stale_share = 0;  // of its callers, those with such a connection now
    // Connections to targets that a load balancer had taken out long enough before then have ended.
    sim::Time drained;

    double failing_share() const;
    friend bool operator==(const ClassDataPath&, const ClassDataPath&) = default;
};

struct DataPathState {
    bool is_open = false;  // somebody looks at data paths, and the run has begun
    std::vector<RuleGroup> groups;
    std::vector<NodeDataPath> nodes;
    std::vector<ClassDataPath> classes;       // Traffic::classes, then Outside::uses
    std::vector<EndpointCounts> services;     // by Service
    std::vector<KernelVersion> written;       // likewise: as its slices say
    std::vector<double> server_cores;         // by Traffic::servers: what one pod uses, as far as nodes have heard
    std::vector<std::int32_t> server_pods;    // likewise: how many there are
    double other_services = 0;                // that the scenario does not list
    sim::Time steps_at = sim::Time::never();  // the next step of a sync
    std::uint32_t steps = 0;                  // its serial
    friend bool operator==(const DataPathState&, const DataPathState&) = default;
};

}  // namespace eks
