// Where data paths come from: whether anybody looks at them, the section `cluster.dataPath`, and the iptables of the
// nodes' images.
//
//     cluster:
//       dataPath:
//         mode: nftables                        # on all nodes, whatever the manifests make of it
//         otherServices: {count: {steps: {0s: 10, 1h: 20000}}, endpoints: 4, changes: 2/s}
//         allowances: {packetsPerSecond: 1M, burstBandwidth: 1250M/s, creditTime: 30m}
//         profile: calibrated.json              # of `ekssim calibrate datapath`
//         coefficients: {k_conn: 80}
//
// Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"

namespace eks {

// Before anything else: settings of kube-proxy and Cilium that concern packets are read only where connections are
// looked at, and are listed as ignored elsewhere.
void see_whether_data_paths_are_used(const Reader& document, ScenarioBuilder& builder);

void read_data_path(const Reader& cluster, ScenarioBuilder& builder);

// Behind everything else, once all shapes of nodes are known.
void finish_data_paths(const Reader& cluster, ScenarioBuilder& builder);

}  // namespace eks
