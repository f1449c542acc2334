// The decision call `conntrack_fill`.
#include "models/report/decisions/data_path_arguments.hpp"
#include "models/report/decisions/data_paths.hpp"
#include "models/systems/datapath/table_fill.hpp"

namespace eks::decisions {

namespace {

using datapath::Coefficient;
using datapath::ConnectionTable;

// `limit`, or what the node's size makes of it.
double limit_of(const Json& a, ConnectionTable table) {
    const auto given = number_given(a, "limit", 1);
    const auto cores = number_given(a, "cores", 1, 1024);
    const auto memory = number_given(a, "memory_gib", 0.1, 1e5);
    if ((cores && table != ConnectionTable::conntrack) || (memory && table != ConnectionTable::bpf) ||
        (given && (cores || memory)))
        throw WrongArguments{Rule::contradictory_fields, "the limit is said in a way that does not go with the table",
                             "limit for any; else cores for conntrack, memory_gib for bpf"};
    if (given) return *given;
    if (cores) return datapath::conntrack_limit(*cores);
    if (memory) return datapath::bpf_map_limit(*memory);
    if (table == ConnectionTable::conntrack) return datapath::conntrack_limit(1);
    throw WrongArguments{Rule::missing_field, "the argument limit is missing",
                         "for bpf memory_gib also says it; EC2 publishes no sizes of its tables"};
}

}  // namespace

Json conntrack_fill_call(const Json& a) {
    refuse_others_of(a, {{"coefficients", "table", "connections_per_second", "hold_seconds", "life_seconds", "protocol",
                          "ending", "limit", "cores", "memory_gib", "standing", "unanswered_per_second", "five_tuples",
                          "mean_gap_seconds", "socket_lb"}});
    const auto table = word_or<ConnectionTable>(a, "table", ConnectionTable::conntrack,
                                                {{"conntrack", ConnectionTable::conntrack},
                                                 {"bpf", ConnectionTable::bpf},
                                                 {"ec2", ConnectionTable::ec2},
                                                 {"ec2-nitro6", ConnectionTable::ec2_nitro6}});
    const bool is_bpf = table == ConnectionTable::bpf;
    for (const char* name : {"mean_gap_seconds", "socket_lb"})
        if (is_given(a, name) && !is_bpf)
            throw WrongArguments{Rule::contradictory_fields, fmt::format("{} goes with table bpf", name), ""};
    const datapath::Coefficients c = coefficients_of(a, datapath::default_coefficients());
    const datapath::Protocol protocol = flow_of(a).protocol;
    const auto ending = ending_of(a, protocol);
    if (is_given(a, "hold_seconds") && (is_given(a, "life_seconds") || is_given(a, "ending")))
        throw WrongArguments{Rule::contradictory_fields, "hold_seconds is life_seconds and the closing time together",
                             "give the one or the others"};
    const double limit = limit_of(a, table);
    const double standing = number_or(a, "standing", 0, 0, limit);

    datapath::Newcomers answered;
    answered.per_second = number_required(a, "connections_per_second");
    answered.hold_seconds =
        number_or(a, "hold_seconds", number_or(a, "life_seconds", 0) + datapath::closing_seconds(table, ending, c));
    answered.entries_most = number_given(a, "five_tuples");
    datapath::Newcomers unanswered;
    unanswered.per_second = number_or(a, "unanswered_per_second", 0);
    unanswered.hold_seconds = datapath::closing_seconds(table, datapath::Ending::unanswered, c);
    unanswered.is_answered = false;
    const std::array both{answered, unanswered};

    Json answer = {{"limit", limit}, {"hold_seconds", to_millionth(answered.hold_seconds)}};
    if (is_bpf) {
        const double each = is_given(a, "socket_lb") && a["socket_lb"].get<bool>() ? 1 : c[Coefficient::bpf_entries];
        const auto eviction = datapath::eviction(limit - standing, both, each);
        answer["entries"] = to_millionth(standing + each * datapath::occupancy(both));
        answer["evicted_after_seconds"] = number_or_null(eviction.unused_seconds);
        answer["hurt_share"] = to_millionth(
            datapath::hurt_share(eviction, number_or(a, "mean_gap_seconds", 0), optional_or(a, "socket_lb", false)));
        return answer;
    }
    const datapath::FillCourse course = datapath::fill_course(table, limit, standing, both, c);
    answer["connections_per_second_max"] =
        answered.hold_seconds > 0
            ? Json(to_millionth(datapath::sustained_per_second(limit - standing, answered.hold_seconds)))
            : Json();
    answer["entries"] = to_millionth(standing + datapath::occupancy(both));
    answer["full_at_seconds"] = number_or_null(course.full_at_seconds);
    answer["refuses_at_seconds"] = number_or_null(course.refuses_at_seconds);
    answer["recovers_at_seconds"] = number_or_null(course.recovers_at_seconds);
    answer["success_while_full"] = to_millionth(course.success_while_full);
    answer["success_later"] = to_millionth(course.success_later);
    return answer;
}

}  // namespace eks::decisions
