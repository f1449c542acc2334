#include "models/scenario/reader.hpp"

#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace eks {

namespace {

constexpr std::size_t shown_length_max = 60;

constexpr std::int64_t share_ppm_per_percent = 10'000;

// Exact for up to four decimals; further ones are cut off. Nothing if it is not "digits[.digits]%".
std::optional<std::int64_t> percent_to_ppm(std::string_view text) {
    if (text.empty() || text.back() != '%') return std::nullopt;
    text.remove_suffix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    std::int64_t ppm = 0;
    bool any = false;
    std::size_t i = 0;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i, any = true) {
        ppm = ppm * 10 + (text[i] - '0');
        if (ppm > 1'000'000) return 1'000'000 * share_ppm_per_percent;  // far beyond 100 %, which is all that matters
    }
    ppm *= share_ppm_per_percent;
    if (i < text.size() && text[i] == '.') {
        std::int64_t worth = share_ppm_per_percent / 10;
        for (++i; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i, worth /= 10, any = true) {
            ppm += worth * (text[i] - '0');
        }
    }
    if (!any || i != text.size()) return std::nullopt;
    return ppm;
}

}  // namespace

std::string shown(const JsonValue& value) {
    std::string text = to_json_text(value);
    if (text.size() <= shown_length_max) return text;
    // Never cut a character in two: continuation bytes of UTF-8 start with the bits 10.
    std::size_t end = shown_length_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end) + "…";
}

Reader::Reader(const JsonValue& value, Reading& reading, std::string path, std::string subject)
    : value_(&value), reading_(&reading), path_(std::move(path)), subject_(std::move(subject)) {}

std::string Reader::pointer() const { return reading_->origins.pointer(value_->origin); }
std::optional<Place> Reader::place() const { return reading_->origins.place(value_->origin); }

Reader Reader::child(const JsonValue& value, std::string_view key) const {
    std::string path = path_;
    if (!path.empty() && !key.starts_with('[')) path += '.';
    path += key;
    return Reader(value, *reading_, std::move(path), subject_);
}

std::string Reader::title() const {
    if (subject_.empty()) return path_.empty() ? "the document" : path_;
    return path_.empty() ? subject_ : subject_ + " " + path_;
}

// --- containers
// ---------------------------------------------------------------------------------------------------------

bool Reader::has(std::string_view key) const {
    const JsonValue* there = value_->find(key);
    return there != nullptr && there->kind != JsonKind::null;
}

std::optional<Reader> Reader::member(std::string_view key) const {
    if (!expect_map()) return std::nullopt;
    const JsonValue* there = value_->find(key);
    if (there == nullptr || there->kind == JsonKind::null) return std::nullopt;
    return child(*there, key);
}

std::optional<Reader> Reader::required(std::string_view key) const {
    auto there = member(key);
    if (!there && is_map())
        complain(Rule::missing_field, fmt::format("{} has no \"{}\"", title(), key), "it is needed here");
    return there;
}

std::vector<Reader> Reader::items() const {
    std::vector<Reader> readers;
    if (!expect_list()) return readers;
    readers.reserve(value_->items.size());
    for (std::size_t i = 0; i < value_->items.size(); ++i)
        readers.push_back(child(value_->items[i], fmt::format("[{}]", i)));
    return readers;
}

std::vector<std::pair<std::string, Reader>> Reader::members() const {
    std::vector<std::pair<std::string, Reader>> readers;
    if (!expect_map()) return readers;
    readers.reserve(value_->members.size());
    for (const JsonMember& member : value_->members) readers.emplace_back(member.key, child(member.value, member.key));
    return readers;
}

void Reader::refuse_unknown_members(std::span<const std::string_view> known) const {
    if (!is_map()) return;
    for (const JsonMember& member : value_->members) {
        if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
        complain_at_key(member.key, Rule::unknown_field, fmt::format("{} has no field \"{}\"", title(), member.key),
                        did_you_mean(member.key, known));
    }
}

bool Reader::expect_map() const {
    if (is_map()) {
        if (value_->members.empty()) value_->used = true;
        return true;
    }
    complain_type("a map");
    return false;
}

bool Reader::expect_list() const {
    if (is_list()) {
        if (value_->items.empty()) value_->used = true;
        return true;
    }
    complain_type("a list");
    return false;
}

// --- leaves
// -------------------------------------------------------------------------------------------------------------

std::optional<std::string> Reader::text() const {
    value_->used = true;
    if (is_text()) return value_->text;
    complain_type("a text");
    return std::nullopt;
}

std::optional<std::string> Reader::scalar_as_text() const {
    value_->used = true;
    if (is_text() || is_number()) return value_->text;
    if (is_boolean()) return value_->boolean ? "true" : "false";
    complain_type("a text");
    return std::nullopt;
}

std::optional<std::int64_t> Reader::integer(std::int64_t low, std::int64_t high) const {
    value_->used = true;
    if (!is_integer()) {
        complain_type("a whole number");
        return std::nullopt;
    }
    if (value_->integer >= low && value_->integer <= high) return value_->integer;
    complain(Rule::out_of_range,
             fmt::format("{} is {}; it must be between {} and {}", title(), value_->integer, low, high));
    return std::nullopt;
}

std::optional<double> Reader::number(double low, double high) const {
    value_->used = true;
    if (!is_number()) {
        complain_type("a number");
        return std::nullopt;
    }
    double content = 0.0;
    const char* end = value_->text.data() + value_->text.size();
    const auto read = std::from_chars(value_->text.data(), end, content);
    if (read.ec == std::errc{} && read.ptr == end && content >= low && content <= high) return content;
    complain(Rule::out_of_range,
             fmt::format("{} is {}; it must be between {} and {}", title(), value_->text, low, high));
    return std::nullopt;
}

std::optional<bool> Reader::boolean() const {
    value_->used = true;
    if (is_boolean()) return value_->boolean;
    complain_type("true or false");
    return std::nullopt;
}

std::optional<sim::Duration> Reader::duration() const {
    value_->used = true;
    if (is_integer() && value_->integer == 0) return sim::Duration::zero();
    if (is_number()) {
        complain(Rule::missing_unit, fmt::format("{} is {} without a unit", title(), value_->text),
                 fmt::format("write {0}s, {0}m or {0}h", value_->text));
        return std::nullopt;
    }
    if (!is_text()) {
        complain_type("a duration such as 90s or 1h30m");
        return std::nullopt;
    }
    const bool is_bare_number =
        !value_->text.empty() && value_->text.find_first_not_of("0123456789.") == std::string::npos;
    const auto duration = sim::parse_duration(value_->text);
    if (duration && duration->us() >= 0 && *duration <= sim::Distribution::longest) return duration;
    if (duration && duration->us() < 0) {
        complain(Rule::bad_duration, fmt::format("{} is {}; a duration cannot be negative", title(), shown(*value_)));
    } else if (duration) {
        complain(Rule::beyond_reason, fmt::format("{} is {}; the limit is 100 years", title(), shown(*value_)));
    } else if (is_bare_number) {
        complain(Rule::missing_unit, fmt::format("{} is {} without a unit", title(), shown(*value_)),
                 fmt::format("write {0}s, {0}m or {0}h", value_->text));
    } else {
        complain(Rule::bad_duration, fmt::format("{} is {}, which is not a duration", title(), shown(*value_)),
                 "write it with units: 250ms, 90s, 5m, 1h30m, 2d");
    }
    return std::nullopt;
}

std::optional<sim::Duration> Reader::seconds(std::int64_t low, std::int64_t high) const {
    const auto count = integer(low, high);
    if (!count) return std::nullopt;
    return sim::Duration::seconds(*count);
}

std::optional<std::int32_t> Reader::share_ppm() const {
    value_->used = true;
    if (is_integer() && value_->integer == 0) return 0;
    if (is_number()) {
        complain(Rule::missing_unit, fmt::format("{} is {} without a unit", title(), value_->text),
                 "write a share as 5% or 0.5%");
        return std::nullopt;
    }
    const auto ppm = is_text() ? percent_to_ppm(value_->text) : std::nullopt;
    if (ppm && *ppm <= 100 * share_ppm_per_percent) return static_cast<std::int32_t>(*ppm);
    complain(Rule::bad_share,
             fmt::format("{} is {}, which is not a share between 0% and 100%", title(), shown(*value_)),
             "write a share as 5% or 0.5%");
    return std::nullopt;
}

std::optional<std::int64_t> Reader::quantity(QuantityUnit unit) const {
    value_->used = true;
    if (!is_text() && !is_number()) {
        complain_type("a quantity such as 500m or 600Mi");
        return std::nullopt;
    }
    const ParsedQuantity parsed = parse_quantity(value_->text, unit);
    if (parsed) return *parsed;
    complain(parsed.fault == QuantityFault::too_large ? Rule::beyond_reason : Rule::bad_quantity,
             fmt::format("{} is {}, which is not a quantity that can be used", title(), shown(*value_)),
             std::string(advice(parsed.fault)));
    return std::nullopt;
}

std::optional<std::size_t> Reader::one_of(std::span<const std::string_view> choices) const {
    value_->used = true;
    if (!is_text()) {
        complain_type("a word");
        return std::nullopt;
    }
    const auto at = std::find(choices.begin(), choices.end(), value_->text);
    if (at != choices.end()) return static_cast<std::size_t>(at - choices.begin());
    std::string list;
    for (const std::string_view choice : choices) {
        if (!list.empty()) list += ", ";
        list += choice;
    }
    const auto near = nearest_word(value_->text, choices);
    complain(Rule::not_one_of, fmt::format("{} is {}; it must be one of {}", title(), shown(*value_), list),
             near ? fmt::format("did you mean \"{}\"?", *near) : std::string{});
    return std::nullopt;
}

std::optional<std::size_t> Reader::one_of(std::initializer_list<std::string_view> choices) const {
    return one_of(std::span<const std::string_view>(choices.begin(), choices.size()));
}

std::optional<std::string> Reader::text(std::string_view key) const {
    const auto there = member(key);
    return there ? there->text() : std::nullopt;
}

std::optional<std::int64_t> Reader::integer(std::string_view key, std::int64_t low, std::int64_t high) const {
    const auto there = member(key);
    return there ? there->integer(low, high) : std::nullopt;
}

std::optional<bool> Reader::boolean(std::string_view key) const {
    const auto there = member(key);
    return there ? there->boolean() : std::nullopt;
}

std::optional<sim::Duration> Reader::duration(std::string_view key) const {
    const auto there = member(key);
    return there ? there->duration() : std::nullopt;
}

std::vector<Reader> Reader::items(std::string_view key) const {
    const auto there = member(key);
    return there ? there->items() : std::vector<Reader>{};
}

// --- marks
// --------------------------------------------------------------------------------------------------------------

namespace {

void mark_below(const JsonValue& value, bool used) {
    value.used = used;
    for (const JsonValue& item : value.items) mark_below(item, used);
    for (const JsonMember& member : value.members) mark_below(member.value, used);
}

class IgnoredCollector {
  public:
    void visit(const JsonValue& value, const std::string& path) {
        if (value.is_leaf()) {
            if (!value.used) count(path);
            return;
        }
        for (const JsonValue& item : value.items) visit(item, path);
        for (const JsonMember& member : value.members)
            visit(member.value, path.empty() ? member.key : path + "." + member.key);
    }

    std::vector<IgnoredLeaves> found;

  private:
    void count(const std::string& path) {
        const auto [at, is_new] = positions_.try_emplace(path, found.size());
        if (is_new) found.push_back({path, 0});
        ++found[at->second].count;
    }

    std::map<std::string, std::size_t, std::less<>> positions_;
};

}  // namespace

void Reader::mark_used() const { mark_below(*value_, true); }
void Reader::mark_ignored() const { mark_below(*value_, false); }

std::vector<IgnoredLeaves> unread_leaves(const JsonValue& value) {
    IgnoredCollector collector;
    collector.visit(value, {});
    return std::move(collector.found);
}

std::int64_t count_leaves(const JsonValue& value) {
    std::int64_t count = 0;
    for (const JsonValue& item : value.items) count += count_leaves(item);
    for (const JsonMember& member : value.members) count += count_leaves(member.value);
    return value.items.empty() && value.members.empty() ? 1 : count;
}

// --- complaints
// ---------------------------------------------------------------------------------------------------------

void Reader::report(OriginIx origin, Rule rule, Severity severity, std::string message, std::string hint) const {
    Complaint complaint;
    complaint.rule = rule;
    complaint.severity = severity;
    complaint.message = std::move(message);
    complaint.hint = std::move(hint);
    complaint.pointer = reading_->origins.pointer(origin);
    complaint.place = reading_->origins.place(origin);
    reading_->diagnostics.add(std::move(complaint));
}

void Reader::complain(Rule rule, std::string message, std::string hint) const {
    report(value_->origin, rule, Severity::error, std::move(message), std::move(hint));
}

void Reader::warn(Rule rule, std::string message, std::string hint) const {
    report(value_->origin, rule, Severity::warning, std::move(message), std::move(hint));
}

void Reader::complain_at_key(std::string_view key, Rule rule, std::string message, std::string hint) const {
    const JsonValue* there = value_->find(key);
    if (there == nullptr) return complain(rule, std::move(message), std::move(hint));
    Complaint complaint;
    complaint.rule = rule;
    complaint.message = std::move(message);
    complaint.hint = std::move(hint);
    complaint.pointer = reading_->origins.pointer(there->origin);
    complaint.place = reading_->origins.key_place(there->origin);
    reading_->diagnostics.add(std::move(complaint));
}

void Reader::complain_type(std::string_view expected) const {
    const std::string found = value_->is_scalar() && !is_null() ? shown(*value_) : std::string(name_of(value_->kind));
    complain(Rule::wrong_type, fmt::format("{} must be {}, not {}", title(), expected, found));
}

}  // namespace eks
