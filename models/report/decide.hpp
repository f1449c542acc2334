// The decision calls as JSON: small questions answered by the functions that the simulation itself decides with.
#pragma once

#include <string>
#include <string_view>

namespace eks {

// `arguments` is one JSON object. Wrong arguments and unknown calls come back as {"complaints": [...]}.
// Time zones: an argument "zones" maps the IANA names that occur to {"first_offset", "transitions"}, as in a resolved
// document.
std::string decide_as_json(std::string_view call, std::string_view arguments);

}  // namespace eks
