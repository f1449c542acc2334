// What programs read from ConfigMaps: texts with a notation of their own in them.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/object_list.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace eks {

// The entries of a ConfigMap; nothing if there is none of this name, or it has no data.
std::optional<Reader> data_of_config_map(const KubernetesObjects& objects, std::string_view namespace_name,
                                         std::string_view name);

// A JSON text within a value of a manifest. What is wrong with it is complained about, at that value.
std::optional<Reader> parsed_within(const std::string& text, const Reader& at, ScenarioBuilder& builder);

}  // namespace eks
