// The trunk ENI of a node: the node's daemon asks for it, the resource controller makes and attaches it, and then the
// node offers as many vpc.amazonaws.com/pod-eni as its type may have (IPAM-155). The daemon learns of it by its next
// reconcile (IPAM-105).
#include "models/spec/streams.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/network/branch_job.hpp"
#include "models/systems/network/ec2_api.hpp"
#include "models/systems/network/ipamd_thread.hpp"
#include "models/systems/network/resource_controller.hpp"
#include "models/systems/signals.hpp"
#include "models/world/branch_verbs.hpp"
#include "models/world/pod_sums.hpp"
#include "models/world/subnet_verbs.hpp"

namespace eks {

namespace {

std::uint64_t key_of(const Spec& spec, const Node& node) {
    return spec[spec[node.shape].group].stable_key + node.ordinal;
}

Ec2Action action_of(TrunkStage stage) {
    switch (stage) {
        case TrunkStage::attaching: return Ec2Action::attach_network_interface;
        case TrunkStage::marking: return Ec2Action::modify_network_interface_attribute;
        case TrunkStage::verifying: return Ec2Action::describe_network_interfaces;
        case TrunkStage::deleting: return Ec2Action::delete_network_interface;
        default: return Ec2Action::create_network_interface;
    }
}

class TrunkWork {
  public:
    TrunkWork(const Spec& spec, World& world, Turn& turn, NodeId node)
        : spec_(spec), world_(world), turn_(turn), id_(node) {}

    void go_on() {
        switch (trunk().stage) {
            case TrunkStage::none:
            case TrunkStage::ready: return;
            case TrunkStage::asked: return call(TrunkStage::creating);
            case TrunkStage::advertising: return advertised();
            default: break;
        }
        if (trunk().pauses) return send();
        if (!trunk().is_refused) return answered();
        if (trunk().attempts < spec_.ec2.attempts)
            return pause(sdk_pause(turn_, key_of(spec_, node()), trunk().attempts));
        failed();
    }

  private:
    Node& node() { return world_.nodes[id_]; }
    Trunk& trunk() { return node().trunk; }
    const NodeShape& shape() { return spec_[node().shape]; }

    void call(TrunkStage stage) {
        trunk().stage = stage;
        trunk().attempts = 0;
        send();
    }
    void send() {
        const Ec2Attempt attempt = attempt_call(spec_, world_, turn_, action_of(trunk().stage), key_of(spec_, node()));
        ++trunk().attempts;
        trunk().is_refused = attempt.is_refused;
        trunk().pauses = false;
        turn_.at(attempt.answered, TrunkStep{id_});
    }
    void pause(sim::Duration length) {
        trunk().pauses = true;
        turn_.after(length, TrunkStep{id_});
    }

    void answered() {
        const Ec2Result result = trunk().stage == TrunkStage::creating    ? create()
                                 : trunk().stage == TrunkStage::attaching ? attach()
                                                                          : Ec2Result::success;
        note_call(turn_, action_of(trunk().stage), result);
        if (result != Ec2Result::success) return failed();
        switch (trunk().stage) {
            case TrunkStage::creating: return call(TrunkStage::attaching);
            case TrunkStage::attaching: return call(TrunkStage::marking);
            case TrunkStage::marking:
                set_in_ec2(world_, trunk().eni, [](Eni& eni) { eni.ends_with_instance = true; });
                return call(TrunkStage::verifying);
            case TrunkStage::deleting:
                delete_from_ec2(spec_, world_, turn_, trunk().eni);
                trunk().eni = EniId::none();
                trunk().stage = TrunkStage::creating;
                trunk().attempts = 0;
                return pause(controller_backoff(trunk().tries));
            default: break;
        }
        trunk().tries = 0;
        trunk().stage = TrunkStage::advertising;
        turn_.after(spec_.latencies.api_write + spec_.latencies.watch_delivery, TrunkStep{id_});
    }

    Ec2Result create() {
        const SubnetIx subnet = subnet_of_trunk(spec_, shape());
        std::uint32_t address = 0;
        if (!take_addresses(spec_, world_, turn_.key(), subnet, 1, &address))
            return Ec2Result::insufficient_free_addresses;
        const EniId eni = add_eni(world_, node().first_pool, subnet, 0);
        set_in_ec2(world_, eni, [&](Eni& row) {
            row.is_trunk = true;
            row.created = turn_.now();
            row.primary_address = address;
        });
        trunk().eni = eni;
        turn_.note(SubnetFact{subnet, -1});
        return Ec2Result::success;
    }

    Ec2Result attach() {
        if (is_struck(spec_, world_, FaultKind::eni_attach_failure, node())) return Ec2Result::internal_error;
        if (pool_of(world_, node()).attached >= shape().max_enis) return Ec2Result::attachment_limit_exceeded;
        attach_eni(world_, trunk().eni);
        const double unit = sim::draw_unit(
            turn_.key(), {stream::eni_visible, key_of(spec_, node()), static_cast<std::uint64_t>(turn_.now().us()), 1});
        set_in_ec2(world_, trunk().eni, [&](Eni& eni) {
            eni.device = static_cast<std::uint16_t>(shape().max_enis - 1);  // the highest one that is free
            eni.visible_at = turn_.now() + spec_.latencies.eni_visible.sample(unit);
        });
        turn_.note(EniFact{id_, +1});
        metadata_changed(spec_, world_, turn_, id_);
        return Ec2Result::success;
    }

    // What could not be attached is deleted, and all begins anew: the controller takes the node up again.
    void failed() {
        trunk().attempts = 0;
        if (trunk().tries < most_controller_tries) ++trunk().tries;
        if (trunk().stage == TrunkStage::attaching) return call(TrunkStage::deleting);
        pause(controller_backoff(trunk().tries));
    }

    void advertised() {
        trunk().stage = TrunkStage::ready;
        trunk().phase = turn_.now().since_origin() % deletions_interval;
        node_changed(world_, id_);
        wake_pool(spec_, world_, turn_, ClusterChange::resources_added, id_);
    }

    const Spec& spec_;
    World& world_;
    Turn& turn_;
    NodeId id_;
};

}  // namespace

bool may_ask_for_trunk(const Spec& spec, const World& world, const Node& node) {
    return spec.cni.pod_enis && node.trunk.stage == TrunkStage::none &&
           pool_of(world, node).enis < effective_max_enis(spec.cni, spec[node.shape].max_enis);
}

void ask_for_trunk(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    node.trunk.stage = TrunkStage::asked;
    const bool is_answered = spec[node.shape].can_trunk && spec[node.shape].allocatable.pod_enis > 0;
    if (is_answered) turn.after(spec.latencies.api_write + spec.latencies.watch_delivery, TrunkStep{id});
}

void settle_trunk(const Spec& spec, World& world, Turn& turn, NodeId id) {
    const NodeShape& shape = spec[world.nodes[id].shape];
    if (!may_ask_for_trunk(spec, world, world.nodes[id])) return;
    if (!shape.can_trunk || shape.allocatable.pod_enis == 0) return;
    const SubnetIx subnet = subnet_of_trunk(spec, shape);
    std::uint32_t address = 0;
    if (!take_addresses(spec, world, turn.key(), subnet, 1, &address)) return;
    const EniId eni = add_eni(world, world.nodes[id].first_pool, subnet, 0);
    set_in_ec2(world, eni, [&](Eni& row) {
        row.is_trunk = row.ends_with_instance = true;
        row.primary_address = address;
        row.device = static_cast<std::uint16_t>(shape.max_enis - 1);
        row.created = row.visible_at = turn.now();
    });
    attach_eni(world, eni);
    enter_store(world, eni, turn.now());
    Trunk& trunk = world.nodes[id].trunk;
    trunk.eni = eni;
    trunk.stage = TrunkStage::ready;
    const double share = sim::draw_unit(turn.key(), {stream::deletions_phase, key_of(spec, world.nodes[id]), 0, 0});
    trunk.phase =
        sim::Duration::microseconds(static_cast<std::int64_t>(share * static_cast<double>(deletions_interval.us())));
    turn.note(SubnetFact{subnet, -1});
    turn.note(EniFact{id, +1});
}

// Its branch ENIs carry nothing any more, so the controller need not wait with their deletion.
void end_trunk(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Trunk& trunk = world.nodes[id].trunk;
    const Eni* eni = world.enis.find(trunk.eni);
    if (eni != nullptr && eni->state == EniState::available) leak_eni(spec, world, turn, trunk.eni);
    trunk.stage = TrunkStage::none;
    trunk.eni = EniId::none();
    for_each_branch(world, world.nodes[id], [&](BranchEniId branch, const BranchEni& row) {
        if (row.stage == BranchStage::cooling) put_into_deletion_queue(world, turn, branch, turn.now());
    });
}

void on(const Spec& spec, World& world, Turn& turn, const TrunkStep& event) {
    if (world.nodes.contains(event.node)) TrunkWork(spec, world, turn, event.node).go_on();
}

}  // namespace eks
