// A cursor on one value of a scenario's document: how every loader reads.
//
//     if (const auto replicas = spec.member("replicas"))
//         if (const auto count = replicas->integer(0, limits::replicas_per_workload)) workload.replicas = *count;
//
// Each getter answers with a value or with nothing; in the latter case it has already complained at its own place, so
// loaders simply go on and all mistakes come out at once. A getter marks the leaf it read as used; what nobody marked
// is listed as ignored in the end. A member that is null counts as absent, as for the API server. Readers are cheap to
// copy and must not outlive the document. Internal to models/scenario: public headers do not include it.
#pragma once

#include "libsim/distribution.hpp"
#include "libsim/time.hpp"
#include "models/quantities.hpp"
#include "models/scenario/diagnostics.hpp"
#include "models/scenario/json_value.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eks {

// What all readers of one document share.
struct Reading {
    Origins& origins;
    Diagnostics& diagnostics;
};

class Reader {
  public:
    // `path` names the value in messages, such as "run.for" or "spec.replicas"; members add to it. `subject` is what
    // the path belongs to, such as "Deployment/shop/web", and may be empty.
    Reader(const JsonValue& value, Reading& reading, std::string path = {}, std::string subject = {});

    const JsonValue& value() const { return *value_; }
    Reading& reading() const { return *reading_; }
    const std::string& path() const { return path_; }
    const std::string& subject() const { return subject_; }
    std::string pointer() const;
    std::optional<Place> place() const;

    bool is_null() const { return value_->kind == JsonKind::null; }
    bool is_boolean() const { return value_->kind == JsonKind::boolean; }
    bool is_integer() const { return value_->kind == JsonKind::integer; }
    bool is_number() const { return is_integer() || value_->kind == JsonKind::number; }
    bool is_text() const { return value_->kind == JsonKind::text; }
    bool is_list() const { return value_->kind == JsonKind::list; }
    bool is_map() const { return value_->kind == JsonKind::map; }

    // --- containers
    // Present and not null. False for anything but a map, without a complaint.
    bool has(std::string_view key) const;
    // The member, or nothing if it is absent or null; complains if this is not a map.
    std::optional<Reader> member(std::string_view key) const;
    // The same, but absence is a complaint at this map.
    std::optional<Reader> required(std::string_view key) const;
    // Complains if this is not a list.
    std::vector<Reader> items() const;
    // Complains if this is not a map. Members that are null are included.
    std::vector<std::pair<std::string, Reader>> members() const;
    // A complaint with a near miss for each member whose key is not among the known ones: for our own sections.
    void refuse_unknown_members(std::span<const std::string_view> known) const;
    // True if it is one of this kind, else a complaint.
    bool expect_map() const;
    bool expect_list() const;

    // --- leaves
    std::optional<std::string> text() const;
    // A text, or a number or boolean as it was written: eksctl and Helm take both.
    std::optional<std::string> scalar_as_text() const;
    std::optional<std::int64_t> integer(std::int64_t low, std::int64_t high) const;
    // A number that has no unit, such as the shape of a distribution.
    std::optional<double> number(double low, double high) const;
    std::optional<bool> boolean() const;
    // Text with a unit ("90s", "1h30m"), not negative; a bare number is refused with that hint (0 is taken).
    std::optional<sim::Duration> duration() const;
    // Whole seconds as Kubernetes writes them (terminationGracePeriodSeconds).
    std::optional<sim::Duration> seconds(std::int64_t low, std::int64_t high) const;
    // "5%", "0.5%" in parts per million; a bare number is refused with that hint (0 is taken).
    std::optional<std::int32_t> share_ppm() const;
    // A Kubernetes quantity, as text or number.
    std::optional<std::int64_t> quantity(QuantityUnit unit) const;
    // Index of the word among the choices; anything else is a complaint with the list and a near miss.
    std::optional<std::size_t> one_of(std::span<const std::string_view> choices) const;
    std::optional<std::size_t> one_of(std::initializer_list<std::string_view> choices) const;
    // "30s", or {constant|uniform|exponential|lognormal|weibull|pareto|empirical: …}; see distributions.cpp.
    std::optional<sim::Distribution> distribution() const;

    // --- the same through a key: nothing if the member is absent
    std::optional<std::string> text(std::string_view key) const;
    std::optional<std::int64_t> integer(std::string_view key, std::int64_t low, std::int64_t high) const;
    std::optional<bool> boolean(std::string_view key) const;
    std::optional<sim::Duration> duration(std::string_view key) const;
    std::vector<Reader> items(std::string_view key) const;  // empty if absent

    // --- marks
    // This value with all below it counts as read, or as not read.
    void mark_used() const;
    void mark_ignored() const;

    // --- complaints at this value's place
    void complain(Rule rule, std::string message, std::string hint = {}) const;
    void warn(Rule rule, std::string message, std::string hint = {}) const;
    // At the key of a member rather than at its value.
    void complain_at_key(std::string_view key, Rule rule, std::string message, std::string hint = {}) const;

    // How messages name this value: its subject and path.
    std::string title() const;

  private:
    void complain_type(std::string_view expected) const;
    void report(OriginIx origin, Rule rule, Severity severity, std::string message, std::string hint) const;
    Reader child(const JsonValue& value, std::string_view key) const;

    const JsonValue* value_;
    Reading* reading_;
    std::string path_;
    std::string subject_;
};

// Leaves below `value` that nobody marked, in the order of the text, as dotted paths without list positions
// ("spec.template.spec.dnsPolicy"), each once with its count.
struct IgnoredLeaves {
    std::string path;
    std::int64_t count = 0;
    friend bool operator==(const IgnoredLeaves&, const IgnoredLeaves&) = default;
};
std::vector<IgnoredLeaves> unread_leaves(const JsonValue& value);
// All leaves below `value`: scalars, and maps and lists that are empty.
std::int64_t count_leaves(const JsonValue& value);

// A JSON value cut short for a message: "10Gb", 17, {…}.
std::string shown(const JsonValue& value);

}  // namespace eks
