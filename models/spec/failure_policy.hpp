// A Job's podFailurePolicy: what becomes of a failed pod by how it failed (JOB-8).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace eks {

enum class FailureAction : std::uint8_t { ignore, count, fail_index, fail_job };

struct ExitCodeRule {
    std::string container;  // empty: any
    bool is_in = true;      // operator In, else NotIn
    std::vector<std::int32_t> values;
    friend bool operator==(const ExitCodeRule&, const ExitCodeRule&) = default;
};
struct ConditionRule {
    std::string type;
    std::string status;
    friend bool operator==(const ConditionRule&, const ConditionRule&) = default;
};
struct FailureRule {
    FailureAction action = FailureAction::count;
    std::optional<ExitCodeRule> exit_codes;
    std::vector<ConditionRule> conditions;  // looked at where there are no exit codes; one of them is enough
    friend bool operator==(const FailureRule&, const FailureRule&) = default;
};
struct EndedContainer {
    std::string name;
    std::int32_t exit_code = 0;
    bool is_init = false;
};
// The action of the first rule that a failed pod matches; without one it counts.
FailureAction action_for(std::span<const FailureRule> rules, std::span<const EndedContainer> ended,
                         std::span<const ConditionRule> conditions);
constexpr bool counts(FailureAction action) { return action != FailureAction::ignore; }

}  // namespace eks
