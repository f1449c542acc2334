// What agents of telemetry tell, and how old what autoscalers see is.
#include "models/metrics/metrics.hpp"

namespace eks {

void Metrics::on(const Spec&, const TelemetryFact& fact) {
    const auto add = [&](TelemetryLevel level, std::int64_t amount) {
        if (amount != 0) change(series(Family::telemetry, fact.agent, static_cast<std::size_t>(level)), amount);
    };
    add(TelemetryLevel::scraped, fact.change.in_milli);
    add(TelemetryLevel::sent, fact.change.sent_milli);
    add(TelemetryLevel::rejected, fact.change.rejected_milli);
    add(TelemetryLevel::unscraped, fact.change.missed_milli);
    add(TelemetryLevel::unsent, fact.change.unsent_milli);
    add(TelemetryLevel::unobserved, fact.change.unobserved);
}

void Metrics::on(const Spec&, const SamplesEndFact& fact) {
    const auto level = [&] {
        switch (fact.end) {
            case SampleEnd::sent: return TelemetryLevel::sent;
            case SampleEnd::rejected: return TelemetryLevel::rejected;
            case SampleEnd::wal_gone: return TelemetryLevel::wal_gone;
            case SampleEnd::wal_cut: return TelemetryLevel::wal_cut;
            case SampleEnd::wal_too_old: return TelemetryLevel::wal_too_old;
        }
        return TelemetryLevel::sent;
    }();
    count(series(Family::telemetry_once, fact.agent, static_cast<std::size_t>(level)), fact.samples_milli);
}

void Metrics::on(const Spec&, const MetricAgeFact& fact) {
    sample(series(Family::metric_age, fact.scaler, 0), fact.age.us());
}

}  // namespace eks
