// The numbers of the data path's model: a calibration's profile, and single ones by their ids. Internal to
// models/scenario.
#pragma once

#include "models/scenario/builder.hpp"

#include <string_view>

namespace eks {

// What `ekssim calibrate datapath` writes, as whoever resolved the scenario read it from its file (DPR-10).
void read_profile(const Reader& at, ScenarioBuilder& builder);

// {k_conn: 80}, each in the unit of the table. They lie over everything else.
void read_coefficients(const Reader& at, ScenarioBuilder& builder);

// A value that kube-proxy's or Cilium's own settings have; the scenario's `coefficients` lie over it.
void set_coefficient(datapath::Coefficient name, double value, ScenarioBuilder& builder);

}  // namespace eks
