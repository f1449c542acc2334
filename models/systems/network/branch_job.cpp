#include "models/systems/network/branch_job.hpp"

#include "models/systems/network/address_return.hpp"
#include "models/systems/network/ec2_api.hpp"
#include "models/world/branch_verbs.hpp"
#include "models/world/subnet_verbs.hpp"

#include <limits>

namespace eks {

namespace {

constexpr std::uint8_t most_deletions = 3;  // MaxDeleteRetries

}  // namespace

Ec2Action BranchJob::action() {
    switch (row().stage) {
        case BranchStage::associating: return Ec2Action::associate_trunk_interface;
        case BranchStage::deleting: return Ec2Action::delete_network_interface;
        default: return Ec2Action::create_network_interface;
    }
}

// --- waiting

void BranchJob::call(BranchStage stage) {
    set_stage(world_, id_, stage);
    row().tries = 0;
    row().attempts = 0;
    send();
}

void BranchJob::send() {
    const Ec2Attempt attempt = attempt_call(spec_, world_, turn_, action(), row().key);
    ++row().attempts;
    row().is_refused = attempt.is_refused;
    row().pauses = false;
    turn_.at(attempt.answered, BranchStep{id_});
}

void BranchJob::pause(sim::Duration length) {
    row().pauses = true;
    turn_.after(length, BranchStep{id_});
}

void BranchJob::go_on() {
    switch (row().stage) {
        case BranchStage::queued:
        case BranchStage::in_use:
        case BranchStage::cooling: return;
        case BranchStage::resting:
            set_stage(world_, id_, BranchStage::queued);
            join_queue(world_, id_);
            return put_idle_workers_to_work(spec_, world_, turn_);
        case BranchStage::annotating: return annotated();
        case BranchStage::creating:
        case BranchStage::associating:
        case BranchStage::deleting: break;
    }
    if (row().pauses) return send();
    if (!row().is_refused) return answered();
    // IPAM-4: the SDK tries again by itself.
    if (row().attempts < spec_.ec2.attempts) return pause(sdk_pause(turn_, row().key, row().attempts));
    failed(Ec2Result::request_limit_exceeded);
}

// --- the work

void BranchJob::begin() {
    if (row().stage == BranchStage::deleting) {
        row().attempts = 0;
        return send();
    }
    begin_making();
}

void BranchJob::begin_making() {
    if (!row().pod.valid()) {
        remove_branch_eni(world_, id_);
        return worker_is_free(spec_, world_, turn_);
    }
    // ErrCurrentlyAtMaxCapacity: what waits to be deleted counts, and nobody tells this pod when it has gone.
    const Node& node = world_.nodes[row().node];
    if (node.trunk.branches >= spec_[node.shape].allocatable.pod_enis)
        return begin_anew(WaitCause::branch_eni_cooling, spec_.cni.branch_eni_cooldown);
    row().cause = WaitCause::branch_eni;
    turn_.note(BranchEniFact{row().node, +1, 0});
    call(BranchStage::creating);
}

void BranchJob::answered() {
    Ec2Result result = Ec2Result::success;
    if (row().stage == BranchStage::creating) result = create();
    note_call(turn_, action(), result);
    if (result != Ec2Result::success) return failed(result);
    switch (row().stage) {
        case BranchStage::creating: return call(BranchStage::associating);
        case BranchStage::associating: return created();
        default: return deleted();
    }
}

Ec2Result BranchJob::create() {
    std::uint32_t address = 0;
    if (!take_addresses(spec_, world_, turn_.key(), row().subnet, 1, &address))
        return Ec2Result::insufficient_free_addresses;
    row().address = address;
    turn_.note(SubnetFact{row().subnet, -1});
    return Ec2Result::success;
}

void BranchJob::created() {
    set_stage(world_, id_, BranchStage::annotating);
    turn_.after(spec_.latencies.api_write + spec_.latencies.watch_delivery, BranchStep{id_});
}

void BranchJob::annotated() {
    if (row().pod.valid()) {
        set_stage(world_, id_, BranchStage::in_use);
        tell_pod(WaitCause::sandbox_retry);
    } else {
        // No traffic has ever gone through it, so it does not cool.
        put_into_deletion_queue(world_, turn_, id_, turn_.now());
    }
    worker_is_free(spec_, world_, turn_);
}

void BranchJob::deleted() {
    const BranchEni branch = row();
    turn_.note(SubnetFact{branch.subnet, return_address(spec_, world_, turn_, branch.subnet, branch.address)});
    turn_.note(BranchEniFact{branch.node, 0, -1});
    remove_branch_eni(world_, id_);
    go_on_deleting(spec_, world_, turn_, branch.node);
}

void BranchJob::failed(Ec2Result result) {
    if (result == Ec2Result::insufficient_free_addresses) {
        row().cause = WaitCause::subnet_empty;
        tell_pod(WaitCause::subnet_empty);
    }
    row().attempts = 0;
    ++row().tries;
    const std::uint8_t most = most_controller_tries;
    const std::uint8_t round = row().tries % most;
    if (round != 0) return pause(controller_backoff(round));
    give_up();
}

void BranchJob::give_up() {
    const NodeId node = row().node;
    if (row().stage == BranchStage::creating) {
        turn_.note(BranchEniFact{node, -1, 0});
        return begin_anew(row().cause, longest_controller_backoff);
    }
    if (row().stage == BranchStage::associating) {
        const PodId pod = row().pod;
        const SubnetIx subnet = row().subnet;
        const std::uint64_t key = row().key;
        put_into_deletion_queue(world_, turn_, id_, turn_.now());
        if (pod.valid()) {
            id_ = add_branch_eni(world_, pod, subnet, key);
            return begin_anew(WaitCause::branch_eni, longest_controller_backoff);
        }
        return worker_is_free(spec_, world_, turn_);
    }
    if (row().tries < most_deletions * most_controller_tries) return send();
    // Forgotten, until the clean-up of stray ENIs finds it.
    put_into_deletion_queue(world_, turn_, id_,
                            sim::next_tick_after(turn_.now(), sim::Duration::zero(), stray_interval));
    go_on_deleting(spec_, world_, turn_, node);
}

// The job is queued again after a while. How long the real one waits after EC2 has refused it for good is that of a
// work queue with a limit on tries, which ends in a pod that nobody looks at any more; here it goes on at the longest
// pause between two calls.
void BranchJob::begin_anew(WaitCause cause, sim::Duration after) {
    set_stage(world_, id_, BranchStage::resting);
    row().cause = cause;
    tell_pod(cause);
    row().pauses = false;
    turn_.after(after, BranchStep{id_});
    worker_is_free(spec_, world_, turn_);
}

// A pod whose ADD has failed waits for something else from now on.
void BranchJob::tell_pod(WaitCause cause) {
    const PodId id = row().pod;
    const Pod* pod = world_.pods.find(id);
    if (pod == nullptr || pod->stage != PodStage::stuck || pod->terminating || !is_address_shortage(pod->cause)) return;
    wait_for(world_, turn_, id, cause);
}

}  // namespace eks
