// The only writers that touch two tables at once. Each keeps the sums in one table equal to the rows of the other, so
// that a system cannot forget half of a change; invariants.hpp says what must hold between calls.
//
// Verbs change the World and nothing else: they read no clock and schedule nothing. What they change is told to the
// metrics by the system that calls them.
#pragma once

#include "libsim/random.hpp"
#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

namespace eks {

// A World of this Spec's size with nothing in it.
World empty_world(const Spec& spec);

// --- nodes
// A node of this shape in state `launching`. Its ordinal is the group's next.
NodeId add_node(const Spec& spec, World& world, NodeShapeIx shape, sim::Time now);
// Its Node object appears: from now on it is at the end of the scheduler's list of its zone.
void list_node(const Spec& spec, World& world, NodeId node);

// --- pods
// A pod of a workload (and of a Job, if one owns it), Pending and in no queue.
PodId add_pod(World& world, WorkloadIx workload, std::uint32_t ordinal, JobId job, sim::Time now);
// Counts the pod on the node from now on: its requests, its place among max-pods, its place in the node's chain
// (SCHED-70).
void put_on_node(const Spec& spec, World& world, PodId pod, NodeId node);
// Gives back what it requested; it stays in the node's chain (SCHED-11: a finished pod holds nothing).
void release_resources(const Spec& spec, World& world, PodId pod);
// The object is gone. It must hold no address.
void remove_pod(const Spec& spec, World& world, PodId pod);

// --- Jobs
JobId add_job(World& world, WorkloadIx workload, std::int64_t scheduled_unix_seconds, sim::Time now);
// The object is gone; no pod names it any more.
void remove_job(World& world, JobId job);

// --- addresses
// Takes `count` addresses of the subnet for one ENI, each picked by its own draw among the free ones (IPAM-205,
// uniform); all or nothing (IPAM-203). Writes them to `taken`; false if there are too few.
bool take_addresses(const Spec& spec, World& world, sim::RunKey key, SubnetIx subnet, std::int32_t count,
                    std::uint32_t* taken);
void give_back_address(const Spec& spec, World& world, SubnetIx subnet, std::uint32_t address);

// An ENI of a node with room for `slots` secondary addresses, none yet, not in the store.
EniId add_eni(World& world, NodeId node, SubnetIx subnet, std::int32_t slots, bool is_primary);
// Enters the ENI into the node's store at the end of its chain; its addresses count from now on (IPAM-16).
void enter_store(World& world, EniId eni, sim::Time now);
// The reverse: it must have no assigned address. Its row and addresses stay until remove_eni.
void leave_store(World& world, EniId eni);
void remove_eni(World& world, EniId eni);
// Fills a free slot of the ENI, or empties a slot whose address is not assigned.
void add_address(World& world, EniId eni, std::uint32_t address);
std::uint32_t drop_address(World& world, EniId eni, std::uint32_t slot);

void assign_address(World& world, PodId pod, EniId eni, std::uint32_t slot);
// The address is free again and cools from now (IPAM-29).
void release_address(World& world, PodId pod, sim::Time now);

// --- images
bool node_has_image(const World& world, NodeId node, ImageIx image);
void put_image_on_node(World& world, NodeId node, ImageIx image);

}  // namespace eks
