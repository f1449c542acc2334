#include "models/planning/path_names.hpp"

#include "models/planning/autoscaler_story.hpp"
#include "models/scenario/near_miss.hpp"
#include "models/systems/datapath/run/run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace eks {

namespace {

using datapath::class_view;
using datapath::ClassView;
using datapath::ix;

std::string full_name(const Spec& spec, WorkloadIx of) {
    const Workload& workload = spec[of];
    return fmt::format("{}/{}/{}", kind_name(workload.kind), workload.namespace_name, workload.name);
}

std::string full_name(const Service& service) {
    return fmt::format("Service/{}/{}", service.namespace_name, service.name);
}

// "shop/web" stands for "Deployment/shop/web" too.
bool is_name(std::string_view name, std::string_view full) {
    return name == full || (full.find('/') != std::string_view::npos && name == full.substr(full.find('/') + 1));
}

std::vector<std::string> froms(const Spec& spec, std::size_t k) { return {from_name(spec, k)}; }

// A Service, and the workloads behind it.
std::vector<std::string> tos(const Spec& spec, std::size_t k) {
    const ClassView view = class_view(spec, k);
    if (view.use != nullptr) return {spec.outside.networks[view.use->network].name};
    std::vector<std::string> names;
    if (view.is_to_service()) names.push_back(to_name(spec, k));
    for (const WorkloadIx to : view.traffic->to) names.push_back(full_name(spec, to));
    return names;
}

bool is_one_of(std::string_view name, const std::vector<std::string>& names) {
    return std::ranges::any_of(names, [&](const std::string& one) { return is_name(name, one); });
}

std::vector<std::string> without_doubles(std::vector<std::string> names) {
    std::ranges::sort(names);
    const auto rest = std::ranges::unique(names);
    names.erase(rest.begin(), rest.end());
    return names;
}

NodeId node_named(const PathMoment& moment, std::string_view name) {
    for (const NodeId id : moment.world.node_order)
        if (story_name(moment.spec, moment.world.nodes[id]) == name) return id;
    return {};
}

bool begins_on(const World& world, NodeId node, std::size_t k) {
    const auto& rows = world.data_path.nodes;
    if (node.slot >= rows.size() || rows[node.slot].node != node) return false;
    return std::ranges::any_of(rows[node.slot].shares, [&](const ClassShare& share) {
        return share.of_class == k &&
               share.roles[ix(NodeRole::client)] + share.roles[ix(NodeRole::both)] + share.roles[ix(NodeRole::entry)] >
                   0;
    });
}

std::string no_such(std::string_view what, std::string_view name, const std::vector<std::string>& known) {
    const std::vector<std::string_view> views(known.begin(), known.end());
    return fmt::format("nothing {} {}; {}", what, name, did_you_mean(name, views));
}

}  // namespace

std::string from_name(const Spec& spec, std::size_t k) {
    const ClassView view = class_view(spec, k);
    if (view.use != nullptr) return full_name(spec, view.use->workload);
    return view.is_from_outside() ? "outside" : full_name(spec, view.traffic->from);
}

std::string to_name(const Spec& spec, std::size_t k) {
    const ClassView view = class_view(spec, k);
    if (view.use != nullptr) return spec.outside.networks[view.use->network].name;
    if (view.is_to_service()) return full_name(spec.services[static_cast<std::size_t>(view.traffic->service)]);
    return view.traffic->to.empty() ? std::string() : full_name(spec, view.traffic->to.front());
}

std::string class_name(const Spec& spec, std::size_t k) {
    const ClassView view = class_view(spec, k);
    if (view.traffic != nullptr && !view.traffic->name.empty()) return view.traffic->name;
    return from_name(spec, k) + " -> " + to_name(spec, k);
}

sim::Result<FoundPaths, std::string> find_paths(const PathMoment& moment, std::string_view from, std::string_view to) {
    const Spec& spec = moment.spec;
    const std::size_t count = datapath::class_count(spec);
    FoundPaths found;
    found.from_node = node_named(moment, from);
    std::vector<std::string> known_from;
    std::vector<std::string> known_to;
    std::vector<std::string> reached;  // from there
    bool is_unseen = false;
    for (std::size_t k = 0; k < count; ++k) {
        const bool is_from =
            found.from_node.valid() ? begins_on(moment.world, found.from_node, k) : is_one_of(from, froms(spec, k));
        const bool is_to = is_one_of(to, tos(spec, k));
        if (!class_view(spec, k).is_seen(spec)) {
            is_unseen = is_unseen || (is_from && is_to);
            continue;
        }
        for (const std::string& name : froms(spec, k)) known_from.push_back(name);
        for (const std::string& name : tos(spec, k)) known_to.push_back(name);
        if (is_from && is_to) found.classes.push_back(k);
        if (is_from) reached.push_back(to_name(spec, k));
    }
    if (!found.classes.empty()) return found;
    if (is_unseen)
        return sim::failure(
            fmt::format("what goes from {} to {} says nothing of its connections, and data paths see "
                        "no such traffic; write `connections: keep-alive` to its entry in `traffic`",
                        from, to));
    if (known_from.empty())
        return sim::failure(
            std::string("no traffic of the scenario says how it connects; write `connections: "
                        "per-request` to an entry of `traffic`"));
    known_from = without_doubles(std::move(known_from));
    known_to = without_doubles(std::move(known_to));
    if (!found.from_node.valid() && !is_one_of(from, known_from))
        return sim::failure(no_such("connects from", from, known_from));
    if (!is_one_of(to, known_to)) return sim::failure(no_such("connects to", to, known_to));
    reached = without_doubles(std::move(reached));
    return sim::failure(fmt::format(
        "nothing connects from {} to {} at {}; from there connections go to: {}", from, to, story_time(moment.now),
        reached.empty() ? std::string("nobody") : fmt::format("{}", fmt::join(reached, ", "))));
}

}  // namespace eks
