// Load balancers of Ingresses and Services that come in the middle of a run (FR-30). The AWS Load Balancer Controller
// makes target groups, the load balancer, its listeners and their rules, each by a call, and registers targets. AWS
// takes minutes to make the load balancer ready; then a target that passes its first check gets requests.
//
// Without the controller they wait; what it had made when it went is found by its tags, and it goes on from there.
// Ingresses of a group share a load balancer, and one is made after the other.
//
// Source: kubernetes-sigs/aws-load-balancer-controller, pkg/deploy/stack_deployer.go and pkg/deploy/elbv2.
//
// MODEL: Describe calls and security groups, which are EC2's, are left out. All Ingresses and Services are reconciled
// at once, where the controller takes three of each kind; the bucket of ELB is what holds them up. A Service is there
// from the start, and its load balancer alone comes later. Pods behind one that comes in the run have no readiness
// gate: those that were there before it never get one.
#include "models/systems/platform/balancers.hpp"

#include "libsim/random.hpp"
#include "models/spec/streams.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/platform/aws_api.hpp"
#include "models/systems/platform/external_dns.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>

namespace eks {

namespace {

const BalancerObject& object_of(const Spec& spec, std::uint32_t object) {
    return spec.identity.balancer_objects[object];
}

bool has_ready_pod(const Spec& spec, const World& world, const BalancerObject& object) {
    return std::ranges::any_of(object.services, [&](std::uint32_t service) {
        return std::ranges::any_of(spec.services[service].to, [&](WorkloadIx to) { return world[to].ready > 0; });
    });
}

std::uint32_t groups_of(const BalancerObject& object) { return static_cast<std::uint32_t>(object.services.size()); }

// Calls until all is made, but for the targets.
std::uint32_t calls_to_make(const BalancerObject& object, bool makes_balancer) {
    const std::int32_t of_balancer = makes_balancer ? 1 + object.listeners : 0;
    return groups_of(object) + static_cast<std::uint32_t>(of_balancer + object.rules);
}

// In the order of the controller.
AwsAction action_after(const BalancerObject& object, const BalancerObjectState& state) {
    std::uint32_t at = state.answered;
    if (at < groups_of(object)) return AwsAction::create_target_group;
    at -= groups_of(object);
    if (state.makes_balancer) {
        if (at == 0) return AwsAction::create_load_balancer;
        --at;
        if (at < static_cast<std::uint32_t>(object.listeners)) return AwsAction::create_listener;
        at -= static_cast<std::uint32_t>(object.listeners);
    }
    return at < static_cast<std::uint32_t>(object.rules) ? AwsAction::create_rule : AwsAction::register_targets;
}

void go_on_at(World& world, Turn& turn, std::uint32_t object, sim::Time at) {
    if (!world.identity.controller_runs) return;
    turn.at(at, BalancerDue{object, ++world.identity.balancer_objects[object].serial, BalancerStep::call});
}

void comes_to(Turn& turn, std::uint32_t object, BalancerObjectState& state, BalancerStage stage) {
    turn.note(BalancerFact{object, state.stage, stage, false, turn.now() - state.created});
    state.stage = stage;
}

// Another object of the same load balancer is being made.
bool is_held_up(const Spec& spec, const World& world, std::uint32_t object) {
    for (std::uint32_t i = 0; i < world.identity.balancer_objects.size(); ++i) {
        const BalancerObjectState& other = world.identity.balancer_objects[i];
        const bool is_in_the_midst = other.stage == BalancerStage::waiting && other.answered > 0;
        if (i != object && is_in_the_midst && object_of(spec, i).balancer == object_of(spec, object).balancer)
            return true;
    }
    return false;
}

void balancer_is_made(const Spec& spec, World& world, Turn& turn, std::uint32_t object) {
    const BalancerObject& made = object_of(spec, object);
    const BalancerObjectState& state = world.identity.balancer_objects[object];
    turn.note(BalancerFact{object, state.stage, state.stage, true, turn.now() - state.created});
    const double unit = sim::draw_unit(turn.key(), {stream::balancer_active, stable_key_of(made.name), 0, 0});
    world.identity.balancers_active[made.balancer] = turn.now() + spec.identity.balancer_provisioning.sample(unit);
    if (made.faces_internet) turn.note(ExposureFact{0, 1});
}

// All is made: its status names the load balancer, for those who make records of it, and others of its group may go on.
void is_made(const Spec& spec, World& world, Turn& turn, std::uint32_t object) {
    BalancerObjectState& state = world.identity.balancer_objects[object];
    comes_to(turn, object, state, BalancerStage::starting);
    names_change(spec, world, turn, object_of(spec, object));
    for (std::uint32_t i = 0; i < world.identity.balancer_objects.size(); ++i) {
        const bool waits = world.identity.balancer_objects[i].stage == BalancerStage::waiting;
        if (waits && object_of(spec, i).balancer == object_of(spec, object).balancer)
            go_on_at(world, turn, i, turn.now());
    }
}

void call_next(const Spec& spec, World& world, Turn& turn, std::uint32_t object) {
    BalancerObjectState& state = world.identity.balancer_objects[object];
    const BalancerObject& wanted = object_of(spec, object);
    if (state.answered == 0) {
        if (is_held_up(spec, world, object)) return;
        state.makes_balancer =
            wanted.comes_alone && world.identity.balancers_active[wanted.balancer] == sim::Time::never();
    }
    // A rule for no path of a Service that nobody knows.
    if (state.stage == BalancerStage::waiting && calls_to_make(wanted, state.makes_balancer) == 0)
        is_made(spec, world, turn, object);
    const AwsAction action = action_after(wanted, state);
    if (action == AwsAction::register_targets && !has_ready_pod(spec, world, wanted)) return;
    if (call_aws(spec, world, turn, action, 1) == 0)
        return go_on_at(world, turn, object,
                        turn.now() + aws_retry_pause(turn, stable_key_of(wanted.name), ++state.attempts));
    ++state.answered;
    state.attempts = 0;
    if (action == AwsAction::create_load_balancer) balancer_is_made(spec, world, turn, object);
    const std::uint32_t to_make = calls_to_make(wanted, state.makes_balancer);
    if (state.answered == to_make) is_made(spec, world, turn, object);
    if (state.answered < to_make + groups_of(wanted))
        return go_on_at(world, turn, object, aws_answers_at(spec, turn, action, stable_key_of(wanted.name)));
    state.has_targets = true;
    const sim::Time from = std::max(turn.now(), world.identity.balancers_active[wanted.balancer]);
    turn.at(from + wanted.healthy, BalancerDue{object, state.serial, BalancerStep::healthy});
}

void first_target_is_healthy(const Spec& spec, World& world, Turn& turn, std::uint32_t object) {
    BalancerObjectState& state = world.identity.balancer_objects[object];
    const BalancerObject& wanted = object_of(spec, object);
    if (has_ready_pod(spec, world, wanted)) {
        comes_to(turn, object, state, BalancerStage::serving);
        if (!spec.traffic.classes.empty()) requests_change(world, turn);
        return;
    }
    // The next pods that come are targets of their own.
    state.has_targets = false;
    state.answered = calls_to_make(wanted, state.makes_balancer);
}

bool has_work_to_do(const BalancerObjectState& state) {
    return state.stage == BalancerStage::waiting || (state.stage == BalancerStage::starting && !state.has_targets);
}

}  // namespace

void begin_balancers(const Spec& spec, World& world) {
    const std::vector<BalancerObject>& objects = spec.identity.balancer_objects;
    world.identity.balancer_objects.resize(objects.size());
    if (objects.empty()) return;
    world.identity.balancers_active.assign(spec.load_balancers.size(), sim::Time::origin());
    for (const BalancerObject& object : objects) {
        if (object.comes_alone) world.identity.balancers_active[object.balancer] = sim::Time::never();
    }
}

void balancer_wanted(const Spec& spec, World& world, Turn& turn, std::uint32_t object) {
    BalancerObjectState& state = world.identity.balancer_objects[object];
    if (state.stage != BalancerStage::absent) return;
    state.created = turn.now();
    comes_to(turn, object, state, BalancerStage::waiting);
    go_on_at(world, turn, object, turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery);
}

void on(const Spec& spec, World& world, Turn& turn, const BalancerDue& event) {
    if (event.which == BalancerStep::healthy) return first_target_is_healthy(spec, world, turn, event.object);
    if (event.serial != world.identity.balancer_objects[event.object].serial) return;
    call_next(spec, world, turn, event.object);
}

void balancers_controller_changes(const Spec&, World& world, Turn& turn) {
    for (std::uint32_t i = 0; i < world.identity.balancer_objects.size(); ++i) {
        BalancerObjectState& state = world.identity.balancer_objects[i];
        ++state.serial;
        if (has_work_to_do(state)) go_on_at(world, turn, i, turn.now());
    }
}

void balancers_pods_change(const Spec& spec, World& world, Turn& turn, WorkloadIx workload) {
    for (std::uint32_t i = 0; i < world.identity.balancer_objects.size(); ++i) {
        const BalancerObjectState& state = world.identity.balancer_objects[i];
        const bool waits_for_pods = state.stage == BalancerStage::starting && !state.has_targets && state.attempts == 0;
        if (!waits_for_pods || world[workload].ready != 1) continue;
        const bool is_behind = std::ranges::any_of(object_of(spec, i).services, [&](std::uint32_t service) {
            return std::ranges::find(spec.services[service].to, workload) != spec.services[service].to.end();
        });
        if (is_behind) go_on_at(world, turn, i, turn.now() + spec.latencies.watch_delivery);
    }
}

}  // namespace eks
