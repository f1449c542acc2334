// The decision call `address_store`: a sequence of operations on one data store of the VPC CNI, each answered as the
// real daemon's store answers it. It runs on the World's own rows and verbs, so that the store which the simulation
// uses is the one that is compared.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace eks {

// {"settings": {...}, "ops": [...]} to a list with one result an operation. Unknown operations and malformed addresses
// throw WrongArguments.
nlohmann::ordered_json address_store_call(const nlohmann::ordered_json& arguments);

}  // namespace eks
