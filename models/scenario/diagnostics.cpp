#include "models/scenario/diagnostics.hpp"

#include <fmt/format.h>

#include <utility>

namespace eks {

std::string to_text(const Place& place) {
    if (place.line <= 0) return place.file;
    if (place.column <= 0) return fmt::format("{}:{}", place.file, place.line);
    return fmt::format("{}:{}:{}", place.file, place.line, place.column);
}

std::string to_text(const Complaint& complaint) {
    std::string text;
    if (complaint.place)
        text = to_text(*complaint.place) + ": ";
    else if (!complaint.pointer.empty())
        text = complaint.pointer + ": ";
    text += complaint.severity == Severity::error ? "error" : "warning";
    text += fmt::format("[{}]: {}", code_of(complaint.rule), complaint.message);
    if (!complaint.hint.empty()) text += "\n  hint: " + complaint.hint;
    return text;
}

namespace {

void add_bounded(Complaints& list, std::size_t& count, Complaint complaint) {
    ++count;
    if (list.size() < Diagnostics::listed_max) list.push_back(std::move(complaint));
}

Complaints with_summary(const Complaints& listed, std::size_t count, Severity severity) {
    Complaints all = listed;
    if (count > listed.size()) {
        Complaint summary;
        summary.rule = Rule::more_complaints;
        summary.severity = severity;
        summary.message = fmt::format("there are {} more {}s", count - listed.size(),
                                      severity == Severity::error ? "error" : "warning");
        summary.hint = "mend those listed first; one slip often causes many";
        all.push_back(std::move(summary));
    }
    return all;
}

}  // namespace

void Diagnostics::add(Complaint complaint) {
    if (complaint.severity == Severity::error)
        add_bounded(errors_, error_count_, std::move(complaint));
    else
        add_bounded(warnings_, warning_count_, std::move(complaint));
}

Complaints Diagnostics::errors() const { return with_summary(errors_, error_count_, Severity::error); }
Complaints Diagnostics::warnings() const { return with_summary(warnings_, warning_count_, Severity::warning); }

}  // namespace eks
