// What is wrong with a scenario, and where: complaints with the place in the user's own files, all of them at once.
//
//     orders.yaml:14:15: error[EKS203]: memory "10Gb" is not a quantity
//       hint: use Ki, Mi, Gi (powers of 1024) or k, M, G (powers of 1000), such as 10Gi
//
// Everything that reads a scenario writes into one Diagnostics and goes on, so that a user sees all mistakes of a file
// in one go. A complaint is wrong input, never a mistake of ours (that is a CHECK). Standard library only; rules are in
// rules.hpp.
#pragma once

#include "models/scenario/rules.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

// A position in a file as a person counts: lines and columns from 1. Line 0 means the whole source, as for `--set`.
struct Place {
    std::string file;
    std::int32_t line = 0;
    std::int32_t column = 0;
    friend bool operator==(const Place&, const Place&) = default;
};

// "sale-day.yaml:61:9", or the file alone where no line is known.
std::string to_text(const Place& place);

enum class Severity : std::uint8_t { error, warning };

struct Complaint {
    Rule rule = Rule::none;
    Severity severity = Severity::error;
    std::string message;  // what is wrong, without a full stop
    std::string hint;     // what to do about it; may be empty
    std::string pointer;  // JSON pointer into the resolved document; may be empty
    std::optional<Place> place;
    friend bool operator==(const Complaint&, const Complaint&) = default;
};

using Complaints = std::vector<Complaint>;

// "path:line:column: error[EKS101]: message", and the hint on a line of its own. Without a place the pointer stands for
// it.
std::string to_text(const Complaint& complaint);

// Collects complaints. It is bounded: a file with a million mistakes lists the first ones and says how many there are
// more.
class Diagnostics {
  public:
    static constexpr std::size_t listed_max = 200;

    void add(Complaint complaint);

    bool has_errors() const { return error_count_ > 0; }
    std::size_t error_count() const { return error_count_; }

    // In the order in which they were found; a last one sums up what is not listed.
    Complaints errors() const;
    Complaints warnings() const;

  private:
    Complaints errors_;
    Complaints warnings_;
    std::size_t error_count_ = 0;
    std::size_t warning_count_ = 0;
};

}  // namespace eks
