// Who calls AWS beside the pods' own objects: limits of its APIs (assume.aws), logins to the cluster (callers), roles
// in the eksctl file, and what of the cluster the internet can reach (AWS-6, FR-13, FR-14).
#pragma once

#include "models/scenario/builder.hpp"

namespace eks {

// Of `assume`.
void read_aws_limits(const Reader& assume, ScenarioBuilder& builder);
// cluster.iam, cluster.vpc.clusterEndpoints; before objects are read.
void read_cluster_identity(const Reader& cluster, ScenarioBuilder& builder);
void read_callers(const std::optional<Reader>& callers, ScenarioBuilder& builder);
// Once the timeline has been read: objects of workloads that are made later are applied with them.
void settle_when_secrets_are_applied(ScenarioBuilder& builder);
// Likewise: load balancers of objects that the timeline creates come later too.
void settle_later_balancers(const Reader& document, ScenarioBuilder& builder);
// Together they ask no more than can be counted.
void check_steady_calls(const Reader& document, ScenarioBuilder& builder);

}  // namespace eks
