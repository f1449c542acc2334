#include "models/metrics/expectation_limits.hpp"

#include "libsim/time.hpp"
#include "models/quantities.hpp"

#include <charconv>

namespace eks {

namespace {

// Digits with an optional point and nothing else.
std::optional<double> plain_number(std::string_view text) {
    if (text.empty() || text.size() > 30 || text.find_first_not_of("0123456789.") != std::string_view::npos)
        return std::nullopt;
    double value = 0.0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_duration(std::string_view text) { return !plain_number(text) && sim::parse_duration(text).has_value(); }
bool is_byte_quantity(std::string_view text) { return !plain_number(text) && parse_bytes(text).ok(); }

std::string_view quantity_name(const LimitUnit& wanted) {
    if (wanted.is_share) return "a share";
    if (wanted.is_rate) return "a rate";
    switch (wanted.unit) {
        case MetricUnit::rate:
        case MetricUnit::count: return "a number";
        case MetricUnit::short_time:
        case MetricUnit::seconds: return "a time";
        case MetricUnit::bytes: return "an amount of bytes";
        case MetricUnit::fine_cores:
        case MetricUnit::cores: return "a number of cores";
        case MetricUnit::usd: return "an amount of dollars";
        case MetricUnit::usd_per_hour: return "dollars an hour";
        case MetricUnit::share: return "a share";
    }
    return "a number";
}

// An amount without a denominator, in units of the base series.
std::optional<double> amount(std::string_view text, MetricUnit unit) {
    switch (unit) {
        case MetricUnit::short_time:
        case MetricUnit::seconds: {
            if (const auto duration = sim::parse_duration(text))
                return static_cast<double>(duration->us()) * (base_per_unit(unit) / 1e6);
            return std::nullopt;  // parse_duration takes "0" and no other bare number
        }
        case MetricUnit::bytes: {
            // Thousandths of a byte are no amount anybody means: 10m is more likely a time.
            if (text.ends_with('m')) return std::nullopt;
            if (const ParsedQuantity bytes = parse_bytes(text)) return static_cast<double>(*bytes);
            return std::nullopt;
        }
        case MetricUnit::fine_cores:
        case MetricUnit::cores: {
            if (const ParsedQuantity cores = parse_millicores(text))
                return static_cast<double>(*cores) * (base_per_unit(unit) / 1e3);
            return std::nullopt;
        }
        case MetricUnit::rate: {
            const auto number = plain_number(text);
            return number ? std::optional(*number * base_per_unit(unit)) : std::nullopt;
        }
        case MetricUnit::count:
        case MetricUnit::share: return plain_number(text);
        case MetricUnit::usd:
        case MetricUnit::usd_per_hour: {
            const auto dollars = plain_number(text);
            return dollars ? std::optional(*dollars * 1e6) : std::nullopt;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<Limit> read_limit(std::string_view text, const LimitUnit& wanted) {
    if (wanted.is_share) {
        const bool is_percent = !text.empty() && text.back() == '%';
        const auto value = plain_number(is_percent ? text.substr(0, text.size() - 1) : text);
        // Without its sign only 0 and 1 cannot be mistaken.
        if (!value || (!is_percent && *value != 0.0 && *value != 1.0)) return std::nullopt;
        const double share = is_percent ? *value / 100.0 : *value;
        if (share > 1.0) return std::nullopt;
        return Limit{share, 0.01, "%"};
    }
    if (wanted.unit == MetricUnit::share && !wanted.is_rate) {
        const auto share = read_limit(text, {MetricUnit::share, true, false});
        if (!share) return std::nullopt;
        return Limit{share->base * base_per_unit(wanted.unit), base_per_unit(wanted.unit) / 100, "%"};
    }
    if (!wanted.is_rate) {
        const auto value = amount(text, wanted.unit);
        if (!value) return std::nullopt;
        return Limit{*value, base_per_unit(wanted.unit), std::string(unit_text(wanted.unit))};
    }
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string_view per = text.substr(slash + 1);
    const double seconds = per == "s" ? 1.0 : per == "m" || per == "min" ? 60.0 : per == "h" ? 3600.0 : 0.0;
    const auto value = amount(text.substr(0, slash), wanted.unit);
    if (!value || seconds == 0.0) return std::nullopt;
    return Limit{*value / seconds, base_per_unit(wanted.unit) / seconds,
                 std::string(unit_text(wanted.unit)) + "/" + std::string(per)};
}

std::string limit_fault(std::string_view text, const LimitUnit& wanted) {
    const std::string quoted = "\"" + std::string(text) + "\"";
    const std::string what(quantity_name(wanted));
    if (!wanted.is_share && text.ends_with('%')) return "a percentage where no share is measured";
    if (plain_number(text) && wanted.is_share) return quoted + " is no share";
    if (plain_number(text)) return "the number " + std::string(text) + " needs a unit";
    if (wanted.unit != MetricUnit::seconds && !wanted.is_rate && is_duration(text))
        return "a time is compared with " + what;
    if (wanted.unit != MetricUnit::bytes && !wanted.is_rate && is_byte_quantity(text))
        return "an amount of bytes is compared with " + what;
    return quoted + " is not " + what;
}

std::string_view example_of(const LimitUnit& wanted) {
    if (wanted.is_share) return "5%";
    if (wanted.is_rate) return wanted.unit == MetricUnit::bytes ? "10Mi/s" : "12/s or 300/h";
    switch (wanted.unit) {
        case MetricUnit::short_time: return "400us or 2ms";
        case MetricUnit::seconds: return "90s or 2m";
        case MetricUnit::bytes: return "600Mi";
        case MetricUnit::fine_cores:
        case MetricUnit::cores: return "3.5 or 3500m";
        case MetricUnit::share: return "5%";
        case MetricUnit::rate:
        case MetricUnit::count:
        case MetricUnit::usd:
        case MetricUnit::usd_per_hour: break;
    }
    return "64";
}

}  // namespace eks
