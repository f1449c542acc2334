#include "models/report/coefficients_json.hpp"

#include "models/spec/datapath.hpp"

#include <nlohmann/json.hpp>

namespace eks {

std::string datapath_coefficients_as_json() {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const datapath::CoefficientRow& row : datapath::coefficient_table()) {
        rows.push_back({{"id", row.id},
                        {"value", row.value},
                        {"low", row.low},
                        {"high", row.high},
                        {"unit", datapath::text_of(row.unit)},
                        {"origin", datapath::text_of(row.origin)},
                        {"meaning", row.meaning}});
    }
    return rows.dump();
}

}  // namespace eks
