// The policy Balanced (KARP-57): whether what a move saves is worth the pods that it moves, as functions of plain
// values.
#pragma once

namespace eks::karpenter {

// Of a NodePool, or of the part of it that moves.
struct PoolShare {
    double price = 0;       // US dollars an hour
    double disruption = 0;  // of its nodes and pods (KARP-44)
};

inline constexpr double least_balanced_score = 0.5;  // 1/k, k = 2

constexpr bool is_worth_moving(double savings, const PoolShare& moved, const PoolShare& pool) {
    if (pool.price <= 0 || savings <= 0) return false;
    if (moved.disruption <= 0 || pool.disruption <= 0) return true;
    return savings / pool.price >= least_balanced_score * (moved.disruption / pool.disruption);
}

}  // namespace eks::karpenter
