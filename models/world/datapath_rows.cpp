#include "models/world/datapath_rows.hpp"

#include <algorithm>

namespace eks {

double TableFill::success() const {
    const double got = entered.empty() ? 0 : entered.back().per_second;
    return phase == Phase::open || asked <= 0 ? 1 : std::min(1.0, got / asked);
}

double NodeDataPath::refused_share() const {
    double gets_all = 1;
    for (const TableFill& table : tables) gets_all *= table.success();
    return 1 - gets_all;
}

double ClassDataPath::failing_share() const {
    double sum = 0;
    for (const double share : failing) sum += share;
    return std::min(1.0, sum);
}

}  // namespace eks
