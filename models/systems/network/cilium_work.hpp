// What Cilium's operator does for one node at a time, step by step, and how it calls EC2 (IPAM-311, IPAM-322 to
// IPAM-329). Where the work stands is kept in the node's CiliumNode row; the class is the code that reads it, made anew
// for each event.
#pragma once

#include "models/systems/network/cilium_arithmetic.hpp"
#include "models/systems/network/ec2_api.hpp"
#include "models/systems/turn.hpp"
#include "models/world/address_verbs.hpp"

namespace eks::cilium {

// The node's numbers as the operator knows them: what is published, and what the agent has reported.
struct Demand {
    std::int64_t needed = 0;
    std::int64_t excess = 0;  // 0 unless excess is to be released
};
Demand demand_of(const Spec& spec, const World& world, NodeId node);

// IPAM-326; none if there is no subnet at all in the node's zone.
SubnetIx subnet_for_eni(const Spec& spec, const World& world, NodeId node);

// Where the node's next ENI is attached: pods get nothing of those below the first interface's number (IPAM-323).
std::uint16_t device_for_eni(const Spec& spec, const World& world, NodeId node);

// The work is over: nothing more happens for the node until a later resync has been seen (IPAM-322). It follows at once
// if something has changed in EC2 or a call has failed, else when its minute is over.
enum class Afterwards : std::uint8_t { resync, rest };
void node_done(const Spec& spec, World& world, Turn& turn, NodeId node, Afterwards afterwards);

class NodeWork {
  public:
    NodeWork(const Spec& spec, World& world, Turn& turn, NodeId node)
        : spec_(spec), world_(world), turn_(turn), id_(node) {}

    // A worker has taken the node from the queue.
    void begin();
    // What the work waited for is there.
    void go_on();

  private:
    Node& node() { return world_.nodes[id_]; }
    CiliumNode& row() { return node().cilium; }
    AddressPool& pool() { return world_.pools[cilium_pool(node())]; }
    const NodeShape& shape() const { return spec_[world_.nodes[id_].shape]; }
    std::uint64_t key() const;

    void call(CiliumStep step, Ec2Action action);
    void count_call(Ec2Result result) { note_call(turn_, row().call.action, result); }
    void done(Afterwards afterwards = Afterwards::resync) { node_done(spec_, world_, turn_, id_, afterwards); }
    std::int32_t pending_pods() const;
    std::int32_t cidrs_wanted(std::int32_t slots) const;

    // Each says whether the work goes on.
    bool allocate();
    bool make_eni();
    bool release(std::int64_t excess);

    bool releases_prefixes() const;
    std::int32_t releasable(const Eni& eni) const;

    void assigned(bool is_refused);
    void created(bool is_refused);
    void attached(bool is_refused);
    void marked(bool is_refused);
    void unattached_deleted(bool is_refused);
    void unassigned(bool is_refused);

    const Spec& spec_;
    World& world_;
    Turn& turn_;
    NodeId id_;
};

inline constexpr std::uint64_t operator_key = 0xC111;  // of its own draws

// --- calls: each waits for its turn in the operator's own limit (IPAM-325), then for EC2's answer. `event` comes back
// for go_on, which is true when the answer, or the last refusal, is there.
template <class E>
bool go_on(const Spec& spec, World& world, Turn& turn, OperatorCall& call, std::uint64_t key, const E& event) {
    if (call.is_sent) {
        if (!call.is_refused || call.attempts >= spec.ec2.attempts) return true;
        call.is_sent = false;
        turn.after(sdk_pause(turn, key, call.attempts), event);
        return false;
    }
    const Ec2Attempt attempt = attempt_call(spec, world, turn, call.action, key);
    ++call.attempts;
    call.is_sent = true;
    call.is_refused = attempt.is_refused;
    turn.at(attempt.answered, event);
    return false;
}

template <class E>
void begin_call(const Spec& spec, World& world, Turn& turn, OperatorCall& call, Ec2Action action, std::uint64_t key,
                const E& event) {
    call = {action};
    CallBudget budget{world.cilium.calls_used_until};
    const sim::Time out = call_goes_out(budget, pace_of({spec.cilium.api_qps, spec.cilium.api_burst}), turn.now());
    world.cilium.calls_used_until = budget.used_until;
    if (out > turn.now())
        turn.at(out, event);
    else
        go_on(spec, world, turn, call, key, event);
}

}  // namespace eks::cilium
