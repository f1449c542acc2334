// The words of a fault in the timeline: what breaks, whom it strikes and how hard. Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"

#include <optional>

namespace eks {

// The fault that a timeline entry with the key `fault` describes; nothing after a complaint.
std::optional<Fault> read_fault(const Reader& entry, const ScenarioBuilder& builder);

// Complains about words of a fault in an entry that is none.
void refuse_fault_words(const Reader& entry);

}  // namespace eks
