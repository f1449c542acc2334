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

// Endpoints of a Service since the start of the run, in the order in which they come and go: added to it, taken out of
// it, and of these the ones that answer no more.
struct EndpointCounts {
    std::uint32_t added = 0;
    std::uint32_t removed = 0;
    std::uint32_t ended = 0;
    friend bool operator==(const EndpointCounts&, const EndpointCounts&) = default;
};
// What of that a kernel has.
struct KernelVersion {
    std::uint32_t added = 0;
    std::uint32_t removed = 0;
    constexpr std::uint32_t endpoints() const { return added - removed; }
    friend bool operator==(const KernelVersion&, const KernelVersion&) = default;
};

// Nodes whose kernels have the same rules at all times: they hear of each change at the same moment and take as long to
// write it (DPC-50). Groups are never taken away.
struct RuleGroup {
    datapath::DataPath path;
    std::vector<KernelVersion> kernel;          // by service
    std::vector<std::uint32_t> changed;         // services to be written by the next sync, sorted
    std::vector<std::uint32_t> in_hand;         // by the one under way
    std::vector<KernelVersion> writes;          // likewise, what it writes of them
    std::vector<std::uint32_t> ended_in_hand;   // likewise: endpoints that had ended as it began (DPS-17)
    sim::Time changed_at = sim::Time::never();  // the first change that the next sync brings
    sim::Time started;                          // the last sync
    sim::Time ends_at = sim::Time::never();     // of the one under way
    sim::Time full_at;                          // the last full one
    std::uint32_t version = 0;                  // grows with each sync that ends
    std::uint32_t source = 0;                   // frozen: the group whose rules these were
    bool is_frozen = false;                     // nobody writes them any more
    bool is_in_sync_later = false;              // a sync is scheduled
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
        full,      // none does until the first ones expire
        recovered  // as many as expire
    } phase = Phase::open;
    double limit = 0;  // 0: there is no such table
    double hold_seconds = 0;
    double asked = 0;                // entries a second that connections ask for
    std::vector<RateSince> entered;  // those that got one, back to the oldest entry that is still there
    sim::Time phase_ends = sim::Time::never();

    double success() const;
    friend bool operator==(const TableFill&, const TableFill&) = default;
};

enum class NodeTable : std::uint8_t { conntrack, bpf, ec2, count_ };
inline constexpr auto node_table_count = static_cast<std::size_t>(NodeTable::count_);

// Bytes above the baseline on credit (DPC-39).
struct BandwidthCredit {
    double level = 0;   // bytes, at `as_of`
    double change = 0;  // bytes a second
    sim::Time as_of;
    friend bool operator==(const BandwidthCredit&, const BandwidthCredit&) = default;
};

// A class of traffic on a node: the shares of all its connections that come from here alone, go to here alone, do both,
// or only come by here on their way from a load balancer to another node.
struct ClassShare {
    std::uint32_t of_class = 0;  // into World::data_path.classes
    double client = 0;
    double server = 0;
    double both = 0;
    double entry = 0;
    friend bool operator==(const ClassShare&, const ClassShare&) = default;
};

// By slot of the node.
struct NodeDataPath {
    NodeId node;  // whose row it is; none: nobody's
    ServicePath services = ServicePath::none;
    std::uint32_t group = 0;
    datapath::MigrationState migration = datapath::MigrationState::kube_proxy_live;  // by a fault
    sim::Time works_at = sim::Time::never();                                         // the end of its first sync
    std::vector<ClassShare> shares;                                                  // sorted by class
    std::array<double, 12> cores{};  // at work for the network, by datapath::Part
    double application_cores = 0;    // those of pods that answer requests
    double load = 0;                 // all of these over the node's cores (DPC-14)
    double time_factor = 1;          // how many times its work something takes (DPC-15, DPC-16)
    double new_connections = 0;      // a second
    double packets = 0;
    double bytes_in = 0;
    double bytes_out = 0;
    double lost_share = 0;  // of segments, beyond an allowance (DPC-39)
    std::array<TableFill, node_table_count> tables;
    BandwidthCredit credit_in;
    BandwidthCredit credit_out;
    friend bool operator==(const NodeDataPath&, const NodeDataPath&) = default;
};

// In the order of datapath::FailureCause.
inline constexpr std::size_t failure_causes = 6;

// A class of traffic whose connections are seen: Traffic::classes first, then the uses of networks outside.
struct ClassDataPath {
    double attempts = 0;  // connections a second that are tried
    double endpoints = 0;
    // Of them, those that fail, by the first cause that a connection meets: these add up.
    std::array<double, failure_causes> failing{};
    double wrong_pod = 0;  // of them, those answered by a pod of somebody else (DPS-17)
    double failing_share() const;
    double wait_seconds = 0;  // until a client knows, on average over those that fail (DPC-67)
    double connect_us = 0;    // mean, of those that work
    double connect_p90_us = 0;
    double connect_p99_us = 0;
    double request_us = 0;  // what a request on an open connection spends on the way
    double open = 0;        // connections, on average
    bool is_due = false;    // where its pods are has changed
    friend bool operator==(const ClassDataPath&, const ClassDataPath&) = default;
};

struct DataPathState {
    std::vector<RuleGroup> groups;
    std::vector<NodeDataPath> nodes;
    std::vector<ClassDataPath> classes;
    std::vector<EndpointCounts> services;  // by service
    double other_services = 0;
    bool is_look_due = false;
    std::uint32_t looks = 0;  // serial of the look that is scheduled
    friend bool operator==(const DataPathState&, const DataPathState&) = default;
};

}  // namespace eks
