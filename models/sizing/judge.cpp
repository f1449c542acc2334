#include "models/sizing/judge.hpp"

#include "libsim/experiment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>

namespace eks::sizing {

namespace {

constexpr double confidence = 0.95;

class Judge {
  public:
    Judge(const JudgeInput& input, const std::function<const Problem&(Purchase)>& problem,
          const OnSizingProgress& progress, std::size_t fleets)
        : input_(input),
          problem_(problem),
          progress_(progress),
          level_(1.0 - (1.0 - confidence) / static_cast<double>(fleets)),
          runs_expected_(static_cast<std::int64_t>(fleets) * input.wishes.replications.minimum) {}

    void prepare(JudgedFleet& judged);
    // Replications up to this number, and the verdict by all of them.
    void run_up_to(JudgedFleet& judged, std::int64_t replications);

    bool was_interrupted() const { return cancelled_; }
    std::int64_t runs_done() const { return runs_done_; }

  private:
    bool load(JudgedFleet& judged);
    bool enlarge(JudgedFleet& judged, const TrialRun& seen);
    OnRunProgress on_run(const JudgedFleet& judged);
    void give_verdict(JudgedFleet& judged) const;
    std::uint64_t seed() const { return input_.wishes.seed.value_or(input_.base.run.seed); }

    const JudgeInput& input_;
    const std::function<const Problem&(Purchase)>& problem_;
    const OnSizingProgress& progress_;
    double level_;
    std::int64_t runs_expected_;
    std::mutex reporting_;
    std::atomic<bool> cancelled_{false};
    std::atomic<std::int64_t> runs_done_{0};
};

double price_with(const JudgedFleet& judged, const Supply& supply) {
    // The price of the packing as it is, so that one without additions keeps its last digit.
    double price = judged.fleet.usd_per_hour;
    for (std::size_t g = 0; g < judged.fleet.groups.size(); ++g) {
        const FleetGroup& group = judged.fleet.groups[g];
        price +=
            static_cast<double>(judged.nodes_of_group[g] - group.nodes) * supply.offers[group.offer].usd_per_hour();
    }
    return price;
}

bool Judge::load(JudgedFleet& judged) {
    const auto chosen = groups_of(judged.fleet, judged.nodes_of_group, input_.supply, input_.wishes);
    auto trial =
        trial_of(input_.document, input_.options, input_.supply.written, chosen, input_.wishes, input_.misfits);
    judged.usd_per_hour = price_with(judged, input_.supply);
    if (!trial) {
        judged.complaints = trial.error();
        judged.trial = nullptr;
        return false;
    }
    judged.trial = std::make_shared<const Trial>(std::move(*trial));
    return true;
}

OnRunProgress Judge::on_run(const JudgedFleet& judged) {
    if (!progress_) return {};
    const sim::Duration of = judged.trial->scenario.run.duration;
    return [this, of](const RunProgress& at) {
        const std::lock_guard lock(reporting_);
        if (cancelled_) return false;
        const std::int64_t runs = std::max(runs_expected_, runs_done_ + 1);
        if (!progress_({"simulating", at.now.since_origin(), of, at.events, runs_done_, runs})) cancelled_ = true;
        return !cancelled_;
    };
}

void Judge::give_verdict(JudgedFleet& judged) const {
    std::vector<RunValues> values;
    for (const TrialRun& run : judged.runs) values.push_back(run.outcome.values);
    judged.judgement = judge(*judged.trial->plan, values, {.replicated = values.size() > 1, .level = level_});
}

// Adds what the pods without a node would need of nodes of the fleet's own types.
bool Judge::enlarge(JudgedFleet& judged, const TrialRun& seen) {
    const Problem& whole = problem_(judged.fleet.purchase);
    std::vector<std::int32_t> types;
    for (const FleetGroup& group : judged.fleet.groups) {
        const auto at = std::find(whole.offer_of.begin(), whole.offer_of.end(), group.offer);
        types.push_back(static_cast<std::int32_t>(at - whole.offer_of.begin()));
    }
    Problem rest = restricted_to(whole, types);
    std::int64_t pods = 0;
    std::string who;
    for (std::size_t w = 0; w < input_.demand.workloads.size(); ++w) {
        const DemandedWorkload& wanted = input_.demand.workloads[w];
        std::int64_t left = seen.unplaced[wanted.workload.value];
        for (const WorkloadIx one : wanted.likewise) left += seen.unplaced[one.value];
        rest.mix.workloads[w].replicas = (left + rest.copies - 1) / rest.copies;
        pods += left;
        if (left > 0 && who.empty()) who = fmt::format("{} of {}", left, wanted.title);
    }
    if (pods == 0) return false;
    const FleetPlan plan = cheapest_fleet(rest.mix, 1);
    if (plan.fleet.nodes.empty()) return false;
    for (const FleetNode& node : plan.fleet.nodes)
        judged.nodes_of_group[static_cast<std::size_t>(node.type)] += rest.copies;
    if (judged.added_because.empty())
        judged.added_because =
            fmt::format("{} {} found no node, among them {}: the scheduler does not place pods as the packing does",
                        pods, pods == 1 ? "pod" : "pods", who);
    return true;
}

void Judge::prepare(JudgedFleet& judged) {
    for (const FleetGroup& group : judged.fleet.groups) judged.nodes_of_group.push_back(group.nodes);
    judged.usd_per_hour = judged.fleet.usd_per_hour;
    // Each round takes a run; more than this is no enlargement but another fleet.
    constexpr int rounds = 6;
    constexpr double dearest = 1.5;
    if (!load(judged)) return;
    for (int round = 0; round < rounds && !cancelled_; ++round) {
        TrialRun run = run_trial(*judged.trial, seed(), 0, on_run(judged));
        if (run.was_interrupted) return;
        judged.runs = {std::move(run)};
        give_verdict(judged);
        const TrialRun& seen = judged.runs.front();
        const bool is_settled = judged.judgement.verdict == Verdict::pass || seen.unplaced.empty();
        const std::vector<std::int64_t> before = judged.nodes_of_group;
        const bool may_grow = !input_.wishes.nodes_max || judged.nodes() < *input_.wishes.nodes_max;
        if (is_settled || !may_grow || !enlarge(judged, seen)) break;
        const bool is_too_large = input_.wishes.nodes_max && judged.nodes() > *input_.wishes.nodes_max;
        if (is_too_large || price_with(judged, input_.supply) > dearest * judged.fleet.usd_per_hour) {
            judged.nodes_of_group = before;
            break;
        }
        judged.runs.clear();
        if (!load(judged)) return;
    }
    // More nodes that do not help either are no part of the fleet.
    const bool is_in_vain = judged.nodes_added() > 0 && !judged.runs.empty() &&
                            judged.judgement.verdict != Verdict::pass && !judged.runs.front().unplaced.empty();
    if (is_in_vain) {
        for (std::size_t g = 0; g < judged.fleet.groups.size(); ++g)
            judged.nodes_of_group[g] = judged.fleet.groups[g].nodes;
        judged.runs.clear();
        load(judged);
    }
    if (judged.nodes_added() == 0) judged.added_because.clear();
    runs_done_ += static_cast<std::int64_t>(judged.runs.size());
}

void Judge::run_up_to(JudgedFleet& judged, std::int64_t replications) {
    const auto have = static_cast<std::uint32_t>(judged.runs.size());
    if (judged.trial == nullptr || have >= replications || cancelled_) return;
    sim::ExperimentOptions options;
    options.min = options.max = static_cast<std::uint32_t>(replications) - have;
    options.threads = input_.wishes.jobs;
    options.cancel = &cancelled_;
    const auto one_run = [&](std::uint32_t r) {
        TrialRun run = run_trial(*judged.trial, seed(), have + r, on_run(judged));
        ++runs_done_;
        return run;
    };
    for (TrialRun& run : sim::replicate(options, one_run, [](std::span<const TrialRun>) { return false; }).results) {
        if (!run.was_interrupted) judged.runs.push_back(std::move(run));
    }
    give_verdict(judged);
}

bool is_ranked_before(const JudgedFleet& a, const JudgedFleet& b) {
    const auto group = [](const JudgedFleet& one) {
        if (one.passes()) return 0;
        return one.trial != nullptr && one.judgement.verdict == Verdict::inconclusive ? 1 : 2;
    };
    if (group(a) != group(b)) return group(a) < group(b);
    return a.usd_per_hour < b.usd_per_hour;
}

}  // namespace

std::int64_t JudgedFleet::nodes() const {
    std::int64_t sum = 0;
    for (const std::int64_t nodes : nodes_of_group) sum += nodes;
    return sum;
}

std::int64_t JudgedFleet::stuck_runs() const {
    return std::count_if(runs.begin(), runs.end(), [](const TrialRun& run) { return run.is_stuck; });
}

std::vector<ChosenGroup> groups_of(const PlannedFleet& fleet, const std::vector<std::int64_t>& nodes_of_group,
                                   const Supply& supply, const Wishes& wishes) {
    std::vector<ChosenGroup> chosen;
    std::set<std::string> taken;
    for (std::size_t g = 0; g < fleet.groups.size(); ++g) {
        const Offer& offer = supply.offers[fleet.groups[g].offer];
        std::string name = supply.written[offer.written].name;
        if (!taken.insert(name).second) {
            name += "-" + offer.instance_type;
            std::replace(name.begin(), name.end(), '.', '-');
            taken.insert(name);
        }
        chosen.push_back({offer.written, name, offer.instance_type, offer.purchase == Purchase::spot, nodes_of_group[g],
                          wishes.zones});
    }
    return chosen;
}

Judging judge_fleets(const JudgeInput& input, std::vector<PlannedFleet> fleets,
                     const std::function<const Problem&(Purchase)>& problem, const OnSizingProgress& progress) {
    Judging judging;
    std::stable_sort(fleets.begin(), fleets.end(),
                     [](const PlannedFleet& a, const PlannedFleet& b) { return a.usd_per_hour < b.usd_per_hour; });
    for (PlannedFleet& fleet : fleets) {
        JudgedFleet judged;
        judged.static_rank = judging.fleets.size() + 1;
        judged.fleet = std::move(fleet);
        judging.fleets.push_back(std::move(judged));
    }
    if (!input.wishes.simulate || judging.fleets.empty()) {
        for (JudgedFleet& judged : judging.fleets) {
            for (const FleetGroup& group : judged.fleet.groups) judged.nodes_of_group.push_back(group.nodes);
            judged.usd_per_hour = judged.fleet.usd_per_hour;
        }
        return judging;
    }
    Judge judge(input, problem, progress, judging.fleets.size());
    for (JudgedFleet& judged : judging.fleets) judge.prepare(judged);
    for (JudgedFleet& judged : judging.fleets) judge.run_up_to(judged, input.wishes.replications.minimum);
    std::vector<JudgedFleet*> by_price;
    for (JudgedFleet& judged : judging.fleets) by_price.push_back(&judged);
    std::stable_sort(by_price.begin(), by_price.end(),
                     [](const JudgedFleet* a, const JudgedFleet* b) { return a->usd_per_hour < b->usd_per_hour; });
    for (JudgedFleet* judged : by_price) {
        while (judged->trial != nullptr && judged->judgement.verdict == Verdict::inconclusive &&
               static_cast<std::int64_t>(judged->runs.size()) < input.wishes.replications.maximum &&
               !judge.was_interrupted()) {
            const auto have = static_cast<std::int64_t>(judged->runs.size());
            judge.run_up_to(*judged,
                            std::min(have + input.wishes.replications.minimum, input.wishes.replications.maximum));
        }
        if (judged->passes()) break;
    }
    judging.replications = judge.runs_done();
    judging.was_interrupted = judge.was_interrupted();
    std::stable_sort(judging.fleets.begin(), judging.fleets.end(), is_ranked_before);
    return judging;
}

}  // namespace eks::sizing
