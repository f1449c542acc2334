// Whole scenarios: `scenario/<name>` for every bundled one and for a large cluster, `fork/<name>` for copying their
// state after two simulated hours, and `addresses/<cni>/5000x150000` for what giving out addresses costs.
//
// Bundled scenarios are read as resolved documents from the folder that EKSSIM_RESOLVED names (`./dev bench` writes
// them); without it only the large cluster is run. Each benchmark checks its result before it reports a time: every run
// of a scenario must end with the same fingerprint, and pods must have been made.
#include "models/planning/run.hpp"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <sys/resource.h>

namespace {

std::int64_t peak_bytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

// A cluster of services with a hundred pods each and of CronJobs once a minute, on m5.xlarge nodes.
struct ClusterSize {
    int nodes = 0;
    int services = 0;
    int cron_jobs = 0;
    std::string_view duration;
};

std::string repeated(int count, const std::function<std::string(const std::string&)>& manifest) {
    std::string all;
    for (int i = 0; i < count; ++i) all += manifest(std::to_string(i)) + ",";
    return all;
}

std::string cluster_of(const ClusterSize& size, std::string_view network, std::string_view cni_manifests,
                       std::string_view pod_fields, std::string_view further = "") {
    const std::string fields(pod_fields);
    std::string manifests(cni_manifests);
    manifests += repeated(size.services, [&](const std::string& i) {
        return R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"service-)" + i +
               R"(","namespace":"shop"},"spec":{"replicas":100,"selector":{"matchLabels":{"app":"service-)" + i +
               R"("}},"template":{"metadata":{"labels":{"app":"service-)" + i + R"("}},"spec":{)" + fields +
               R"("containers":[{"name":"app","image":"example.com/app:1","resources":{"requests":{"cpu":"80m","memory":"256Mi"}}}]}}}})";
    });
    manifests += repeated(size.cron_jobs, [&](const std::string& i) {
        return R"({"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"report-)" + i +
               R"(","namespace":"reports"},"spec":{"schedule":"* * * * *","jobTemplate":{"spec":{"template":{"spec":{)" +
               fields +
               R"("restartPolicy":"Never","containers":[{"name":"report","image":"example.com/report:1","resources":{"requests":{"cpu":"50m","memory":"64Mi"}}}]}}}}}})";
    });
    manifests.pop_back();
    const std::string nodes = std::to_string(size.nodes);
    return R"({"apiVersion":"ekssim.dev/v1alpha1","kind":"Scenario","metadata":{"name":"cluster-of-)" + nodes +
           R"("},"cluster":{"metadata":{"name":"large","region":"us-east-1","version":"1.34"},)" +
           std::string(network) + R"(,"managedNodeGroups":[{"name":"workers","instanceType":"m5.xlarge","minSize":)" +
           nodes + R"(,"desiredCapacity":)" + nodes + R"(,"maxSize":)" + nodes +
           R"(,"privateNetworking":true}]},"assume":{"controller":{"qps":)" + std::to_string(size.cron_jobs / 10) +
           R"(,"burst":)" + std::to_string(size.cron_jobs / 5) +
           R"(}},"behaviour":[{"for":"CronJob/reports/*","runTime":"20s"}],"run":{"for":")" +
           std::string(size.duration) + R"(","seed":7},)" + std::string(further) + R"("manifests":[)" + manifests +
           "]}";
}

// With the CNI's default settings a thousand nodes would want 60,000 addresses, more than the subnets have, and most
// Jobs would never start; warm IP targets leave room.
constexpr std::string_view vpc_cni_with_targets =
    R"("addons":[{"name":"vpc-cni","configurationValues":{"env":{"WARM_IP_TARGET":"4","MINIMUM_IP_TARGET":"36"}}}])";

// 1,000 nodes, 30,000 service pods, 1,000 CronJobs once a minute, for a day.
std::string large_cluster() {
    return cluster_of(
        {1'000, 300, 1'000, "24h"},
        R"("vpc":{"cidr":"10.0.0.0/16","subnets":{"private":{"us-east-1a":{"cidr":"10.0.0.0/18"},"us-east-1b":{"cidr":"10.0.64.0/18"},"us-east-1c":{"cidr":"10.0.128.0/18"}}}},)" +
            std::string(vpc_cni_with_targets),
        "", "");
}

// A day of a service whose load goes up and down between 40,000 and 200,000 requests a second of 10 ms of a core each,
// under a HorizontalPodAutoscaler and Karpenter: a thousand nodes of one type at the peak.
std::string daily_curve() {
    return R"({"apiVersion":"ekssim.dev/v1alpha1","kind":"Scenario","metadata":{"name":"daily-curve"},
"cluster":{"metadata":{"name":"large","region":"us-east-1","version":"1.34"},
 "vpc":{"cidr":"10.0.0.0/16","subnets":{"private":{"us-east-1a":{"cidr":"10.0.0.0/18"},"us-east-1b":{"cidr":"10.0.64.0/18"},"us-east-1c":{"cidr":"10.0.128.0/18"}}}},
 "managedNodeGroups":[{"name":"system","instanceType":"m5.large","minSize":2,"desiredCapacity":2,"maxSize":2,"privateNetworking":true,"labels":{"role":"system"}}],
 "addons":[{"name":"metrics-server"},{"name":"vpc-cni","configurationValues":{"env":{"WARM_IP_TARGET":"2","MINIMUM_IP_TARGET":"8"}}}]},
"behaviour":[{"for":"Deployment/shop/web","ready":"15s","stopTime":"5s"}],
"traffic":[{"to":"Deployment/shop/web","rate":{"sine":{"mean":"120000/s","amplitude":"80000/s","period":"24h"}},"request":{"cpu":"10ms"},"idle":{"cpu":"20m","memory":"300Mi"}}],
"run":{"for":"24h","start":"2026-11-02T06:00:00Z","seed":7},
"manifests":[
 {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop"},"spec":{"replicas":2000,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"nodeSelector":{"role":"shop"},"containers":[{"name":"web","image":"example.com/web:1","resources":{"requests":{"cpu":"1","memory":"1Gi"},"limits":{"cpu":"2","memory":"1Gi"}}}]}}}},
 {"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"web","namespace":"shop"},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"web"},"minReplicas":100,"maxReplicas":8000,"metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":60}}}]}},
 {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"karpenter","namespace":"kube-system"},"spec":{"replicas":1,"selector":{"matchLabels":{"app":"karpenter"}},"template":{"metadata":{"labels":{"app":"karpenter"}},"spec":{"nodeSelector":{"role":"system"},"containers":[{"name":"controller","image":"public.ecr.aws/karpenter/controller:1.14.1","resources":{"requests":{"cpu":"500m","memory":"1Gi"}}}]}}}},
 {"apiVersion":"karpenter.sh/v1","kind":"NodePool","metadata":{"name":"shop"},"spec":{"template":{"metadata":{"labels":{"role":"shop"}},"spec":{"nodeClassRef":{"group":"karpenter.k8s.aws","kind":"EC2NodeClass","name":"default"},"requirements":[{"key":"node.kubernetes.io/instance-type","operator":"In","values":["m5.xlarge"]},{"key":"karpenter.sh/capacity-type","operator":"In","values":["on-demand"]}]}}}},
 {"apiVersion":"karpenter.k8s.aws/v1","kind":"EC2NodeClass","metadata":{"name":"default"},"spec":{"amiSelectorTerms":[{"alias":"al2023@latest"}],"role":"node","subnetSelectorTerms":[{"tags":{"karpenter.sh/discovery":"large"}}],"securityGroupSelectorTerms":[{"tags":{"karpenter.sh/discovery":"large"}}]}}]})";
}

// 5,000 nodes, 150,000 service pods and 2,000 CronJob pods a minute for an hour, under each way of giving addresses.
// Pods on the host's network need none: what the others take longer is the price of addresses.
constexpr ClusterSize five_thousand{5'000, 1'500, 2'000, "1h"};
constexpr std::string_view five_ranges =
    R"("vpc":{"cidr":"10.0.0.0/16","extraCIDRs":["10.1.0.0/16","10.2.0.0/16","10.3.0.0/16","10.4.0.0/16"],"subnets":{"private":{"us-east-1a":{"cidr":"10.0.0.0/16"},"us-east-1b":{"cidr":"10.1.0.0/16"},"us-east-1c":{"cidr":"10.2.0.0/16"},"us-east-1d":{"cidr":"10.3.0.0/16"},"us-east-1f":{"cidr":"10.4.0.0/16"}}}},)";

struct AddressCase {
    std::string_view cni;
    std::string_view cni_manifests;
    std::string_view pod_fields;
    std::string_view patches;
};
// Where aws-node stays, it and Cilium take the addresses from each other (FR-20).
constexpr std::string_view without_aws_node =
    R"("patches":[{"target":"DaemonSet/kube-system/aws-node","merge":{"spec":{"template":{"spec":{"nodeSelector":{"io.cilium/aws-node-enabled":"true"}}}}}}],)";
constexpr AddressCase address_cases[] = {
    {"host-network", "", R"("hostNetwork":true,)", ""},
    {"vpc-cni", "", "", ""},
    {"cilium", R"({"chart":"cilium","helmValues":{"eni":{"enabled":true},"ipam":{"mode":"eni"}}},)", "",
     without_aws_node},
};

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

// Whole runs, the simplest first: the second and third tell what addresses cost a pod life beside it.
void run_addresses(benchmark::State& state, const AddressCase& what) {
    static double seconds_without_addresses = 0;
    auto scenario =
        eks::load_scenario_json(cluster_of(five_thousand, std::string(five_ranges) + std::string(vpc_cni_with_targets),
                                           what.cni_manifests, what.pod_fields, what.patches));
    if (!scenario) throw std::runtime_error(std::string(what.cni) + ": " + eks::to_text(scenario.error().front()));
    double pods = 0;
    double seconds = 0;
    std::uint64_t events = 0;
    for (auto _ : state) {
        const auto began = std::chrono::steady_clock::now();
        eks::Run run = eks::start(*scenario);
        run.until(scenario->run.duration);
        seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        events = run.events();
        const eks::RunTotals totals = run.metrics().totals();
        pods = static_cast<double>(totals.pods_created);
        if (totals.pods_created < 250'000) state.SkipWithError("the pods of an hour were not made");
        if (totals.pods_finished < 100'000) state.SkipWithError("the Jobs of an hour did not end");
    }
    seconds /= static_cast<double>(state.iterations());
    state.counters["events"] = static_cast<double>(events);
    state.counters["pods"] = pods;
    state.counters["pods_per_second"] = pods / seconds;
    state.counters["simulated_seconds"] = scenario->run.duration.in_seconds();
    state.counters["peak_bytes"] = static_cast<double>(peak_bytes());
    if (what.cni == "host-network") seconds_without_addresses = seconds;
    if (seconds_without_addresses > 0)
        state.counters["address_ns_per_pod"] = (seconds - seconds_without_addresses) * 1e9 / pods;
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
    documents()["daily_curve"] = daily_curve();
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
    for (const AddressCase& each : address_cases) {
        benchmark::RegisterBenchmark(("addresses/" + std::string(each.cni) + "/5000x150000").c_str(),
                                     [each](benchmark::State& s) { run_addresses(s, each); })
            ->Unit(benchmark::kMillisecond);
    }
    return true;
}();

}  // namespace
