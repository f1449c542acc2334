// One requirement that labels have to meet: the common part of selectors of nodes and of pods.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace eks {

enum class SelectorOperator : std::uint8_t { in, not_in, exists, does_not_exist, greater, less };

struct SelectorRequirement {
    std::string key;
    SelectorOperator op = SelectorOperator::in;
    std::vector<std::string> values;
    bool is_field = false;  // matchFields: only metadata.name exists
    friend bool operator==(const SelectorRequirement&, const SelectorRequirement&) = default;
};

}  // namespace eks
