// Rows about images on nodes: pulls that are under way, and pods that wait because one failed.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/indices.hpp"
#include "models/world/ids.hpp"

#include <cstdint>
#include <vector>

namespace eks {

enum class PullState : std::uint8_t {
    queued,     // another pull of its node has the turn (KUBELET-34)
    asking,     // for the manifest
    fetching,   // bytes flow
    unpacking,  // all is there but not unpacked
};

enum class PullFailure : std::uint8_t {
    too_many_requests,  // of the registry: 429 (AWS-104)
    qps_exceeded,       // of the kubelet's own limit (KUBELET-35)
    unreachable,
    no_space,  // left on the node's disk
    never,     // KUBELET-33: absent, and the policy forbids a pull
};
inline constexpr std::size_t pull_failure_count = 5;

// One image on its way to one node. Pods of the node that want the same image wait for the same pull.
struct Pull {
    NodeId node;
    ImageIx image;
    WorkloadIx workload;  // whose pod asked first
    NodeId from;          // the peer that it comes from; none: its registry
    PullState state = PullState::queued;
    bool will_fail = false;  // nobody answers, or it is refused
    PullFailure failure = PullFailure::unreachable;
    sim::Time asked;
    sim::Time began;        // of its bytes
    std::int64_t left = 0;  // to fetch, in millionths of a byte, as of `as_of`
    std::int64_t rate = 0;  // bytes a second
    sim::Time as_of;
    PullId next_on_node;  // in the order in which they were asked for
    friend bool operator==(const Pull&, const Pull&) = default;
};

// All fetches of the cluster. They share links, so one event stands for the next of them to end.
struct Downloads {
    std::uint32_t serial = 0;  // of the event that counts; others are void
    sim::Time due = sim::Time::never();
    std::vector<std::uint32_t> changed_links;  // whose flows have changed since rates were last worked out
    friend bool operator==(const Downloads&, const Downloads&) = default;
};

// How the containers of a pod stand that want an image whose pull has failed before.
enum class ImageWant : std::uint8_t {
    none,    // they are started
    missed,  // the kubelet went on without them
    due,     // it tries them again
};

// KUBELET-36: by pod and image.
struct ImageBackoff {
    PodId pod;
    ImageIx image;
    ImageWant want = ImageWant::none;
    std::uint8_t failures = 0;
    sim::Time last_failure;
    friend bool operator==(const ImageBackoff&, const ImageBackoff&) = default;
};

// What the kubelet's garbage collector knows of an image on a node (KUBELET-55).
struct ImageOnNode {
    sim::Time detected;
    sim::Time last_used;
    friend bool operator==(const ImageOnNode&, const ImageOnNode&) = default;
};

}  // namespace eks
