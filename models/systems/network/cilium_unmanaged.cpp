// Cilium's operator restarts DNS pods that have their address from another CNI (IPAM-355): a pod without an endpoint of
// Cilium is outside of its policies and is not reached by its service handling.
//
// As in operator/cmd/unmanaged_pods.go: pods that have been on their node for more than half a minute, one a round, in
// the order of a map. That a pod is left alone for five minutes after its last restart matters only to pods that come
// back under the same name, and is left out.
#include "models/spec/streams.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/network/cilium_operator.hpp"
#include "models/systems/network/cilium_work.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>
#include <vector>

namespace eks {

namespace {

constexpr sim::Duration minimal_age = sim::Duration::microseconds(30'000'000);  // unmanagedPodMinimalAge

bool is_dns(const PodTemplate& t) {
    return std::ranges::find(t.labels, Label{"k8s-app", "kube-dns"}) != t.labels.end();
}

}  // namespace

void on(const Spec& spec, World& world, Turn& turn, const CiliumUnmanagedPods&) {
    turn.after(cilium::unmanaged_pods_interval, CiliumUnmanagedPods{});
    if (!cilium::is_up(spec, world)) return;
    std::vector<PodId> unmanaged;
    for (const auto& [id, pod] : world.pods) {
        if (pod.given_by != AddressGiver::vpc_cni || pod.phase != PodPhase::running || pod.terminating) continue;
        if (turn.now() - pod.scheduled > minimal_age && is_dns(spec[pod.pod_template])) unmanaged.push_back(id);
    }
    if (unmanaged.empty()) return;
    const std::uint64_t pick = sim::draw_below(
        turn.key(), {stream::cilium_choice, cilium::operator_key, static_cast<std::uint64_t>(turn.now().us()), 1},
        unmanaged.size());
    request_delete(world, turn, unmanaged[pick], turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery);
}

}  // namespace eks
