// CA-47: the rules about pods of a node that is to go, one after another.
#include "models/systems/autoscaling/cluster_autoscaler/drainability.hpp"

#include <gtest/gtest.h>

namespace eks::cluster_autoscaler {
namespace {

constexpr DrainVerdict movable{DrainOutcome::movable, DrainBlock::none};
constexpr DrainVerdict ignored{DrainOutcome::is_ignored, DrainBlock::none};
constexpr DrainVerdict daemon{DrainOutcome::daemon_set, DrainBlock::none};
constexpr DrainVerdict waits{DrainOutcome::waits, DrainBlock::none};
constexpr DrainVerdict blocked(DrainBlock block) { return {DrainOutcome::is_blocked, block}; }

PodToMove replica() {
    PodToMove pod;
    pod.controller = ControllerKind::replica_set;
    pod.controller_exists = true;
    pod.controller_replicas = 2;
    return pod;
}

// Everything that blocks a replica, at once.
PodToMove stuck() {
    PodToMove pod = replica();
    pod.is_in_kube_system = true;
    pod.has_blocking_local_storage = true;
    pod.safe_to_evict = SafeToEvict::no;
    return pod;
}

DrainVerdict verdict(const PodToMove& pod, const DrainOptions& options = {}) { return drain_verdict(pod, options); }

TEST(CaDrainability, AnOrdinaryReplicaIsMovable) { EXPECT_EQ(verdict(replica()), movable); }

TEST(CaDrainability, Rules1And2MirrorPodsAndThoseThatTakeLongToEndAreIgnored) {
    PodToMove pod = stuck();
    pod.controller_exists = false;
    pod.is_mirror = true;
    EXPECT_EQ(verdict(pod), ignored);
    pod.is_mirror = false;
    pod.is_long_terminating = true;
    EXPECT_EQ(verdict(pod), ignored);
}

TEST(CaDrainability, Rule3TheControllerIsThereAndLargeEnough) {
    DrainOptions options;
    options.min_replica_count = 3;
    for (const ControllerKind kind : {ControllerKind::replication_controller, ControllerKind::replica_set}) {
        PodToMove pod = replica();
        pod.controller = kind;
        EXPECT_EQ(verdict(pod, options), blocked(DrainBlock::min_replicas_reached));
        pod.controller_replicas = 3;
        EXPECT_EQ(verdict(pod, options), movable);
        pod.controller_replicas.reset();
        EXPECT_EQ(verdict(pod, options), movable);
        pod.controller_exists = false;
        EXPECT_EQ(verdict(pod, options), blocked(DrainBlock::controller_not_found));
        // Before the annotation is asked; but not at all where custom controllers may be moved.
        pod.safe_to_evict = SafeToEvict::yes;
        EXPECT_EQ(verdict(pod, options), blocked(DrainBlock::controller_not_found));
        options.skips_nodes_with_custom_controller_pods = false;
        EXPECT_EQ(verdict(pod, options), movable);
        options.skips_nodes_with_custom_controller_pods = true;
    }
    for (const ControllerKind kind : {ControllerKind::job, ControllerKind::stateful_set}) {
        PodToMove pod = replica();
        pod.controller = kind;
        EXPECT_EQ(verdict(pod, options), movable);  // their size does not matter
        pod.controller_exists = false;
        EXPECT_EQ(verdict(pod, options), blocked(DrainBlock::controller_not_found));
    }
    PodToMove other = replica();
    other.controller = ControllerKind::stateful_set_other;
    other.controller_exists = false;
    EXPECT_EQ(verdict(other, options), movable);  // nobody can look it up
}

TEST(CaDrainability, Rule3And4DaemonPods) {
    PodToMove pod;
    pod.is_of_daemon_set = true;
    pod.controller = ControllerKind::daemon_set;
    EXPECT_EQ(verdict(pod), blocked(DrainBlock::controller_not_found));
    pod.controller_exists = true;
    pod.safe_to_evict = SafeToEvict::no;
    EXPECT_EQ(verdict(pod), daemon);
    // By annotation: a ReplicaSet that is gone does not matter, a ReplicationController does.
    pod.controller_exists = false;
    pod.controller = ControllerKind::replica_set;
    EXPECT_EQ(verdict(pod), daemon);
    pod.controller = ControllerKind::daemon_set_other;
    EXPECT_EQ(verdict(pod), daemon);
    pod.controller = ControllerKind::none;
    EXPECT_EQ(verdict(pod), daemon);
    pod.controller = ControllerKind::replication_controller;
    EXPECT_EQ(verdict(pod), blocked(DrainBlock::controller_not_found));
}

TEST(CaDrainability, Rule5SafeToEvictPassesOverTheBudget) {
    PodToMove pod = stuck();
    pod.has_budget = pod.has_spent_budget = true;
    pod.safe_to_evict = SafeToEvict::yes;
    EXPECT_EQ(verdict(pod), movable);
}

TEST(CaDrainability, Rule6PodsThatEndedAreMovable) {
    PodToMove pod;
    pod.end = PodEnd::failed;
    EXPECT_EQ(verdict(pod), movable);
    pod.end = PodEnd::succeeded;
    EXPECT_EQ(verdict(pod), blocked(DrainBlock::not_replicated));  // it is started again
    pod.restarts_always = false;
    EXPECT_EQ(verdict(pod), movable);
}

TEST(CaDrainability, Rule7OnCompletionWaits) {
    PodToMove pod;
    pod.safe_to_evict = SafeToEvict::on_completion;
    EXPECT_EQ(verdict(pod), waits);
}

TEST(CaDrainability, Rule8NobodyReplacesThePod) {
    EXPECT_EQ(verdict({}), blocked(DrainBlock::not_replicated));
    PodToMove custom;
    custom.controller = ControllerKind::other;
    EXPECT_EQ(verdict(custom), blocked(DrainBlock::not_replicated));
    DrainOptions moves_custom;
    moves_custom.skips_nodes_with_custom_controller_pods = false;
    EXPECT_EQ(verdict(custom, moves_custom), movable);
    EXPECT_EQ(verdict({}, moves_custom), blocked(DrainBlock::not_replicated));
}

TEST(CaDrainability, Rule9SystemPodsBlockForAnHour) {
    PodToMove pod = stuck();
    pod.has_spent_budget = true;
    const DrainOptions options;
    pod.age_us = options.system_pod_timeout_us;
    EXPECT_EQ(verdict(pod), blocked(DrainBlock::unmovable_kube_system_pod));
    // Then neither the annotation nor its volumes are asked.
    pod.age_us = options.system_pod_timeout_us + 1;
    EXPECT_EQ(verdict(pod), movable);
    // With a budget the later rules are.
    pod.has_budget = true;
    EXPECT_EQ(verdict(pod), blocked(DrainBlock::not_safe_to_evict_annotation));
    DrainOptions moves_system;
    moves_system.skips_nodes_with_system_pods = false;
    pod.has_budget = false;
    EXPECT_EQ(verdict(pod, moves_system), blocked(DrainBlock::not_safe_to_evict_annotation));
}

TEST(CaDrainability, Rules10To12AnnotationVolumesBudget) {
    PodToMove pod = stuck();
    pod.is_in_kube_system = false;
    pod.has_budget = pod.has_spent_budget = true;
    EXPECT_EQ(verdict(pod), blocked(DrainBlock::not_safe_to_evict_annotation));
    pod.safe_to_evict = SafeToEvict::unsaid;
    EXPECT_EQ(verdict(pod), blocked(DrainBlock::local_storage_requested));
    DrainOptions moves_storage;
    moves_storage.skips_nodes_with_local_storage = false;
    EXPECT_EQ(verdict(pod, moves_storage), blocked(DrainBlock::not_enough_pdb));
    pod.has_spent_budget = false;
    EXPECT_EQ(verdict(pod, moves_storage), movable);
}

}  // namespace
}  // namespace eks::cluster_autoscaler
