// Environment variables of a container, set from a map: `env: {WARM_IP_TARGET: "2"}` in patches and add-on settings.
#pragma once

#include "models/scenario/json_value.hpp"
#include "models/scenario/reader.hpp"

namespace eks {

// Sets, adds or (null) removes variables. Numbers and booleans are taken as they are written, as all variables are
// texts.
void set_environment(JsonValue& container, const Reader& variables);

}  // namespace eks
