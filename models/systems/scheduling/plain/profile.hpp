// The plain scheduler's names for what a profile consists of.
#pragma once

#include "models/spec/scheduler_profile.hpp"
#include "models/systems/scheduling/plain/objects.hpp"

namespace eks::plain {

using eks::name_of;
using eks::ScoringStrategy;
using eks::ShapePoint;
using eks::SpreadDefaults;
using eks::WeightedResource;
using Plugin = eks::SchedulerPlugin;
using Profile = eks::SchedulerProfile;
inline constexpr std::size_t plugin_count = eks::scheduler_plugin_count;
inline constexpr auto plugin_names = eks::scheduler_plugin_names;
inline constexpr std::size_t filter_count = eks::scheduler_filter_count;

inline Profile default_profile() { return default_scheduler_profile(); }

}  // namespace eks::plain
