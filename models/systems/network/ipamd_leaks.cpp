// ENIs that were made and are attached to nothing hold their addresses until some node's sweep finds them (IPAM-130,
// IPAM-131), or the resource controller's, if they are trunks (IPAM-157).
#include "models/spec/streams.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/network/address_return.hpp"
#include "models/systems/network/branch_job.hpp"
#include "models/systems/network/cilium_operator.hpp"
#include "models/systems/network/ec2_api.hpp"
#include "models/systems/network/ipamd_thread.hpp"

#include <algorithm>

namespace eks {

namespace {

constexpr sim::Duration sweep_interval = sim::Duration::microseconds(3'600'000'000);
constexpr sim::Duration minimum_leak_age = sim::Duration::microseconds(300'000'000);  // eniDeleteCooldownTime
constexpr std::uint64_t sweep_spread_seconds = 300;
constexpr sim::Duration cilium_collects_enis = sim::Duration::microseconds(300'000'000);  // eni-gc-interval

// The first of a node's sweeps at or after an instant: the loop waits some whole seconds, sweeps, and begins anew an
// hour later, so that its rounds drift.
sim::Time sweep_at_or_after(const Spec& spec, sim::RunKey key, const Node& node, sim::Time from) {
    const std::uint64_t owner = spec[spec[node.shape].group].stable_key + node.ordinal;
    sim::Time round = node.cni.started;
    for (std::uint64_t n = 0;; ++n) {
        const auto late =
            static_cast<std::int64_t>(sim::draw_below(key, {stream::leak_sweep, owner, n, 0}, sweep_spread_seconds));
        const sim::Time sweep = round + sim::Duration::seconds(late);
        if (sweep >= from) return sweep;
        round = sweep + sweep_interval;
    }
}

bool sweeps(const World& world, NodeId node) {
    return world.nodes[node].cni.serves && cni_of(world, node).sweeps_leaked_enis;
}

// Where its node is gone the ENI is in no store any more, and the cluster's CNI collects it.
bool is_collected_by_cilium(const Spec& spec, const World& world, const Eni& eni) {
    if (eni.is_trunk) return false;
    return eni.pool.valid() ? is_ciliums(world, eni) : spec.cni_kind != CniKind::vpc_cni;
}

bool anybody_collects(const Spec& spec, const World& world, const Eni& eni) {
    if (eni.is_trunk) return true;
    if (is_collected_by_cilium(spec, world, eni)) return cilium::is_up(spec, world);
    return std::ranges::any_of(world.node_order, [&](NodeId node) { return sweeps(world, node); });
}

}  // namespace

void leak_eni(const Spec& spec, World& world, Turn& turn, EniId id) {
    if (is_collected_by_cilium(spec, world, world.enis[id])) {
        turn.after(cilium_collects_enis, LeakSweep{id});  // IPAM-328
        return;
    }
    if (world.enis[id].is_trunk) {
        turn.at(sim::next_tick_after(turn.now(), sim::Duration::zero(), stray_interval), LeakSweep{id});
        return;
    }
    const sim::Time from = std::max(turn.now(), world.enis[id].created + minimum_leak_age);
    sim::Time first = sim::Time::never();
    for (const NodeId node : world.node_order) {
        if (sweeps(world, node)) first = std::min(first, sweep_at_or_after(spec, turn.key(), world.nodes[node], from));
    }
    // With all daemons down, or told to leave it, somebody has to look again.
    turn.at(first != sim::Time::never() ? first : turn.now() + sweep_interval, LeakSweep{id});
}

void delete_from_ec2(const Spec& spec, World& world, Turn& turn, EniId id) {
    const Eni eni = world.enis[id];
    std::int64_t back = return_address(spec, world, turn, eni.subnet, eni.primary_address);
    for (std::uint32_t at = eni.first_cidr; at != eni.first_cidr + static_cast<std::uint32_t>(eni.slots); ++at) {
        if (world.cidrs[at].on_eni) back += return_cidr(spec, world, turn, eni.subnet, world.cidrs[at]);
    }
    turn.note(SubnetFact{eni.subnet, back});
    std::erase_if(world.readopt_bars, [&](const ReadoptBar& bar) { return bar.eni == id; });
    remove_eni(world, id);
}

void on(const Spec& spec, World& world, Turn& turn, const LeakSweep& event) {
    const Eni* eni = world.enis.find(event.eni);
    if (eni == nullptr || eni->state != EniState::available) return;
    if (!anybody_collects(spec, world, *eni)) return leak_eni(spec, world, turn, event.eni);
    for (const Ec2Action action : {Ec2Action::describe_network_interfaces, Ec2Action::delete_network_interface}) {
        if (attempt_call(spec, world, turn, action, event.eni.slot).is_refused)
            return leak_eni(spec, world, turn, event.eni);
        note_call(turn, action, Ec2Result::success);
    }
    delete_from_ec2(spec, world, turn, event.eni);
}

}  // namespace eks
