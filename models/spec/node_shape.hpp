// What a node is before anything runs on it: its labels, taints, size and address limits. Nodes of one group in one
// zone share a shape, so what a pod template has to say about a node is worked out once for each pair of template and
// shape.
#pragma once

#include "models/quantities.hpp"
#include "models/spec/eni_tag.hpp"
#include "models/spec/indices.hpp"
#include "models/spec/kubelet_settings.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace eks {

struct Label {
    std::string key;
    std::string value;
    friend bool operator==(const Label&, const Label&) = default;
    friend auto operator<=>(const Label&, const Label&) = default;
};

enum class TaintEffect : std::uint8_t { no_schedule, prefer_no_schedule, no_execute };

struct Taint {
    std::string key;
    std::string value;
    TaintEffect effect = TaintEffect::no_schedule;
    friend bool operator==(const Taint&, const Taint&) = default;
};

struct NodeShape {
    NodeGroupIx group;
    ZoneIx zone;
    SubnetIx subnet;            // where its instances are launched
    std::string instance_type;  // name in the catalogue
    std::vector<Label> labels;  // without kubernetes.io/hostname, which every node has for itself
    std::vector<Taint> taints;  // those that stay; what comes and goes (not-ready) is in the World

    Resources capacity;
    Resources allocatable;        // KUBELET-22
    std::int32_t max_pods = 110;  // KUBELET-21
    std::int32_t vcpus = 0;
    KubeletSettings kubelet;
    std::int64_t network_bytes_per_second = 0;  // each way; 0: not known, and no bound

    std::int32_t max_enis = 1;                        // of the default network card, IPAM-6
    std::vector<std::int32_t> enis_of_further_cards;  // card 1 first; the daemon fills them with ENABLE_MULTI_NIC alone
    std::int32_t ipv4_per_eni = 1;                    // with the primary address, IPAM-5
    bool takes_prefixes = true;                       // nitro or bare metal, IPAM-135
    bool can_trunk = false;  // a trunk ENI can be attached; how many branch ENIs it carries is in `allocatable`
    // Under custom networking: where new ENIs are made, by the ENIConfig of the zone (IPAM-145); none: there is no such
    // object.
    SubnetIx pod_subnet;
    std::vector<EnisOfOthers> other_enis;
    std::int32_t max_volumes = 25;  // that its CSI driver attaches, beside the root volume (AWS-93)
    bool waits_for_cilium = false;  // joins with the taint node.cilium.io/agent-not-ready (IPAM-350)
    MicroUsd price_per_hour_micro_usd = 0;
    bool is_spot = false;
    // Of instances of its type, the share that EC2 interrupts in a month (AWS-25); 0 for those that are not spot.
    std::int32_t interruptions_ppm_per_month = 0;
    std::int32_t volume_gib = 0;  // the root volume
    // At the rate of the savings plan of the scenario; 0: it covers no such instance (AWS-22, AWS-23).
    MicroUsd plan_price_per_hour_micro_usd = 0;
    // What of `network_bytes_per_second` it keeps up when its credits are spent (DPD-27); 0: not known.
    std::int64_t network_baseline_bytes_per_second = 0;

    // What EC2 attaches to one of its network cards.
    std::int32_t enis_of_card(std::uint32_t card) const {
        return card == 0 ? max_enis : enis_of_further_cards[card - 1];
    }

    friend bool operator==(const NodeShape&, const NodeShape&) = default;
};

}  // namespace eks
