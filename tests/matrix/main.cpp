// Prints one fingerprint a line, for whoever wants to know whether two builds compute the same bits:
//
//   ekssim_matrix THREADS [SCENARIO.json...]
//
// `engine/laws` hashes samples of every law of chance, `engine/queue` the end states of a queue with five servers under
// each of them, and `scenario/NAME` two replications of a scenario, given as `ekssim resolve` prints it. Runs are
// spread over the given number of threads, which must not show. Links only the library, so that it builds quickly with
// any compiler; fingerprints.py drives it.
#include "bench/mmc.hpp"
#include "libsim/distribution.hpp"
#include "libsim/experiment.hpp"
#include "libsim/fingerprint.hpp"
#include "libsim/random.hpp"
#include "libsim/time.hpp"
#include "models/planning/run.hpp"
#include "models/scenario/diagnostics.hpp"
#include "models/scenario/scenario.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

using namespace sim::literals;

namespace {

constexpr std::uint64_t seed = 20'261'124;

std::vector<sim::Distribution> laws() {
    const std::vector<sim::QuantilePoint> measured{{0.0, 3_s}, {0.5, 9_s}, {0.9, 40_s}, {1.0, 200_s}};
    return {
        sim::Distribution::constant(9_s),        *sim::Distribution::uniform(2_s, 16_s),
        *sim::Distribution::exponential(9_s),    *sim::Distribution::lognormal_p50_p95(6_s, 25_s),
        *sim::Distribution::weibull(8_s, 0.8),   *sim::Distribution::pareto(3_s, 1.5),
        *sim::Distribution::empirical(measured),
    };
}

sim::Fingerprint hash_of_samples() {
    sim::Fingerprint print;
    for (const sim::Distribution& law : laws()) {
        for (std::uint64_t ordinal = 0; ordinal < 20'000; ++ordinal) {
            const double unit = sim::draw_unit({.seed = seed}, {.stream = 3, .owner = 1, .ordinal = ordinal, .n = 0});
            sim::hash_all(print, law.sample(unit));
        }
        sim::hash_all(print, law.mean());
    }
    return print;
}

std::uint64_t hash_of_queue(const sim::Distribution& service, std::uint32_t replication) {
    mmc::Spec spec;
    spec.servers = 5;
    spec.between_arrivals = *sim::Distribution::exponential(2_s);
    spec.service = service;
    spec.customers = 20'000;
    auto run = mmc::start(spec, {.seed = seed, .replication = replication});
    run.run_until(sim::Time::at(6_h));
    return sim::fingerprint(run).value();
}

void show(const std::string& name, const sim::Fingerprint& print) { std::cout << name << ' ' << print.hex() << '\n'; }

// Hashes what `run` returns for 0, 1, ... in this order, however many threads compute it.
template <class Run>
sim::Fingerprint hash_of_runs(std::uint32_t runs, std::uint32_t threads, Run run) {
    sim::ExperimentOptions options;
    options.max = runs;
    options.threads = threads;
    return sim::fingerprint(sim::replicate(options, run).results);
}

void show_engine(std::uint32_t threads) {
    show("engine/laws", hash_of_samples());
    const std::vector<sim::Distribution> services = laws();
    show("engine/queue",
         hash_of_runs(static_cast<std::uint32_t>(3 * services.size()), threads,
                      [&services](std::uint32_t run) { return hash_of_queue(services[run % services.size()], run); }));
}

// False if the file cannot be read as a scenario, with the reasons on standard error.
bool show_scenario(const std::filesystem::path& file, std::uint32_t threads) {
    std::ifstream stream(file);
    const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    const auto scenario = eks::load_scenario_json(text);
    if (!scenario.ok()) {
        for (const eks::Complaint& complaint : scenario.error()) std::cerr << eks::to_text(complaint) << '\n';
        return false;
    }
    show("scenario/" + file.stem().string(), hash_of_runs(2, threads, [&scenario](std::uint32_t replication) {
             eks::Run run = eks::start(*scenario, {.replication = replication});
             run.until(scenario->run.duration);
             return run.fingerprint().value();
         }));
    return true;
}

}  // namespace

int main(int count, char** words) {
    const std::span<char*> arguments(words, static_cast<std::size_t>(count));
    const int threads = arguments.size() > 1 ? std::atoi(arguments[1]) : 0;
    if (threads < 1 || threads > 64) {
        std::cerr << "usage: ekssim_matrix THREADS [SCENARIO.json...]\n";
        return 2;
    }
    try {
        show_engine(static_cast<std::uint32_t>(threads));
        bool all_read = true;
        for (const char* file : arguments.subspan(2)) {
            all_read = show_scenario(file, static_cast<std::uint32_t>(threads)) && all_read;
        }
        return all_read ? 0 : 2;
    } catch (const std::exception& defect) {
        std::cerr << defect.what() << '\n';
        return 3;
    }
}
