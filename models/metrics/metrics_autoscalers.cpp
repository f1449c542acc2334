// What facts about autoscalers do to the metrics.
#include "models/metrics/metrics.hpp"

namespace eks {

void Metrics::on(const Spec&, const AutoscalerLevelFact& fact) {
    change(series(Family::autoscaler_levels, 0, column(fact.level)), fact.change);
}

void Metrics::on(const Spec&, const AutoscalerCountFact& fact) {
    count(series(Family::autoscaler_counts, 0, column(fact.count)), fact.more);
}

void Metrics::on(const Spec&, const DeschedulerEvictionFact& fact) {
    count(series(Family::descheduled, fact.workload.value, column(fact.strategy)), 1);
}

}  // namespace eks
