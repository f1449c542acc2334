#include "models/world/invariants.hpp"

#include <algorithm>

namespace eks {

namespace {

class Findings {
  public:
    void expect(bool holds, const char* what, std::uint32_t slot) {
        if (!holds) sentences_.push_back(std::string(what) + " (slot " + std::to_string(slot) + ")");
    }
    std::vector<std::string> take() { return std::move(sentences_); }

  private:
    std::vector<std::string> sentences_;
};

void check_nodes(const Spec& spec, const World& world, Findings& f) {
    for (const auto& [id, node] : world.nodes) {
        Resources requested;
        Resources scoring;
        std::int32_t pods = 0;
        std::int32_t holders = 0;
        for (PodId p = node.first_pod; p.valid(); p = world.pods[p].next_on_node) {
            const Pod& pod = world.pods[p];
            f.expect(pod.node == id, "a pod in a node's chain names another node", p.slot);
            if (pod.eni.valid()) ++holders;
            if (!pod.holds_resources) continue;
            requested += spec.template_of(pod.workload).requests;
            scoring += spec.template_of(pod.workload).scoring_requests;
            ++pods;
        }
        f.expect(requested == node.requested && scoring == node.scoring_requested,
                 "a node's sums differ from its pods' requests", id.slot);
        f.expect(pods == node.pods, "a node's count of pods differs from its chain", id.slot);
        f.expect(pods <= spec[node.shape].max_pods, "a node holds more pods than its max-pods", id.slot);
        f.expect(requested.cpu_milli <= spec[node.shape].allocatable.cpu_milli, "a node's CPU is overcommitted",
                 id.slot);
        f.expect(requested.memory_bytes <= spec[node.shape].allocatable.memory_bytes,
                 "a node's memory is overcommitted", id.slot);

        std::int32_t addresses = 0;
        std::int32_t assigned = 0;
        for (EniId e = node.first_eni; e.valid(); e = world.enis[e].next_on_node) {
            addresses += world.enis[e].addresses;
            assigned += world.enis[e].assigned;
        }
        f.expect(addresses == node.addresses && assigned == node.assigned,
                 "a node's address counts differ from its ENIs'", id.slot);
        f.expect(holders == node.assigned, "addresses are assigned to pods that are not on the node", id.slot);
        f.expect(node.enis <= spec[node.shape].max_enis, "a node has more ENIs than its type allows", id.slot);
    }
}

void check_enis(const World& world, Findings& f) {
    for (const auto& [id, eni] : world.enis) {
        std::int32_t addresses = 0;
        std::int32_t assigned = 0;
        for (std::int32_t i = 0; i < eni.slots; ++i) {
            const AddressSlot& slot = world.address_slots[eni.first_slot + static_cast<std::uint32_t>(i)];
            if (slot.address == 0) continue;
            ++addresses;
            if (!slot.owner.valid()) continue;
            ++assigned;
            const Pod* pod = world.pods.find(slot.owner);
            f.expect(pod != nullptr && pod->eni == id, "an address is assigned to a pod that does not know of it",
                     id.slot);
        }
        f.expect(addresses == eni.addresses && assigned == eni.assigned, "an ENI's counts differ from its slots",
                 id.slot);
        f.expect(eni.addresses <= eni.slots, "an ENI has more addresses than it can hold", id.slot);
    }
}

// IPAM section H, 7: what ENIs hold of a subnet is what is taken there beyond AWS's five and what others use.
void check_subnets(const Spec& spec, const World& world, Findings& f) {
    std::vector<std::int64_t> held(world.subnets.size(), 0);
    for (const auto& [id, eni] : world.enis) held[eni.subnet.value] += 1 + eni.addresses;
    for (std::size_t i = 0; i < held.size(); ++i) {
        const Subnet& subnet = spec.subnets[i];
        f.expect(world.subnets[i].free == subnet.usable() - subnet.in_use - held[i],
                 "a subnet's free addresses differ from what is held of it", static_cast<std::uint32_t>(i));
        f.expect(world.subnets[i].free >= 0, "a subnet has given out more than it has", static_cast<std::uint32_t>(i));
    }
}

void check_workloads(const World& world, Findings& f) {
    std::vector<std::int32_t> active(world.workloads.size(), 0);
    std::vector<std::int32_t> ready(world.workloads.size(), 0);
    for (const auto& [id, pod] : world.pods) {
        if (pod.stage != PodStage::finished && !pod.terminating) ++active[pod.workload.value];
        if (pod.stage == PodStage::ready) ++ready[pod.workload.value];
        f.expect(pod.stage == PodStage::queued || pod.node.valid(), "a pod beyond the scheduler has no node", id.slot);
        f.expect(pod.place == QueuePlace::none || pod.stage == PodStage::queued, "a bound pod waits in the scheduler",
                 id.slot);
    }
    std::vector<std::int32_t> succeeded(world.workloads.size(), 0);
    std::vector<std::int32_t> failed(world.workloads.size(), 0);
    for (const auto& [id, job] : world.jobs) {
        if (job.finished != sim::Time::never() && !job.deletion_requested)
            ++(job.complete ? succeeded : failed)[job.workload.value];
    }
    for (std::size_t i = 0; i < active.size(); ++i) {
        f.expect(succeeded[i] == world.workloads[i].succeeded_jobs && failed[i] == world.workloads[i].failed_jobs,
                 "a workload's counts of finished Jobs are off", static_cast<std::uint32_t>(i));
        f.expect(active[i] == world.workloads[i].active, "a workload's count of active pods is off",
                 static_cast<std::uint32_t>(i));
        f.expect(ready[i] == world.workloads[i].ready, "a workload's count of ready pods is off",
                 static_cast<std::uint32_t>(i));
    }
}

}  // namespace

std::vector<std::string> broken_invariants(const Spec& spec, const World& world) {
    Findings findings;
    check_nodes(spec, world, findings);
    check_enis(world, findings);
    check_subnets(spec, world, findings);
    check_workloads(world, findings);
    return findings.take();
}

}  // namespace eks
