// The section `advice` of the result document: a flat object for each container, so that a data frame can be made of
// the list. As JSON text.
#pragma once

#include "models/spec/spec.hpp"
#include "models/systems/autoscaling/advice/container_advice.hpp"

#include <span>
#include <string>

namespace eks {

std::string advice_json(const Spec& spec, std::span<const ContainerAdvice> advice);

}  // namespace eks
