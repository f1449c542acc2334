// The section `registries`: what bounds pulls of images, by the host that they come from. Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace eks {

// "docker.io" of "nginx:1.27" and "bitnami/redis:7", "quay.io" of "quay.io/cilium/cilium:v1.18".
std::string_view registry_host_of(std::string_view image);

// Into ScenarioBuilder::registry_rules, before any image is named: what the user says, then the defaults.
void read_registries(const std::optional<Reader>& registries, ScenarioBuilder& builder);

// Lists what is assumed about registries that the scenario's images come from, and finds Spegel among its DaemonSets.
void finish_registries(const std::optional<Reader>& registries, ScenarioBuilder& builder);

// Which registries a value of the document names, one bit each; nothing after a complaint.
std::optional<std::uint64_t> registries_named_by(const Reader& at, const ScenarioBuilder& builder);

// "20Mi/s" or "100M/s": bytes a second.
std::optional<std::int64_t> read_bytes_per_second(const Reader& at);

}  // namespace eks
