// What the eviction API answers (PDB-2).
#pragma once

#include <cstdint>

namespace eks {

enum class Eviction : std::uint8_t {
    unprotected,    // no budget, or none that counts for it
    within_budget,  // one of those that the budget allows
    refused,        // 429: the client asks again
    ambiguous,      // 500: two budgets select it
};
constexpr bool is_evicted(Eviction answer) { return answer <= Eviction::within_budget; }

}  // namespace eks
