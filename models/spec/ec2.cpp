#include "models/spec/ec2.hpp"

#include "libsim/time.hpp"

namespace eks {

namespace {

constexpr std::array<std::string_view, ec2_action_count> action_texts{"DescribeSubnets",
                                                                      "CreateNetworkInterface",
                                                                      "DescribeInstances",
                                                                      "AttachNetworkInterface",
                                                                      "ModifyNetworkInterfaceAttribute",
                                                                      "DescribeNetworkInterfaces",
                                                                      "DetachNetworkInterface",
                                                                      "DeleteNetworkInterface",
                                                                      "AssignPrivateIpAddresses",
                                                                      "UnassignPrivateIpAddresses",
                                                                      "RunInstances",
                                                                      "CreateTags",
                                                                      "AssociateTrunkInterface",
                                                                      "AssignIpv6Addresses",
                                                                      "DescribeVpcs",
                                                                      "DescribeRouteTables",
                                                                      "DescribeSecurityGroups",
                                                                      "TerminateInstances",
                                                                      "CreateFleet"};

}  // namespace

std::string_view text_of(Ec2Action action) { return action_texts[static_cast<std::size_t>(action)]; }

std::optional<Ec2Action> ec2_action_named(std::string_view text) {
    for (std::size_t i = 0; i < action_texts.size(); ++i) {
        if (action_texts[i] == text) return static_cast<Ec2Action>(i);
    }
    return std::nullopt;
}

Ec2Settings default_ec2_settings() {
    Ec2Settings settings;
    for (Ec2Limit& limit : settings.limits)
        limit.latency = sim::Distribution::constant(sim::Duration::milliseconds(300));
    const auto allow = [&](Ec2Action action, std::int32_t bucket, std::int32_t refill) {
        settings[action].bucket = bucket;
        settings[action].refill_milli_per_second = refill * 1000;
    };
    allow(Ec2Action::describe_subnets, 100, 20);
    allow(Ec2Action::describe_instances, 100, 20);
    allow(Ec2Action::describe_network_interfaces, 100, 20);
    // Cilium's operator pages through these (IPAM-320).
    allow(Ec2Action::describe_vpcs, 100, 20);
    allow(Ec2Action::describe_route_tables, 100, 20);
    allow(Ec2Action::describe_security_groups, 100, 20);
    allow(Ec2Action::create_network_interface, 100, 5);
    allow(Ec2Action::delete_network_interface, 100, 5);
    allow(Ec2Action::modify_network_interface_attribute, 100, 5);
    allow(Ec2Action::assign_private_ip_addresses, 100, 5);
    allow(Ec2Action::unassign_private_ip_addresses, 100, 5);
    allow(Ec2Action::attach_network_interface, 50, 5);
    allow(Ec2Action::detach_network_interface, 50, 5);
    allow(Ec2Action::run_instances, 5, 2);
    allow(Ec2Action::terminate_instances, 100, 5);
    allow(Ec2Action::create_fleet, 50, 5);  // AWS-40
    allow(Ec2Action::create_tags, 100, 10);
    allow(Ec2Action::assign_ipv6_addresses, 100, 5);
    allow(Ec2Action::associate_trunk_interface, 50, 5);  // IPAM-401: what is not listed and changes something
    const auto allow_instances = [&](Ec2Action action, std::int32_t refill) {  // IPAM-403
        settings[action].instances = 1000;
        settings[action].instances_refill_milli_per_second = refill * 1000;
    };
    allow_instances(Ec2Action::run_instances, 2);
    allow_instances(Ec2Action::terminate_instances, 20);
    return settings;
}

}  // namespace eks
