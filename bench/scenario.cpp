// Whole scenarios: `scenario/<name>` for every bundled one and for a large cluster, and `fork/<name>` for copying their
// state after two simulated hours.
//
// Bundled scenarios are read as resolved documents from the folder that EKSSIM_RESOLVED names (`./dev bench` writes
// them); without it only the large cluster is run. Each benchmark checks its result before it reports a time: every run
// of a scenario must end with the same fingerprint, and pods must have been made.
#include "models/planning/run.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <sys/resource.h>

namespace {

std::int64_t peak_bytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

// 1,000 nodes, 30,000 service pods, 1,000 CronJobs once a minute, for a day. With the CNI's default settings these
// nodes would want 60,000 addresses, more than the subnets have, and most Jobs would never start; warm IP targets leave
// room.
std::string large_cluster() {
    std::string manifests;
    for (int i = 0; i < 300; ++i) {
        const std::string name = "service-" + std::to_string(i);
        manifests +=
            R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":")" + name +
            R"(","namespace":"shop"},"spec":{"replicas":100,"selector":{"matchLabels":{"app":")" + name +
            R"("}},"template":{"metadata":{"labels":{"app":")" + name +
            R"("}},"spec":{"containers":[{"name":"app","image":"example.com/app:1","resources":{"requests":{"cpu":"80m","memory":"256Mi"}}}]}}}},)";
    }
    for (int i = 0; i < 1000; ++i) {
        manifests +=
            R"({"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"report-)" + std::to_string(i) +
            R"(","namespace":"reports"},"spec":{"schedule":"* * * * *","jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"report","image":"example.com/report:1","resources":{"requests":{"cpu":"50m","memory":"64Mi"}}}]}}}}}},)";
    }
    manifests.pop_back();
    return R"({"apiVersion":"ekssim.dev/v1alpha1","kind":"Scenario","metadata":{"name":"large-cluster"},
        "cluster":{"metadata":{"name":"large","region":"us-east-1","version":"1.34"},"vpc":{"cidr":"10.0.0.0/16","subnets":{"private":{"us-east-1a":{"cidr":"10.0.0.0/18"},"us-east-1b":{"cidr":"10.0.64.0/18"},"us-east-1c":{"cidr":"10.0.128.0/18"}}}},
            "addons":[{"name":"vpc-cni","configurationValues":{"env":{"WARM_IP_TARGET":"4","MINIMUM_IP_TARGET":"36"}}}],
            "managedNodeGroups":[{"name":"workers","instanceType":"m5.xlarge","minSize":1000,"desiredCapacity":1000,"maxSize":1000,"privateNetworking":true}]},
        "assume":{"controller":{"qps":100,"burst":200}},
        "behaviour":[{"for":"CronJob/reports/*","runTime":"20s"}],
        "run":{"for":"24h","seed":7},"manifests":[)" +
           manifests + "]}";
}

std::map<std::string, std::string>& documents() {
    static std::map<std::string, std::string> all;
    return all;
}

std::shared_ptr<const eks::Scenario> load(const std::string& name) {
    auto scenario = eks::load_scenario_json(documents().at(name));
    if (!scenario) throw std::runtime_error(name + ": " + eks::to_text(scenario.error().front()));
    return std::make_shared<const eks::Scenario>(*scenario);
}

void run_scenario(benchmark::State& state, const std::string& name) {
    const auto scenario = load(name);
    std::string fingerprint;
    double events = 0;
    double pods = 0;
    for (auto _ : state) {
        eks::Run run = eks::start(*scenario);
        run.until(scenario->run.duration);
        state.PauseTiming();
        const std::string now = run.fingerprint().hex();
        if (!fingerprint.empty() && now != fingerprint)
            state.SkipWithError("two runs ended with different fingerprints");
        fingerprint = now;
        events = static_cast<double>(run.events());
        pods = static_cast<double>(run.metrics().totals().pods_created);
        if (pods == 0) state.SkipWithError("no pod was made");
        state.ResumeTiming();
    }
    const auto runs = static_cast<double>(state.iterations());
    state.counters["events"] = events;
    state.counters["events_per_second"] = benchmark::Counter(events * runs, benchmark::Counter::kIsRate);
    state.counters["pods_per_second"] = benchmark::Counter(pods * runs, benchmark::Counter::kIsRate);
    state.counters["simulated_seconds"] = scenario->run.duration.in_seconds();
    state.counters["peak_bytes"] = static_cast<double>(peak_bytes());
    state.SetLabel(fingerprint);
}

void fork_scenario(benchmark::State& state, const std::string& name) {
    const auto scenario = load(name);
    eks::Run run = eks::start(*scenario);
    run.until(std::min(scenario->run.duration, sim::Duration::hours(2)));
    for (auto _ : state) {
        eks::Run fork = run;
        benchmark::DoNotOptimize(fork);
    }
    if (!(eks::Run(run) == run)) state.SkipWithError("a copy differs from what it was copied from");
    state.counters["pods"] = static_cast<double>(run.world().pods.size());
}

const bool registered = [] {
    documents()["large_cluster"] = large_cluster();
    if (const char* folder = std::getenv("EKSSIM_RESOLVED")) {
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            if (entry.path().extension() != ".json") continue;
            std::ifstream file(entry.path());
            documents()[entry.path().stem().string()] = std::string(std::istreambuf_iterator<char>(file), {});
        }
    }
    for (const auto& [name, text] : documents()) {
        benchmark::RegisterBenchmark(("scenario/" + name).c_str(), [n = name](benchmark::State& s) {
            run_scenario(s, n);
        })->Unit(benchmark::kMillisecond);
        benchmark::RegisterBenchmark(("fork/" + name).c_str(), [n = name](benchmark::State& s) {
            fork_scenario(s, n);
        })->Unit(benchmark::kMicrosecond);
    }
    return true;
}();

}  // namespace
