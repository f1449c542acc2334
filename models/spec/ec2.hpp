// The EC2 API as its callers meet it: which calls there are, how they can end, and the account's limits on them
// (IPAM-400 to IPAM-407).
#pragma once

#include "libsim/distribution.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace eks {

enum class Ec2Action : std::uint8_t {
    describe_subnets,
    create_network_interface,
    describe_instances,
    attach_network_interface,
    modify_network_interface_attribute,
    describe_network_interfaces,
    detach_network_interface,
    delete_network_interface,
    assign_private_ip_addresses,
    unassign_private_ip_addresses,
    run_instances,
    create_tags,
    associate_trunk_interface,
    assign_ipv6_addresses,
    describe_vpcs,
    describe_route_tables,
    describe_security_groups,
    terminate_instances,
    create_fleet,
};
inline constexpr std::size_t ec2_action_count = 19;

enum class Ec2Result : std::uint8_t {
    success,
    insufficient_free_addresses,  // InsufficientFreeAddressesInSubnet
    insufficient_cidr_blocks,     // InsufficientCidrBlocks: no aligned free /28 (IPAM-202)
    insufficient_prefixes,        // InvalidParameterValue of a creation that asks for prefixes (IPAM-71)
    private_ip_limit_exceeded,    // PrivateIpAddressLimitExceeded: the ENI is full
    attachment_limit_exceeded,    // AttachmentLimitExceeded: the instance has no slot left
    request_limit_exceeded,       // the token bucket is empty (IPAM-400)
    internal_error,               // what a fault makes of a call
    insufficient_capacity,        // InsufficientInstanceCapacity: no machine of the type is left in the zone
    vcpu_limit_exceeded,          // VcpuLimitExceeded, MaxSpotInstanceCountExceeded: the account's quota (AWS-27)
};
inline constexpr std::size_t ec2_result_count = 10;

// IPAM-65: the codes that the VPC CNI takes for an exhausted subnet.
constexpr bool is_subnet_exhausted(Ec2Result result) {
    return result == Ec2Result::insufficient_free_addresses || result == Ec2Result::insufficient_cidr_blocks;
}

// One action's token bucket in an account and Region, and how long a call takes. A bucket starts full and is refilled
// continuously (IPAM-400); what else the account calls is a constant load on it (IPAM-405).
struct Ec2Limit {
    std::int32_t bucket = 100;
    std::int32_t refill_milli_per_second = 20'000;
    std::int32_t other_load_milli_per_second = 0;
    // Of actions on instances: a second bucket that counts these and not calls (IPAM-403); 0: there is none.
    std::int32_t instances = 0;
    std::int32_t instances_refill_milli_per_second = 0;
    sim::Distribution latency;  // IPAM-79: 0.3 s a call, an order of magnitude and no law
    friend bool operator==(const Ec2Limit&, const Ec2Limit&) = default;
};

// AWS-27: how many vCPUs of the standard families run at a time; 0: as many as one likes, as a quota that nobody states
// is not known.
struct VcpuQuotas {
    std::int32_t on_demand = 0;
    std::int32_t spot = 0;
    friend bool operator==(const VcpuQuotas&, const VcpuQuotas&) = default;
};

struct Ec2Settings {
    std::array<Ec2Limit, ec2_action_count> limits;
    std::int32_t attempts = 3;  // of the SDK for one call (IPAM-4)
    VcpuQuotas vcpus;
    bool interrupts_spot = true;  // by itself, as often as AWS-25 has it

    const Ec2Limit& operator[](Ec2Action action) const { return limits[static_cast<std::size_t>(action)]; }
    Ec2Limit& operator[](Ec2Action action) { return limits[static_cast<std::size_t>(action)]; }
    friend bool operator==(const Ec2Settings&, const Ec2Settings&) = default;
};

// As the EC2 API spells it.
std::string_view text_of(Ec2Action action);
std::optional<Ec2Action> ec2_action_named(std::string_view text);

// The account defaults of IPAM-401 and IPAM-402.
Ec2Settings default_ec2_settings();

}  // namespace eks
