// Names for positions in the constant tables of a Spec. They never go stale, because a Spec never changes in a run.
#pragma once

#include "libsim/id.hpp"

namespace eks {

using ZoneIx = sim::Index<struct ZoneTag>;
using SubnetIx = sim::Index<struct SubnetTag>;
using NodeGroupIx = sim::Index<struct NodeGroupTag>;
using NodeShapeIx = sim::Index<struct NodeShapeTag>;
using WorkloadIx = sim::Index<struct WorkloadTag>;
using TemplateIx = sim::Index<struct TemplateTag>;
using ImageIx = sim::Index<struct ImageTag>;
using SelectorIx = sim::Index<struct SelectorTag>;
using UsageIx = sim::Index<struct UsageTag>;
using NamespaceIx = sim::Index<struct NamespaceTag>;

}  // namespace eks
