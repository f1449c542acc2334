// What of connections and of nodes' networks is told to whoever listens: the changes, in whole numbers.
#include "models/systems/datapath/run/run.hpp"

#include <algorithm>
#include <cmath>

namespace eks::datapath {

namespace {

std::int64_t rounded(double value) {
    constexpr double most = 1e15;
    return static_cast<std::int64_t>(std::floor(std::clamp(value, -most, most) + 0.5));
}

template <class Values>
bool subtract(Values& from, const Values& what) {
    bool differs = false;
    for (std::size_t i = 0; i < from.size(); ++i) {
        from[i] -= what[i];
        differs = differs || from[i] != 0;
    }
    return differs;
}

}  // namespace

ConnectionsFact told(const ClassDataPath& one, std::uint32_t k) {
    ConnectionsFact fact{k,
                         rounded(one.attempts * 1e3),
                         rounded(one.connect_us * 1e3),
                         rounded(one.connect_p90_us * 1e3),
                         rounded(one.connect_p99_us * 1e3),
                         rounded(one.request_us * 1e3),
                         {},
                         rounded(one.wrong_pod * parts_per_million),
                         rounded(one.wait_seconds * 1e6),
                         rounded(one.stale_share * parts_per_million)};
    for (std::size_t i = 0; i < failure_cause_count; ++i)
        fact.failing_ppm[i] = rounded(one.failing[i] * parts_per_million);
    return fact;
}

NodeNetworkFact told(const NodeDataPath& row) {
    NodeNetworkFact fact;
    fact.node = row.node;
    for (std::size_t i = 0; i < row.cores.size(); ++i) fact.micro_cores[i] = rounded(row.cores[i] * 1e6);
    fact.load_ppm = rounded(row.load * parts_per_million);
    fact.table_entries = row.told_entries;
    fact.refused_ppm = rounded(row.refused_share() * parts_per_million);
    fact.lost_ppm = rounded(row.lost_share * parts_per_million);
    fact.without_rules = row.told_without_rules ? 1 : 0;
    return fact;
}

void tell(Turn& turn, const ConnectionsFact& was, ConnectionsFact is) {
    is.attempts_milli -= was.attempts_milli;
    is.connect_nanos -= was.connect_nanos;
    is.connect_p90_nanos -= was.connect_p90_nanos;
    is.connect_p99_nanos -= was.connect_p99_nanos;
    is.request_nanos -= was.request_nanos;
    is.wrong_pod_ppm -= was.wrong_pod_ppm;
    is.wait_micros -= was.wait_micros;
    is.stale_ppm -= was.stale_ppm;
    const bool fails = subtract(is.failing_ppm, was.failing_ppm);
    if (fails || is.attempts_milli != 0 || is.connect_nanos != 0 || is.connect_p90_nanos != 0 ||
        is.connect_p99_nanos != 0 || is.request_nanos != 0 || is.wrong_pod_ppm != 0 || is.wait_micros != 0 ||
        is.stale_ppm != 0)
        turn.note(is);
}

void tell(Turn& turn, const NodeNetworkFact& was, NodeNetworkFact is) {
    const bool works = subtract(is.micro_cores, was.micro_cores);
    const bool holds = subtract(is.table_entries, was.table_entries);
    is.load_ppm -= was.load_ppm;
    is.refused_ppm -= was.refused_ppm;
    is.lost_ppm -= was.lost_ppm;
    is.without_rules -= was.without_rules;
    if (works || holds || is.load_ppm != 0 || is.refused_ppm != 0 || is.lost_ppm != 0 || is.without_rules != 0)
        turn.note(is);
}

void retire_row(World& world, Turn& turn, NodeDataPath& row) {
    for (const ClassShare& share : row.shares) world.data_path.classes[share.of_class].is_due = true;
    NodeDataPath nobody;
    nobody.node = row.node;
    if (row.node.valid()) tell(turn, told(row), told(nobody));
    row = NodeDataPath{};
}

}  // namespace eks::datapath
