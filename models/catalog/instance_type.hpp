// One EC2 instance type, as far as the models ask about it. The catalogue holds one of these for every type; the
// scenario copies the ones it uses into the Spec, where they are constant.
#pragma once

#include "models/quantities.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

enum class Architecture : std::uint8_t { unknown, amd64, arm64 };

// As the VPC CNI's table of limits has it (IPAM-6). Bare-metal types have no hypervisor and are mostly unknown there;
// whoever asks whether prefixes are possible must look at `bare_metal` as well.
enum class Hypervisor : std::uint8_t { unknown, xen, nitro };

std::string_view to_text(Architecture architecture);  // "amd64", "arm64" as Kubernetes labels have it; "unknown"
std::string_view to_text(Hypervisor hypervisor);

struct NetworkCard {
    int index = 0;
    int max_enis = 0;
    friend bool operator==(const NetworkCard&, const NetworkCard&) = default;
};

// What the Spot Advisor says about a type in one region: averages over a month, no prices that anybody paid (AWS-25).
struct SpotAdvice {
    int saving_percent = 0;                // of the on-demand price
    int interrupted_percent_at_least = 0;  // monthly share of instances: 0, 5, 10, 15 or 20, the lower end of the band
    friend bool operator==(const SpotAdvice&, const SpotAdvice&) = default;
};

// The regions for which the catalogue has spot advice.
inline constexpr std::array<std::string_view, 4> spot_advice_regions{"us-east-1", "us-west-2", "eu-west-1",
                                                                     "ap-southeast-1"};

// Zero means "none" or "unknown", as the member says; amounts are what AWS sells, before the hypervisor takes its part.
struct InstanceType {
    std::string name;  // "m5.large"
    Architecture architecture = Architecture::unknown;
    int vcpus = 0;  // 0 = unknown
    int threads_per_core = 0;
    std::int64_t memory_mib = 0;  // 0 = unknown
    Hypervisor hypervisor = Hypervisor::unknown;
    bool bare_metal = false;
    bool current_generation = false;

    // Burstable types only; 0 = not burstable (AWS-24).
    int burst_baseline_per_mille = 0;  // of one vCPU, for each vCPU
    int burst_credits_per_hour_tenths = 0;
    int burst_credits_max_tenths = 0;

    std::string gpu_maker;  // "nvidia", "amd", "habana", or empty
    std::string gpu_name;   // "L4"
    int gpus = 0;           // a fraction of a device (g6f) counts as one
    std::int64_t gpu_memory_mib_each = 0;
    std::string accelerator_kind;  // "neuron", "fpga", "media", "inference", or empty
    std::string accelerator_name;
    int accelerators = 0;

    int local_disks = 0;
    std::int64_t local_disk_total_gb = 0;  // decimal: 10^9 bytes
    bool local_nvme = false;

    int max_enis = 0;      // of the default network card, the only one the VPC CNI fills; 0 = unknown
    int ipv4_per_eni = 0;  // with the interface's own primary address; 0 = unknown
    int default_network_card = 0;
    std::vector<NetworkCard> network_cards;
    bool trunking = false;  // can carry branch interfaces, for security groups of pods
    int branch_enis = 0;
    int efa_interfaces = 0;

    std::int64_t network_baseline_mbps = 0;
    std::int64_t network_burst_mbps = 0;
    std::int64_t ebs_baseline_mbps = 0;
    std::int64_t ebs_burst_mbps = 0;
    std::int64_t ebs_baseline_iops = 0;
    std::int64_t ebs_burst_iops = 0;
    int ebs_attachments_max = 0;          // with the root volume
    bool ebs_attachments_shared = false;  // interfaces and local disks draw on the number too

    bool spot_supported = false;
    MicroUsd reserved_1y_micro_usd_per_hour = 0;  // standard, no upfront, us-east-1; 0 = unknown (AWS-23)
    MicroUsd reserved_3y_micro_usd_per_hour = 0;
    std::array<SpotAdvice, spot_advice_regions.size()> spot_advice{};
    std::array<bool, spot_advice_regions.size()> has_spot_advice{};

    bool burstable() const { return burst_baseline_per_mille > 0; }

    // Whether enough is known to run nodes of this type. Some forty announced or high-memory types are known only by
    // their interface limits, or not even by these; they can be looked up, but a scenario must refuse them.
    bool is_complete() const { return vcpus > 0 && memory_mib > 0 && max_enis > 0 && ipv4_per_eni > 0; }

    friend bool operator==(const InstanceType&, const InstanceType&) = default;
};

}  // namespace eks
