#include "models/spec/pod_addresses.hpp"

#include "models/catalog/max_pods.hpp"

namespace eks {

int addresses_for_pods(const Spec& spec, const NodeShape& shape) {
    AddressUse use;
    if (spec.cni_kind != CniKind::vpc_cni) {
        use.first_interface_index = spec.cilium.first_interface_index;
        use.prefix_delegation = spec.cilium.prefix_delegation && shape.takes_prefixes;
        use.addresses_for_agent = cilium_own_addresses(spec.cilium);
        return pod_address_capacity({shape.max_enis, shape.ipv4_per_eni}, use);
    }
    const CniSettings& cni = spec.cni;
    // A trunk takes a slot, and its branch ENIs bring an address each (IPAM-155); an ENI that the CNI leaves alone
    // takes one for nothing (IPAM-152).
    int without_pods = cni.pod_enis && shape.can_trunk ? 1 : 0;
    for (const EnisOfOthers& others : shape.other_enis)
        without_pods += is_unmanaged(cni, others.tag) ? others.count : 0;
    if (cni.max_eni > 0) use.max_eni = cni.max_eni - without_pods;
    use.first_interface_index = cni.custom_networking ? 1 : 0;
    use.prefix_delegation = cni.prefix_delegation && shape.takes_prefixes;
    int addresses = pod_address_capacity({shape.max_enis - without_pods, shape.ipv4_per_eni}, use) +
                    static_cast<int>(shape.allocatable.pod_enis);
    if (!cni.multi_nic) return addresses;
    use.first_interface_index = 0;
    for (const std::int32_t enis : shape.enis_of_further_cards)
        addresses += pod_address_capacity({enis, shape.ipv4_per_eni}, use);
    return addresses;
}

}  // namespace eks
