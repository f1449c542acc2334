#include "models/systems/autoscaling/descheduler/descheduler.hpp"

#include "models/systems/handlers.hpp"

namespace eks {
void descheduler_changes(const Spec&, World&, Turn&) {}
void on(const Spec&, World&, Turn&, const DeschedulerRun&) {}
}  // namespace eks
