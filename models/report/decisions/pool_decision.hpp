// The decision call `pool_decision` as JSON: what the pool code of the VPC CNI decides for one network card in one
// state. The decision itself is eks::decisions::pool_decision.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace eks {

// {"state": {...}} to the decision. A state that makes no sense throws WrongArguments.
nlohmann::ordered_json pool_decision_call(const nlohmann::ordered_json& arguments);

}  // namespace eks
