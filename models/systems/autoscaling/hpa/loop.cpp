#include "models/systems/autoscaling/hpa/loop.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/autoscaling/hpa/proposal.hpp"
#include "models/systems/autoscaling/scrapes.hpp"

#include <algorithm>

namespace eks::hpa {

namespace {

void schedule(HorizontalScalerState& state, Turn& turn, std::uint32_t scaler, sim::Time at) {
    state.sleeps = false;
    turn.at(at, HorizontalSync{scaler, ++state.serial});
}

// The looks that it has slept through would each have recorded what the last one did. Of those the latest is enough:
// all others say the same (HPA-14, HPA-15).
void record_what_was_slept_through(HorizontalScalerState& state, sim::Time last) {
    auto& entries = state.memory.recommendations;
    if (!entries || entries->empty()) return;
    const auto latest = std::ranges::max_element(*entries, {}, &Recommendation::at_us);
    if (latest->at_us != state.last_sync.us()) return;  // it records nothing
    entries = {{latest->replicas, last.us()}};
}

}  // namespace

sim::Duration period_of(const Spec& spec, const sim::DrawSource& key, const HorizontalScaler& scaler) {
    // Between a half and one and a half of the mean: a guess, as the mean is.
    const double share = 0.5 + sim::draw_unit(key, {stream::scaler_work, scaler.stable_key, 0, 0});
    const auto takes = static_cast<std::int64_t>(share * static_cast<double>(spec.pod_scaling.sync_takes.us()));
    return sync_period + sim::Duration::microseconds(takes);
}

sim::Duration settles_within(const Spec& spec, const HorizontalScaler& scaler) {
    std::int64_t window = scaler.autoscaler.downscale_window_us;
    if (const auto& behavior = scaler.autoscaler.behavior) {
        for (const ScalingRules* rules : {&behavior->up, &behavior->down}) {
            if (rules->window_us) window = std::max(window, *rules->window_us);
            for (const Policy& policy : rules->policies) window = std::max(window, policy.period_us);
        }
    }
    // What it reads follows within the horizon, the classes of pods within their time of initialisation (HPA-5).
    return spec.pod_scaling.horizon + sim::Duration::microseconds(window + StartUp{}.cpu_initialization_us) +
           4 * sync_period;
}

void wake(const Spec& spec, World& world, Turn& turn, std::uint32_t scaler) {
    HorizontalScalerState& state = world.pod_scaling.horizontal[scaler];
    state.changed_at = turn.now();
    if (!state.sleeps) return;
    const sim::Duration period = period_of(spec, turn.key(), spec.pod_scaling.horizontal[scaler]);
    const std::int64_t looks = (turn.now() - state.last_sync) / period;
    if (looks > 0) record_what_was_slept_through(state, state.last_sync + looks * period);
    schedule(state, turn, scaler, state.last_sync + (looks + 1) * period);
}

}  // namespace eks::hpa
