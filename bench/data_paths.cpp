// Data paths: `data-path/change/<nodes>x<services>x<classes>` is what one change of a rate costs, and
// `data-path/anew/...` beside it the same change where all nodes and classes are worked out anew. Both check that they
// agree. `scenario/data_paths_day` is a day of that cluster with a change of a rate each minute and a rollout each
// hour.
#include "models/planning/run.hpp"
#include "models/systems/signals.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <sys/resource.h>

namespace {

constexpr int nodes = 1'000;
constexpr int services = 5'000;
constexpr int listed_services = 200;  // with pods of their own; of the others nodes have the rules alone
constexpr int classes_from_outside = 100;
constexpr int pods_of_a_service = 25;

std::string number(int value) { return std::to_string(value); }

// Half of the Services are asked from outside, and each of them asks one of the other half. The rates change one after
// the other, one a minute.
std::string traffic() {
    std::string all;
    for (int i = 0; i < classes_from_outside; ++i) {
        all += R"({"to":"Service/shop/service-)" + number(i) + R"(","rate":{"steps":{"0s":"200/s")";
        for (int minute = 1 + i; minute < 1'440; minute += classes_from_outside)
            all += ",\"" + number(minute) + "m\":\"" + number(200 + minute % 50) + "/s\"";
        all += R"(}},"request":{"cpu":"1ms","bytesIn":"1Ki","bytesOut":"4Ki"},"connections":"short"},)";
        all += R"({"from":"Deployment/shop/service-)" + number(i) + R"(","to":"Service/shop/service-)" +
               number(classes_from_outside + i) +
               R"(","perRequest":1,"request":{"cpu":"1ms"},"connections":{"requestsPer":20,"hold":"30s"}},)";
    }
    all.pop_back();
    return all;
}

std::string rollouts() {
    std::string all;
    for (int hour = 1; hour < 24; ++hour)
        all += R"({"at":")" + number(hour) + R"(h","apply":"Deployment/shop/service-)" + number(hour) +
               R"(","image":{"app":"example.com/app:)" + number(hour + 1) + R"("}},)";
    all.pop_back();
    return all;
}

std::string manifests() {
    std::string all;
    for (int i = 0; i < listed_services; ++i) {
        const std::string name = "service-" + number(i);
        all +=
            R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":")" + name +
            R"(","namespace":"shop"},"spec":{"replicas":)" + number(pods_of_a_service) +
            R"(,"selector":{"matchLabels":{"app":")" + name + R"("}},"template":{"metadata":{"labels":{"app":")" +
            name +
            R"("}},"spec":{"containers":[{"name":"app","image":"example.com/app:1","env":[{"name":"RELEASE","value":"0"}],"resources":{"requests":{"cpu":"500m","memory":"512Mi"},"limits":{"cpu":"2"}}}]}}}},)" +
            R"({"apiVersion":"v1","kind":"Service","metadata":{"name":")" + name +
            R"(","namespace":"shop"},"spec":{"selector":{"app":")" + name + R"("},"ports":[{"port":80}]}},)";
    }
    all.pop_back();
    return all;
}

std::string document() {
    return R"({"apiVersion":"ekssim.dev/v1alpha1","kind":"Scenario","metadata":{"name":"data-paths-day"},
"cluster":{"metadata":{"name":"large","region":"us-east-1","version":"1.34"},
 "vpc":{"cidr":"10.0.0.0/16","subnets":{"private":{"us-east-1a":{"cidr":"10.0.0.0/18"},"us-east-1b":{"cidr":"10.0.64.0/18"},"us-east-1c":{"cidr":"10.0.128.0/18"}}}},
 "addons":[{"name":"vpc-cni","configurationValues":{"env":{"WARM_IP_TARGET":"2","MINIMUM_IP_TARGET":"8"}}}],
 "dataPath":{"otherServices":{"count":)" +
           number(services - listed_services) + R"(,"endpoints":5}},
 "managedNodeGroups":[{"name":"workers","instanceType":"m5.xlarge","minSize":)" +
           number(nodes) + R"(,"desiredCapacity":)" + number(nodes) + R"(,"maxSize":)" + number(nodes) +
           R"(,"privateNetworking":true}]},
"behaviour":[{"for":"Deployment/shop/*","ready":"5s"}],
"traffic":[)" +
           traffic() + R"(],"timeline":[)" + rollouts() + R"(],"run":{"for":"24h","seed":7},"manifests":[)" +
           manifests() + "]}";
}

eks::Scenario loaded() {
    auto scenario = eks::load_scenario_json(document());
    if (!scenario) throw std::runtime_error(eks::to_text(scenario.error().front()));
    return *scenario;
}

// A class from outside gets the rate of another point of its law, and back.
void change_rate(eks::Simulation& run, std::uint32_t point, bool anew) {
    run.apply([&](const eks::Spec& spec, eks::World& world, eks::Turn& turn) {
        world.traffic.classes[0].point = point;
        if (anew) {
            for (eks::ClassDataPath& one : world.data_path.classes) one.is_due = true;
            for (const eks::TrafficServer& server : spec.traffic.servers)
                eks::traffic_changes(spec, world, turn, server.workload);
        }
        eks::requests_change(world, turn);
    });
    run.run_until(run.now() + sim::Duration::microseconds(1));
}

void change(benchmark::State& state, bool anew) {
    const eks::Scenario scenario = loaded();
    eks::Run whole = eks::start(scenario);
    whole.until(sim::Duration::minutes(2));
    eks::Simulation run = whole.simulation();
    std::uint32_t point = 0;
    for (auto _ : state) {
        point = 1 - point;
        change_rate(run, point, anew);
    }
    // The slow way finds what the quick one found.
    eks::Simulation again = run;
    change_rate(again, point, true);
    const auto& quick = run.world().data_path.nodes;
    const auto& slow = again.world().data_path.nodes;
    for (std::size_t i = 0; i < quick.size(); ++i) {
        if (std::abs(quick[i].load - slow[i].load) > 1e-12) state.SkipWithError("a node's load differs");
    }
    if (run.world().data_path.classes[1].connect_us <= 0) state.SkipWithError("nobody connects");
}

void day(benchmark::State& state) {
    const eks::Scenario scenario = loaded();
    std::string fingerprint;
    double events = 0;
    for (auto _ : state) {
        eks::Run run = eks::start(scenario);
        run.until(scenario.run.duration);
        state.PauseTiming();
        const std::string now = run.fingerprint().hex();
        events = static_cast<double>(run.events());
        const auto& groups = run.world().data_path.groups;
        const bool are_written = std::ranges::any_of(groups, [](const eks::RuleGroup& g) { return g.version > 20; });
        state.ResumeTiming();
        if (!are_written) return state.SkipWithError("no rules were written for the rollouts");
        if (!fingerprint.empty() && now != fingerprint)
            return state.SkipWithError("two runs ended with different fingerprints");
        fingerprint = now;
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    state.counters["events"] = events;
    state.counters["simulated_seconds"] = scenario.run.duration.in_seconds();
    state.counters["peak_bytes"] = static_cast<double>(usage.ru_maxrss) * 1024;
    state.SetLabel(fingerprint);
}

const bool registered = [] {
    const std::string size = number(nodes) + "x" + number(services) + "x" + number(2 * classes_from_outside);
    benchmark::RegisterBenchmark(("data-path/change/" + size).c_str(), [](benchmark::State& s) {
        change(s, false);
    })->Unit(benchmark::kMicrosecond);
    benchmark::RegisterBenchmark(("data-path/anew/" + size).c_str(), [](benchmark::State& s) {
        change(s, true);
    })->Unit(benchmark::kMicrosecond);
    benchmark::RegisterBenchmark("scenario/data_paths_day", day)->Unit(benchmark::kMillisecond);
    return true;
}();

}  // namespace
