// Which classes of traffic go from one place to another, by the names that people give these places.
#pragma once

#include "libsim/random.hpp"
#include "libsim/result.hpp"
#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

// A run at an instant.
struct PathMoment {
    const Spec& spec;
    const World& world;
    sim::RunKey key;
    sim::Time now;
};

struct FoundPaths {
    std::vector<std::size_t> classes;  // into DataPathState::classes
    NodeId from_node;                  // the name was a node's: what begins there alone
};

// `from`: a workload ("Deployment/shop/web" or "shop/web"), "outside", or a node ("workers-1"). `to`: a Service, a
// workload, or a network outside. The error is a sentence that says what would work.
sim::Result<FoundPaths, std::string> find_paths(const PathMoment& moment, std::string_view from, std::string_view to);

// "Deployment/shop/web", "outside"; "Service/shop/api", or of what is asked without one.
std::string from_name(const Spec& spec, std::size_t of_class);
std::string to_name(const Spec& spec, std::size_t of_class);
// "Deployment/shop/web -> internet"
std::string class_name(const Spec& spec, std::size_t of_class);

}  // namespace eks
