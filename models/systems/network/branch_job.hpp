// One worker of the resource controller at one branch ENI: it makes it and writes it into the pod's annotation, or
// deletes it. Each step waits for an answer of EC2 or for a pause to end; where it stands is kept in the row.
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

class BranchJob {
  public:
    BranchJob(const Spec& spec, World& world, Turn& turn, BranchEniId branch)
        : spec_(spec), world_(world), turn_(turn), id_(branch) {}

    // A worker takes it.
    void begin();
    // What the worker waited for is there.
    void go_on();

  private:
    BranchEni& row() { return world_.branch_enis[id_]; }
    Ec2Action action();
    void call(BranchStage stage);
    void send();
    void pause(sim::Duration length);

    void begin_making();
    void answered();
    Ec2Result create();
    void created();
    void annotated();
    void deleted();
    void failed(Ec2Result result);
    void give_up();
    void begin_anew(WaitCause cause, sim::Duration after);
    void tell_pod(WaitCause cause);

    const Spec& spec_;
    World& world_;
    Turn& turn_;
    BranchEniId id_;
};

// --- resource_controller.cpp
void put_idle_workers_to_work(const Spec& spec, World& world, Turn& turn);
void worker_is_free(const Spec& spec, World& world, Turn& turn);
// The worker goes on with the next one of the node's deletion queue that may be deleted, or is free.
void go_on_deleting(const Spec& spec, World& world, Turn& turn, NodeId node);
// Its pod has gone, or will never know of it.
void put_into_deletion_queue(World& world, Turn& turn, BranchEniId branch, sim::Time cool_at);

// Between two looks into a node's deletion queue (IPAM-157).
inline constexpr sim::Duration deletions_interval = sim::Duration::microseconds(30'000'000);

// Between two looks for trunk and branch ENIs that nobody has any more: ENICleanUpInterval (IPAM-157).
inline constexpr sim::Duration stray_interval = sim::Duration::microseconds(1'800'000'000);

// The pause after so many failed tries of a call in a row: 100 ms, times three each, up to 10 s (IPAM-157).
inline constexpr std::uint8_t most_controller_tries = 7;
inline constexpr sim::Duration longest_controller_backoff = sim::Duration::microseconds(10'000'000);
constexpr sim::Duration controller_backoff(std::uint8_t failed) {
    sim::Duration length = sim::Duration::microseconds(100'000);
    for (std::uint8_t n = 1; n < failed && length < longest_controller_backoff; ++n) length = length * 3;
    return length < longest_controller_backoff ? length : longest_controller_backoff;
}

// Where the trunk and the branch ENIs of such nodes are made: that of the ENIConfig under custom networking (IPAM-145).
constexpr SubnetIx subnet_of_trunk(const Spec& spec, const NodeShape& shape) {
    return spec.cni.custom_networking && shape.pod_subnet.valid() ? shape.pod_subnet : shape.subnet;
}

}  // namespace eks
