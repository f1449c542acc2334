// The fingerprint of a Spec: two scenarios that say the same have the same, whatever files they were written in.
#pragma once

#include "libsim/fingerprint.hpp"
#include "models/spec/spec.hpp"

namespace eks {

void hash_into(sim::Fingerprint& print, const Resources& resources);
void hash_into(sim::Fingerprint& print, const Spec& spec);

}  // namespace eks
