#include "models/scenario/coefficients.hpp"

#include "models/scenario/keys.hpp"
#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace eks {

namespace {

// PROFILE_SCHEMA of python/ekssim/calibrate/profile.py.
constexpr std::string_view profile_schema = "ekssim.dev/datapath-profile/v1alpha1";

std::optional<datapath::Coefficient> coefficient_at(const std::string& id, const Reader& map) {
    const auto name = datapath::coefficient_named(id);
    if (name) return name;
    std::vector<std::string_view> known;
    for (const datapath::CoefficientRow& row : datapath::coefficient_table()) known.push_back(row.id);
    map.complain_at_key(id, Rule::unknown_field, fmt::format("{}: there is no coefficient {}", map.title(), id),
                        did_you_mean(id, known));
    return std::nullopt;
}

// Three powers of ten beyond the table's range somebody has taken another unit.
std::optional<double> coefficient_value(datapath::Coefficient name, const Reader& at) {
    constexpr double beyond = 1000;
    constexpr double any_number = 1e300;
    const datapath::CoefficientRow& row = datapath::coefficient_table()[static_cast<std::size_t>(name)];
    const double least = row.low > 0 ? row.low / beyond : row.low;
    const double most = std::max(row.high, 1.0) * beyond;
    const auto value = at.number(-any_number, any_number);
    if (!value || (*value >= least && *value <= most)) return value;
    at.complain(Rule::out_of_range,
                fmt::format("{} is {}; it must be between {} and {}", at.title(), *value, least, most),
                fmt::format("its unit is {}, its default {}", datapath::text_of(row.unit), row.value));
    return std::nullopt;
}

void assume_noisy_profile(const Reader& noise, ScenarioBuilder& builder) {
    if (!noise.is_map() || !noise.boolean("noisy").value_or(false)) return;
    builder.assume("cluster.dataPath.profile", "of a machine with noise: defaults with wider ranges", "DPR-6");
}

}  // namespace

void set_coefficient(datapath::Coefficient name, double value, ScenarioBuilder& builder) {
    if (!builder.said_coefficients.contains(name)) builder.spec.data_paths.coefficients[name] = value;
}

void read_profile(const Reader& at, ScenarioBuilder& builder) {
    if (at.is_text()) {
        at.complain(Rule::wrong_type,
                    fmt::format("{} names a file, which only a resolved scenario has in it", at.title()),
                    "run `ekssim resolve` on it first");
        return;
    }
    if (!at.expect_map()) return;
    at.refuse_unknown_members(keys::profile);
    at.mark_used();  // ranges and how they were found are for people
    const auto schema = at.required("schema");
    const auto said = schema ? schema->text() : std::nullopt;
    if (said && *said != profile_schema)
        schema->complain(Rule::wrong_api_version,
                         fmt::format("{} is {}, not {}", schema->title(), *said, profile_schema),
                         "it takes what `ekssim calibrate datapath` writes");
    builder.spec.data_paths.profile = at.text("name").value_or(at.text("file").value_or(""));
    if (const auto noise = at.member("noise")) assume_noisy_profile(*noise, builder);
    const auto all = at.required("coefficients");
    if (!all || !all->expect_map()) return;
    for (const auto& [id, entry] : all->members()) {
        const auto name = coefficient_at(id, *all);
        const auto number = entry.expect_map() ? entry.required("value") : std::nullopt;
        const auto value = name && number ? coefficient_value(*name, *number) : std::nullopt;
        if (value) set_coefficient(*name, *value, builder);
    }
}

void read_coefficients(const Reader& at, ScenarioBuilder& builder) {
    if (!at.expect_map()) return;
    for (const auto& [id, entry] : at.members()) {
        const auto name = coefficient_at(id, at);
        const auto value = name && !entry.is_null() ? coefficient_value(*name, entry) : std::nullopt;
        if (!value) continue;
        builder.spec.data_paths.coefficients[*name] = *value;
        builder.said_coefficients.insert(*name);
    }
}

}  // namespace eks
