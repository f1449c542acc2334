// Source: Kubernetes 1.36, pkg/controller/job/{job_controller,backoff_utils,indexed_job_utils}.go.
#include "models/systems/workloads/job_arithmetic.hpp"

#include <charconv>
#include <iterator>
#include <string_view>

namespace eks {

namespace {

std::optional<std::int32_t> number_of(std::string_view text) {
    std::int32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

std::vector<std::int32_t> indexes_of(const std::string& text, std::int32_t completions) {
    std::vector<std::int32_t> indexes;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        const std::string_view part = rest.substr(0, comma);
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        const std::size_t hyphen = part.find('-');
        const auto first = number_of(part.substr(0, hyphen));
        const auto last = hyphen == std::string_view::npos ? first : number_of(part.substr(hyphen + 1));
        if (!first || !last) continue;
        for (std::int32_t i = *first; i <= std::min(*last, completions - 1); ++i) indexes.push_back(i);
    }
    std::ranges::sort(indexes);
    return indexes;
}

std::string text_of_indexes(std::span<const std::int32_t> sorted) {
    std::string text;
    for (std::size_t i = 0; i < sorted.size();) {
        std::size_t last = i;
        while (last + 1 < sorted.size() && sorted[last + 1] == sorted[last] + 1) ++last;
        if (!text.empty()) text += ',';
        text += std::to_string(sorted[i]);
        // Two in a row are written as two, more as a range.
        if (last > i) text += (last > i + 1 ? '-' : ',') + std::to_string(sorted[last]);
        i = last + 1;
    }
    return text;
}

bool is_met(const SuccessRule& rule, std::span<const std::int32_t> succeeded) {
    const auto is_listed = [&](std::int32_t index) {
        return rule.indexes.empty() || std::ranges::binary_search(rule.indexes, index);
    };
    const auto found = std::ranges::count_if(succeeded, is_listed);
    const bool has_all = !rule.indexes.empty() && found == std::ssize(rule.indexes);
    return has_all || (rule.has_count && found >= rule.count);
}

std::vector<std::int32_t> first_free_indexes(std::span<const std::int32_t> taken, std::int32_t count,
                                             std::int32_t completions) {
    std::vector<std::int32_t> found;
    std::size_t next = 0;
    for (std::int32_t i = 0; i < completions && static_cast<std::int32_t>(found.size()) < count; ++i) {
        while (next < taken.size() && taken[next] < i) ++next;
        if (next >= taken.size() || taken[next] != i) found.push_back(i);
    }
    return found;
}

}  // namespace eks
