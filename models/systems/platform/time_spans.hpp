// Sets of instants, as stretches of time that are apart and in order: pure functions.
#pragma once

#include "models/world/telemetry_rows.hpp"

#include <algorithm>

namespace eks {

inline void add(TimeSpans& spans, TimeSpan more) {
    if (more.begins >= more.ends) return;
    std::erase_if(spans, [&](const TimeSpan& one) {
        if (one.ends < more.begins || more.ends < one.begins) return false;
        more = {std::min(more.begins, one.begins), std::max(more.ends, one.ends)};
        return true;
    });
    spans.insert(std::ranges::upper_bound(spans, more.begins, {}, &TimeSpan::begins), more);
}

inline TimeSpans intersection(const TimeSpans& a, const TimeSpans& b) {
    TimeSpans both;
    for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end();) {
        const TimeSpan common{std::max(x->begins, y->begins), std::min(x->ends, y->ends)};
        if (common.begins < common.ends) both.push_back(common);
        if (x->ends < y->ends)
            ++x;
        else
            ++y;
    }
    return both;
}

}  // namespace eks
