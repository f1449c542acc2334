// ekssim from C++, against the installed package: load a scenario, run it, fork it in the middle, change one branch,
// read what came of both, ask a small question, and size a fleet.
//
//     ekssim resolve scenarios/one_minute_cronjobs.yaml > scenario.json
//     ./consumer scenario.json '{"delete": "CronJob/reports/*"}'
#include <ekssim.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

using namespace sim::literals;

namespace {

// Complaints name file, line and column, and come all at once.
int refuse(const eks::Complaints& complaints) {
    for (const auto& complaint : complaints) std::cerr << eks::to_text(complaint) << '\n';
    return 2;
}

void tell(const char* name, const eks::Run& run) {
    const eks::Metrics closed = run.metrics().closed_at(run.spec(), run.now());
    const eks::WaitingSummary waiting = eks::summarize_waiting(run.spec(), closed);
    std::cout << name << ": " << waiting.pods << " pods waited " << waiting.total_us / 1'000'000 << " s, "
              << eks::cost_usd_of(closed) << " USD, fingerprint " << run.fingerprint().hex() << '\n';
}

// Two processors and 3 GiB each, on whichever of two types is cheaper.
void size_a_fleet() {
    using eks::sizing::Room;
    eks::sizing::FleetMix mix;
    auto& web = mix.workloads.emplace_back();
    web.name = "web";
    web.replicas = 8;
    of(web.each, Room::cpu_milli) = 2000;
    of(web.each, Room::memory) = 3072;
    of(web.each, Room::pods) = 1;
    for (const auto& [name, cores, memory, price] :
         {std::tuple{"c7g.2xlarge", 8, 14000, 0.289}, std::tuple{"m7g.2xlarge", 8, 30000, 0.3264}}) {
        auto& type = mix.types.emplace_back();
        type.name = name;
        of(type.room, Room::cpu_milli) = cores * 1000;
        of(type.room, Room::memory) = memory;
        of(type.room, Room::pods) = 58;
        type.usd_per_hour = price;
    }
    const eks::sizing::FleetPlan plan = eks::sizing::cheapest_fleet(mix);
    std::cout << "fleet: " << plan.fleet.nodes.size() << " nodes, " << plan.fleet.usd_per_hour
              << " USD per hour, at least " << plan.lower_bound_usd_per_hour << '\n';
}

}  // namespace

int main(int count, char** arguments) {
    std::cout << "ekssim " << eks::version() << '\n';
    if (count != 3) {
        std::cerr << "usage: consumer SCENARIO.json CHANGE\n";
        return 2;
    }
    std::ifstream file(arguments[1]);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const auto scenario = eks::load_scenario_json(text);
    if (!scenario) return refuse(scenario.error());

    eks::Run base = eks::start(*scenario, {.seed = 7});
    base.until(30_min);
    eks::Run changed = base;  // a copied cluster
    // The same scenario with a change from outside is what the branch goes on under.
    const auto with_change = eks::load_scenario_json(text, {.changes = {{30_min, arguments[2]}}});
    if (!with_change) return refuse(with_change.error());
    if (!changed.change_spec(with_change->spec)) {
        std::cerr << "a running cluster cannot follow this change\n";
        return 2;
    }
    base.until(1_h);
    changed.until(1_h);
    tell("as it is", base);
    tell("changed", changed);

    std::cout << eks::decide_as_json("max_pods", R"({"instance_type": "m5.large"})") << '\n';
    size_a_fleet();
    return 0;
}
