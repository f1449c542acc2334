// The decision call `path_cost`.
#include "models/report/decisions/data_path_arguments.hpp"
#include "models/report/decisions/data_paths.hpp"
#include "models/systems/datapath/latency.hpp"

// In the model's own room, whose short names mean something else in that of all decisions.
namespace eks::datapath {

namespace {

using namespace decisions;

struct Question {
    DataPath path;
    RuleTable rules;
    Flow flow;
    Call call;
    double position = 0;
};

Question question_of(const Json& a) {
    Question q;
    q.path = data_path_of(a);
    q.rules = rule_table_of(a);
    q.flow = flow_of(a);
    q.call.route = word_or<Route>(a, "route", Route::cross_node,
                                  {{"same-node", Route::same_node},
                                   {"cross-node", Route::cross_node},
                                   {"ip-target", Route::ip_target},
                                   {"instance-target", Route::instance_target},
                                   {"egress", Route::egress}});
    const bool is_between_pods = q.call.route == Route::same_node || q.call.route == Route::cross_node;
    q.call.is_to_service = optional_or(a, "to_service", is_between_pods);
    if (q.call.is_to_service && (!is_between_pods || q.path.mode == Mode::none))
        throw WrongArguments{Rule::contradictory_fields, "no Service's address is called that way",
                             "to_service false; mode none has no Services"};
    if (q.call.route == Route::instance_target && q.path.mode == Mode::none)
        throw WrongArguments{Rule::contradictory_fields, "mode none has no NodePorts", "route ip-target"};
    q.call.endpoints = q.rules.endpoints;
    q.call.local_share = number_or(a, "local_share", 0, 0, 1);
    q.call.layer7 = layer7_of(a);
    q.call.proxy = proxy_of(a);
    q.position = number_or(a, "position", mean_position(q.rules.services), 0, q.rules.services);
    return q;
}

const char* place_text(Route route, std::size_t visit) {
    switch (route) {
        case Route::same_node: return "node";
        case Route::ip_target: return "destination";
        case Route::egress: return "source";
        case Route::cross_node: return visit == 0 ? "source" : "destination";
        case Route::instance_target: return visit == 0 ? "entry" : "second";
    }
    return "";
}

// Work of all nodes together, contents included, of a connection with one request and of a request more.
struct Sums {
    double connection = 0;
    double request = 0;
};
Sums sums_of(const Question& q, const Coefficients& c) {
    Sums sums;
    for (const Visit& visit : path_of(q.path, q.rules, q.call, q.position)) {
        const double contents = content_work(c, q.flow, visit).total();
        sums.connection += visit.share * (connection_work(q.path, c, q.rules, q.flow, visit).total() + contents);
        sums.request += visit.share * (request_work(q.path, c, visit).total() + contents);
    }
    return sums;
}

// The two ends are those of the coefficients' ranges; a user's own warm costs may lie above the cold ones.
Json range_json(double one_end, double value, double other_end) {
    const double low = std::min({one_end, value, other_end});
    const double high = std::max({one_end, value, other_end});
    return {{"low", to_millionth(low)}, {"value", to_millionth(value)}, {"high", to_millionth(high)}};
}

Json time_json(const PathTime& time) {
    const auto ms = [](double us) { return to_millionth(us / 1000); };
    return {{"mean", ms(time.mean)},        {"p90", ms(time.p90)},       {"p99", ms(time.p99)},
            {"nodes", ms(time.nodes)},      {"layer7", ms(time.layer7)}, {"network", ms(time.network)},
            {"balancer", ms(time.balancer)}};
}

}  // namespace

static Json path_cost_answer(const Json& a) {
    refuse_others_of(a, {data_path_names,
                         rule_table_names,
                         coefficient_names,
                         flow_names,
                         {"route", "to_service", "position", "local_share", "layer7", "proxy", "cores", "load",
                          "cross_zone", "balancer_ms"}});
    const Question q = question_of(a);
    const Coefficients c = coefficients_of(a, default_coefficients());
    const double cores = number_or(a, "cores", 1, 0.1, 1024);
    const double load = number_or(a, "load", 0, 0, highest_load);

    const std::vector<Visit> visits = path_of(q.path, q.rules, q.call, q.position);
    Json list = Json::array();
    std::vector<double> connect_us;
    std::vector<double> request_us;
    std::vector<NodeLoad> nodes;
    double most_us = 0;
    std::size_t narrowest = 0;
    for (std::size_t i = 0; i < visits.size(); ++i) {
        const Visit& visit = visits[i];
        const Work contents = content_work(c, q.flow, visit);
        const Work connection = connection_work(q.path, c, q.rules, q.flow, visit) + contents;
        const Work request = request_work(q.path, c, visit) + contents;
        list.push_back({{"node", place_text(q.call.route, i)},
                        {"share", to_millionth(visit.share)},
                        {"scanned", q.path.rules() == Mode::none ? 0.0 : visit.scanned},
                        {"connection_us", to_millionth(connection.total())},
                        {"connection", work_json(connection)},
                        {"request_us", to_millionth(request.total())},
                        {"request", work_json(request)}});
        connect_us.push_back(waited_for_us(connection, c));
        request_us.push_back(waited_for_us(request, c));
        nodes.push_back({load, cores});
        const double whole = visit.share * whole_work(q.path, c, q.rules, q.flow, visit).total();
        if (whole > most_us) {
            most_us = whole;
            narrowest = i;
        }
    }

    PathDemand demand;
    const double second_hops = q.call.route == Route::instance_target ? 1 - q.call.local_share : 0;
    if (q.call.route != Route::same_node)
        demand.round_trip_us =
            optional_or(a, "cross_zone", false) ? c[Coefficient::rtt_xzone] : c[Coefficient::rtt_zone];
    demand.balancer_us = 1000 * number_or(a, "balancer_ms", 0, 0, 1e5);
    const double opening = q.flow.protocol == Protocol::tcp ? 1 : 0;
    demand.round_trips = (opening + 1) * (1 + second_hops);
    const PathTime connect = path_time(visits, connect_us, nodes, demand, c);
    demand.round_trips = 1 + second_hops;
    const PathTime request = path_time(visits, request_us, nodes, demand, c);

    const Sums value = sums_of(q, c);
    const Sums low = sums_of(q, coefficients_of(a, lowest_coefficients()));
    const Sums high = sums_of(q, coefficients_of(a, highest_coefficients()));
    return {
        {"connection_us", range_json(low.connection, value.connection, high.connection)},
        {"request_us", range_json(low.request, value.request, high.request)},
        {"scan_ns_per_service", to_millionth(1000 * scan_us(q.path.rules(), q.rules.has_comments, q.flow.protocol, c))},
        {"visits", list},
        {"connect_ms", time_json(connect)},
        {"request_ms", time_json(request)},
        {"connections_per_second_max",
         most_us > 0 ? Json(to_millionth(saturation_per_second(cores, most_us))) : Json()},
        {"binds", place_text(q.call.route, narrowest)}};
}

}  // namespace eks::datapath

namespace eks::decisions {

Json path_cost_call(const Json& a) { return datapath::path_cost_answer(a); }

}  // namespace eks::decisions
