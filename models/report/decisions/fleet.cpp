#include "models/report/decisions/fleet.hpp"

#include "models/report/decisions/arguments.hpp"
#include "models/sizing/fleet.hpp"

#include <cmath>
#include <set>

namespace eks {

namespace {

using decisions::count_given;
using decisions::Json;
using decisions::refuse_others;
using decisions::required;
using decisions::WrongArguments;
using sizing::FleetMix;
using sizing::FleetPlan;
using sizing::FleetType;
using sizing::FleetWorkload;
using sizing::Room;

constexpr std::int64_t most_amount = 1'000'000'000;  // of any amount
constexpr std::int64_t most_replicas = 1'000'000;
constexpr std::int64_t most_pods = 1'000'000;  // of all workloads together
constexpr std::int64_t most_effort = 100;

std::int64_t amount(const Json& of, const char* name, std::int64_t up_to = most_amount) {
    required<Json>(of, name);
    return *count_given(of, name, up_to);
}

double price_of(const Json& type) {
    const auto price = required<double>(type, "price_usd_per_hour");
    if (!std::isfinite(price) || price < 0.0)
        throw WrongArguments{Rule::out_of_range, fmt::format("{} is no price of an hour", price),
                             "give US dollars, 0 or more"};
    return price;
}

std::string new_name(const Json& of, std::set<std::string>& names) {
    auto name = required<std::string>(of, "name");
    if (!names.insert(name).second)
        throw WrongArguments{Rule::duplicate_name, fmt::format("there are two of the name {}", name),
                             "names of workloads and of types must differ"};
    return name;
}

const Json& list_of(const Json& a, const char* name) {
    if (!a.contains(name) || !a[name].is_array())
        throw WrongArguments{Rule::missing_field, fmt::format("the argument {} is missing", name), "give a list"};
    return a[name];
}

FleetMix mix_of(const Json& a) {
    FleetMix mix;
    std::set<std::string> workloads;
    std::int64_t pods = 0;
    for (const Json& one : list_of(a, "workloads")) {
        refuse_others(one, {"name", "cpu_milli", "memory_mib", "replicas"});
        FleetWorkload workload{.name = new_name(one, workloads), .replicas = amount(one, "replicas", most_replicas)};
        of(workload.each, Room::cpu_milli) = amount(one, "cpu_milli");
        of(workload.each, Room::memory) = amount(one, "memory_mib");
        of(workload.each, Room::pods) = 1;
        pods += workload.replicas;
        mix.workloads.push_back(std::move(workload));
    }
    if (pods > most_pods)
        throw WrongArguments{Rule::out_of_range, fmt::format("there are {} pods", pods),
                             fmt::format("at most {} in all; size a part of them", most_pods)};
    std::set<std::string> types;
    for (const Json& one : list_of(a, "types")) {
        refuse_others(one, {"name", "cpu_milli", "memory_mib", "max_pods", "price_usd_per_hour"});
        FleetType type{.name = new_name(one, types), .usd_per_hour = price_of(one)};
        of(type.room, Room::cpu_milli) = amount(one, "cpu_milli");
        of(type.room, Room::memory) = amount(one, "memory_mib");
        of(type.room, Room::pods) = amount(one, "max_pods");
        mix.types.push_back(std::move(type));
    }
    return mix;
}

}  // namespace

Json fleet_call(const Json& a) {
    refuse_others(a, {"workloads", "types", "effort"});
    const FleetMix mix = mix_of(a);
    const FleetPlan plan =
        sizing::cheapest_fleet(mix, static_cast<int>(count_given(a, "effort", most_effort, 1).value_or(1)));
    std::vector<std::string> misfits;
    for (const std::int32_t misfit : plan.fleet.misfits)
        misfits.push_back(mix.workloads[static_cast<std::size_t>(misfit)].name);
    if (!misfits.empty())
        throw WrongArguments{Rule::out_of_range, fmt::format("no type holds a pod of {}", fmt::join(misfits, ", ")),
                             "leave the workload out, or add a larger type"};
    Json nodes = Json::array();
    for (const sizing::FleetNode& node : plan.fleet.nodes) {
        Json pods = Json::object();
        for (const sizing::FleetPods& some : node.pods)
            pods[mix.workloads[static_cast<std::size_t>(some.workload)].name] = some.count;
        nodes.push_back({{"type", mix.types[static_cast<std::size_t>(node.type)].name}, {"pods", pods}});
    }
    return {{"cost_usd_per_hour", plan.fleet.usd_per_hour},
            {"lower_bound_usd_per_hour", plan.lower_bound_usd_per_hour},
            {"nodes", nodes}};
}

}  // namespace eks
