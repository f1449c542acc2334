// The decision call `connection_capacity`.
#include "models/report/decisions/data_path_arguments.hpp"
#include "models/report/decisions/data_paths.hpp"
#include "models/systems/datapath/capacity.hpp"

#include <map>

// In the model's own room, whose short names mean something else in that of all decisions.
namespace eks::datapath {

namespace {

using namespace decisions;

using Destinations = std::map<std::string, std::int32_t>;

NodeClass class_of(const Json& a, const DataPath& path, Destinations& destinations) {
    refuse_others_of(a, {flow_names,
                         {"role", "connections_per_second", "ending", "to_service", "endpoints", "local_share",
                          "five_tuples", "destination", "layer7", "proxy"}});
    NodeClass one;
    required<std::string>(a, "role");
    one.role = word_or<Role>(a, "role", Role::client,
                             {{"client", Role::client},
                              {"server", Role::server},
                              {"both", Role::both},
                              {"entry", Role::entry},
                              {"egress", Role::egress}});
    one.connections_per_second = number_required(a, "connections_per_second");
    one.flow = flow_of(a);
    one.ending = ending_of(a, one.flow.protocol);
    one.is_to_service = optional_or(a, "to_service", path.mode != Mode::none);
    if (path.mode == Mode::none && (one.is_to_service || one.role == Role::entry))
        throw WrongArguments{Rule::contradictory_fields, "mode none has no Services", "to_service false"};
    if (is_given(a, "local_share") && one.role != Role::entry)
        throw WrongArguments{Rule::contradictory_fields, "local_share is said of a class that is no entry",
                             "it is the share of an entry's connections that stays on its node: role entry, or leave "
                             "it out"};
    if (is_given(a, "destination") && one.role != Role::egress)
        throw WrongArguments{Rule::contradictory_fields, "destination is said of a class that is no egress",
                             "it names whose source ports connections out of the VPC share: role egress, or leave it "
                             "out"};
    one.endpoints = number_or(a, "endpoints", 1);
    one.local_share = number_or(a, "local_share", 0, 0, 1);
    one.entries_most = number_given(a, "five_tuples");
    const auto destination = optional_or<std::string>(a, "destination", "");
    one.destination = destinations.emplace(destination, static_cast<std::int32_t>(destinations.size())).first->second;
    one.layer7 = layer7_of(a);
    one.proxy = proxy_of(a);
    return one;
}

NodeLimits limits_of(const Json& a) {
    constexpr double mib_of_a_gib = 1024;
    constexpr double bytes_of_a_megabit = 1e6 / 8;
    NodeLimits limits;
    std::optional<double> memory = number_given(a, "memory_gib", 0.1, 1e5);
    std::optional<double> cores = number_given(a, "cores", 0.1, 1024);
    std::optional<double> baseline;
    if (is_given(a, "instance_type")) {
        const InstanceType& type = type_named(a["instance_type"].get<std::string>());
        if (!cores && type.vcpus > 0) cores = type.vcpus;
        if (!memory && type.memory_mib > 0) memory = static_cast<double>(type.memory_mib) / mib_of_a_gib;
        if (type.network_baseline_mbps > 0)
            baseline = static_cast<double>(type.network_baseline_mbps) * bytes_of_a_megabit;
    }
    if (!cores) throw WrongArguments{Rule::missing_field, "the argument cores is missing", "or name an instance_type"};
    limits.cores = *cores;
    limits.conntrack = number_or(a, "conntrack_limit", conntrack_limit(*cores), 1);
    limits.bpf_map = number_given(a, "bpf_map_limit", 1);
    if (!limits.bpf_map && memory) limits.bpf_map = bpf_map_limit(*memory);
    limits.ec2_tracking = number_given(a, "ec2_tracking_limit", 1);
    limits.has_nitro_6 = optional_or(a, "nitro6", false);
    const auto bytes = [&](const char* name) {
        const auto given = number_given(a, name, 1);
        return given ? given : baseline;
    };
    limits.bytes_in_per_second = bytes("bytes_in_per_second");
    limits.bytes_out_per_second = bytes("bytes_out_per_second");
    limits.packets_per_second = number_given(a, "packets_per_second", 1);
    return limits;
}

Json limit_json(const Limit& limit, const Destinations& destinations) {
    Json json = {{"limit", text_of(limit.kind)},
                 {"used", to_millionth(limit.used)},
                 {"cap", to_millionth(limit.cap)},
                 {"multiple", number_or_null(limit.multiple)}};
    if (limit.kind != LimitKind::source_ports) return json;
    for (const auto& [name, number] : destinations)
        if (number == limit.destination) json["destination"] = name;
    json["protocol"] = limit.protocol == Protocol::udp ? "udp" : "tcp";
    return json;
}

Json first_json(const Capacity& capacity, const Destinations& destinations) {
    const Limit& first = capacity.limits[capacity.first];
    return first.multiple ? limit_json(first, destinations) : Json();
}

}  // namespace

static Json connection_capacity_answer(const Json& a) {
    refuse_others_of(a, {data_path_names,
                         rule_table_names,
                         coefficient_names,
                         {"classes", "application_cores", "resolver_packets_per_second", "instance_type", "cores",
                          "memory_gib", "conntrack_limit", "bpf_map_limit", "lb_map_limit", "ec2_tracking_limit",
                          "nitro6", "bytes_in_per_second", "bytes_out_per_second", "packets_per_second"}});
    const DataPath path = data_path_of(a);
    const Coefficients c = coefficients_of(a, default_coefficients());
    NodeDemand demand;
    demand.rules = rule_table_of(a);
    demand.application_cores = number_or(a, "application_cores", 0, 0, 1024);
    demand.resolver_packets_per_second = number_or(a, "resolver_packets_per_second", 0);
    Destinations destinations;
    const Json classes = required<Json>(a, "classes");
    if (!classes.is_array())
        throw WrongArguments{Rule::wrong_type, "classes is no list",
                             "write [{\"role\": \"client\", \"connections_per_second\": 100}]"};
    for (const Json& one : classes) {
        if (!one.is_object()) throw WrongArguments{Rule::wrong_type, "a class is no object", ""};
        demand.classes.push_back(class_of(one, path, destinations));
    }
    NodeLimits limits = limits_of(a);
    limits.lb_map = number_or(a, "lb_map_limit", c[Coefficient::lb_map_max], 1);

    const Capacity now = capacity_of(path, c, demand, limits);
    Json list = Json::array();
    for (const Limit& limit : now.limits) list.push_back(limit_json(limit, destinations));
    Json modes = Json::object();
    for (const ModeCapacity& one : capacity_by_mode(path, c, demand, limits))
        modes[std::string(text_of(one.mode))] = {{"network_cores", to_millionth(one.capacity.cores.total())},
                                                 {"load", to_millionth(one.capacity.load)},
                                                 {"avoided_share", to_millionth(one.avoided_share)},
                                                 {"first", first_json(one.capacity, destinations)}};
    return {{"network_cores", to_millionth(now.cores.total())},
            {"cores_by_part", work_json(now.cores)},
            {"load", to_millionth(now.load)},
            {"limits", list},
            {"first", first_json(now, destinations)},
            {"modes", modes}};
}

}  // namespace eks::datapath

namespace eks::decisions {

Json connection_capacity_call(const Json& a) { return datapath::connection_capacity_answer(a); }

}  // namespace eks::decisions
