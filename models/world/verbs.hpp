// The only writers that touch two tables at once. Each keeps the sums in one table equal to the rows of the other, so
// that a system cannot forget half of a change; invariants.hpp says what must hold between calls.
//
// Verbs change the World and nothing else: they read no clock and schedule nothing. What they change is told to the
// metrics by the system that calls them.
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <span>

namespace eks {

// A World of this Spec's size with nothing in it.
World empty_world(const Spec& spec);

// --- nodes
// A node of this shape in state `launching`. Its ordinal is the group's next.
NodeId add_node(const Spec& spec, World& world, NodeShapeIx shape, sim::Time now);
// Its Node object appears: from now on it is at the end of the scheduler's list of its zone.
void list_node(const Spec& spec, World& world, NodeId node);
// The same for many at once, in this order.
void list_nodes(const Spec& spec, World& world, std::span<const NodeId> nodes);
// Its Node object is gone, and with it what the scheduler knew of it.
void unlist_node(const Spec& spec, World& world, NodeId node);
// Nothing is left that names it: no pod, no ENI, no branch ENI. Its address stores go with it.
void remove_node(World& world, NodeId node);

// --- pods
// A pod of a workload (and of a Job, if one owns it), Pending and in no queue. Its template is that of the Job, else
// the workload's in this Spec.
PodId add_pod(const Spec& spec, World& world, WorkloadIx workload, std::uint32_t ordinal, JobId job, sim::Time now);
// Counts the pod on the node from now on: its requests, its place among max-pods, its place in the node's chain
// (SCHED-70).
void put_on_node(const Spec& spec, World& world, PodId pod, NodeId node);
// Gives back what it requested; it stays in the node's chain (SCHED-11: a finished pod holds nothing).
// Other requests and limits, in place.
void resize_pod(const Spec& spec, World& world, PodId pod, TemplateIx to);
void release_resources(const Spec& spec, World& world, PodId pod);
// The object is gone. It must hold no address.
void remove_pod(const Spec& spec, World& world, PodId pod);

// --- Jobs
JobId add_job(const Spec& spec, World& world, WorkloadIx workload, std::int64_t scheduled_unix_seconds, sim::Time now);
// The object is gone; no pod names it any more.
void remove_job(const Spec& spec, World& world, JobId job);

// --- images
bool node_has_image(const World& world, NodeId node, ImageIx image);
// Whether the scheduler knows of it: a kubelet reports the largest 50 of its images alone (SCHED-56).
bool node_reports_image(const World& world, NodeId node, ImageIx image);
void put_image_on_node(const Spec& spec, World& world, NodeId node, ImageIx image, sim::Time now);
void take_image_off_node(const Spec& spec, World& world, NodeId node, ImageIx image);

// f(id, pod) for each pod of the workload, those of its Jobs included. It must not remove any.
template <class F>
void for_each_pod(const World& world, WorkloadIx workload, F f) {
    for (PodId id = world[workload].first_pod; id.valid(); id = world.pods[id].next_of_owner) f(id, world.pods[id]);
    for (JobId job = world[workload].first_job; job.valid(); job = world.jobs[job].next_of_workload) {
        for (PodId id = world.jobs[job].first_pod; id.valid(); id = world.pods[id].next_of_owner) f(id, world.pods[id]);
    }
}

}  // namespace eks
