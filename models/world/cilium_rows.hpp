// The rows of Cilium in ENI mode: what the agent of a node and the cluster's operator know of each other and of EC2
// (IPAM-300). A node's addresses stand in the rows of address_rows.hpp: `in_store` is what the CiliumNode object offers
// its agent, `on_eni` what EC2 has.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/ec2.hpp"
#include "models/spec/indices.hpp"
#include "models/world/address_rows.hpp"
#include "models/world/ids.hpp"

#include <cstdint>
#include <vector>

namespace eks {

// One call of the operator to EC2 on its way.
struct OperatorCall {
    Ec2Action action = Ec2Action::describe_subnets;
    bool is_sent = false;     // else it waits for its turn in the operator's own limit, or between two attempts
    bool is_refused = false;  // it met an empty bucket
    std::uint8_t attempts = 0;

    friend bool operator==(const OperatorCall&, const OperatorCall&) = default;
};

// What the operator does for a node (IPAM-323, IPAM-324, IPAM-329).
enum class CiliumStep : std::uint8_t {
    resting,
    queued,  // waits for a worker (IPAM-321)
    assigning,
    creating,
    attaching,
    marking,
    deleting_unattached,
    unassigning,
};

struct CiliumNode {
    // Where aws-node runs beside it, a store and a process of its own; else they are the node's.
    PoolId pool;
    CniPod agent;
    // Its configuration is there, lexically before that of aws-node: the runtime calls Cilium from now on (IPAM-352).
    bool has_written_configuration = false;

    // The agent.
    bool has_started = false;
    sim::Time started;
    sim::Time looks_at = sim::Time::never();  // at its pool, while it blocks
    sim::Time last_report = sim::Time::never();
    sim::Time reports_at = sim::Time::never();
    bool misses_link = false;   // it has waited for an ENI's link as long as it does
    bool is_tainted = false;    // the operator has seen the agent not ready (IPAM-350)
    std::int32_t own = 0;       // addresses that it uses itself
    std::int32_t reported = 0;  // addresses in use by the object's status: all that the operator knows

    // The operator.
    CiliumStep step = CiliumStep::resting;
    bool is_due = false;         // in the list of nodes that the next resync looks at
    bool awaits_resync = false;  // acted on, and no later resync seen (IPAM-322)
    sim::Time acted_at;
    OperatorCall call;
    EniId eni;
    SubnetIx subnet;
    std::int32_t want = 0;  // addresses

    // The release of excess (IPAM-329): on one ENI at a time.
    EniId releasing;
    sim::Time excess_since = sim::Time::never();
    sim::Time marked_at = sim::Time::never();
    std::int32_t marked = 0;        // addresses that the operator asks for
    std::int32_t acknowledged = 0;  // and the agent gives up; EC2 has them still

    friend bool operator==(const CiliumNode&, const CiliumNode&) = default;
};

struct CiliumOperator {
    // A leader that ends in good order gives up its lease; of one that is lost the others must wait for its end
    // (IPAM-300).
    bool has_leader = true;
    std::uint32_t leaders = 0;  // that were lost: what they waited for is void
    sim::Time lease_until;
    sim::Time calls_used_until;  // of its limit on calls to EC2 (IPAM-325), as in CallBudget
    // The resync.
    bool resyncs = false;
    bool resync_again = false;  // asked for while one runs
    std::uint8_t resync_call = 0;
    sim::Time resync_began;
    sim::Time seen_as_of = sim::Time::never();  // the beginning of the last complete resync; never: none yet
    OperatorCall call;
    // Workers.
    std::int32_t busy = 0;
    std::vector<NodeId> queue;
    std::vector<NodeId> due;

    friend bool operator==(const CiliumOperator&, const CiliumOperator&) = default;
};

}  // namespace eks
