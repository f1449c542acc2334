// What the kinds of faults are called in a scenario, and what they do, for people.
#pragma once

#include "models/spec/faults.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace eks {

inline constexpr std::size_t fault_kind_count = 23;

// By FaultKind.
inline constexpr std::array<std::string_view, fault_kind_count> fault_names{"imds-unavailable",
                                                                            "imds-stale",
                                                                            "eni-attach-failure",
                                                                            "ec2-throttling",
                                                                            "cni-daemon-down",
                                                                            "subnet-addresses-taken",
                                                                            "pod-interface-failure",
                                                                            "api-server-slow",
                                                                            "cilium-leader-lost",
                                                                            "image-registry-slow",
                                                                            "node-down",
                                                                            "zone-outage",
                                                                            "runtime-freeze",
                                                                            "kubelet-restart",
                                                                            "disk-stats-corrupt",
                                                                            "insufficient-capacity",
                                                                            "launch-failure",
                                                                            "spot-interruption",
                                                                            "spot-storm",
                                                                            "data-path-migration",
                                                                            "aws-throttling",
                                                                            "container-crash",
                                                                            "telemetry-backend-outage"};
inline constexpr std::array<std::string_view, fault_kind_count> fault_meanings{
    "the instance metadata does not answer",
    "the instance metadata answers with what was true before",
    "ENIs cannot be attached",
    "EC2 refuses calls, because others in the account use them up",
    "the CNI's pod does not run",
    "others take addresses of the subnet",
    "the interface of a pod cannot be set up",
    "writes to the API server take several times as long",
    "the leader of Cilium's operator is gone without giving up its lease",
    "a registry is slow, or does not answer",
    "the machine stops, and nothing is heard of it",
    "all machines of the zone stop, and EC2 launches none there",
    "the container runtime answers no more",
    "the kubelet is away while containers run on",
    "the kubelet reads more free space than there is",
    "EC2 has no machine left to launch",
    "instances are launched and do not come up",
    "spot instances get their notice, all at once",
    "spot instances get their notice one after the other, and EC2 has no others of their kind",
    "nodes are on the way from kube-proxy to what replaces it",
    "an API of AWS refuses calls, because others in the account use them up",
    "containers end with an error",
    "the backend of telemetry takes nothing"};

constexpr std::string_view name_of(FaultKind kind) { return fault_names[static_cast<std::size_t>(kind)]; }
constexpr std::string_view meaning_of(FaultKind kind) { return fault_meanings[static_cast<std::size_t>(kind)]; }

}  // namespace eks
