// Draws whole scenarios, one a seed, and runs each with every invariant looked at after every event and with a fork in
// the middle (tests/support/checked_run.hpp). What breaks is made small and written down.
//
//   simulation_fuzz --first SEED [--step N] [--runs N] [--seconds N] [--findings FOLDER]
//
// Prints `runs N accepted N events N findings N next SEED` at the end; exit code 1 with a finding.
#include "tests/support/drawn_scenario.hpp"
#include "tests/support/shrink_scenario.hpp"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <string>
#include <string_view>

namespace {

using eks::testing::CheckedRun;
using eks::testing::Json;

struct Options {
    std::uint64_t first = 1;
    std::uint64_t step = 1;
    std::uint64_t runs = ~std::uint64_t{0};
    std::int64_t seconds = 1'000'000;
    std::filesystem::path findings = ".";
};

// False: something that is no option.
bool read_options(int count, char** words, Options& options) {
    for (int n = 1; n < count; n += 2) {
        const std::string_view name = words[n];
        if (n + 1 == count) return false;
        const char* value = words[n + 1];
        if (name == "--first")
            options.first = std::strtoull(value, nullptr, 10);
        else if (name == "--step")
            options.step = std::strtoull(value, nullptr, 10);
        else if (name == "--runs")
            options.runs = std::strtoull(value, nullptr, 10);
        else if (name == "--seconds")
            options.seconds = std::strtoll(value, nullptr, 10);
        else if (name == "--findings")
            options.findings = value;
        else
            return false;
    }
    return true;
}

std::int64_t fork_of(std::uint64_t seed) { return static_cast<std::int64_t>(seed * 7'919 % 1'000'000); }

void keep(const Options& options, std::uint64_t seed, const Json& document, const CheckedRun& checked) {
    std::filesystem::create_directories(options.findings);
    const auto file = options.findings / ("simulation-" + std::to_string(seed) + ".json");
    // The drawing first: making it smaller takes a while.
    std::ofstream(file) << document.dump(1) << '\n';
    std::cout << "finding: seed " << seed << " at " << sim::to_text(checked.at) << ": " << checked.what << '\n'
              << "  repeat it with: simulation_fuzz --first " << seed << " --runs 1\n"
              << "  or: ekssim run " << file.string() << std::endl;
    const std::string small = shrink_scenario(document, checked, fork_of(seed)).dump(1);
    std::ofstream(file) << small << '\n';
}

}  // namespace

int main(int count, char** words) {
    Options options;
    if (!read_options(count, words, options)) {
        std::cerr << "usage: simulation_fuzz --first SEED [--step N] [--runs N] [--seconds N] [--findings FOLDER]\n";
        return 2;
    }
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(options.seconds);
    std::uint64_t seed = options.first;
    std::uint64_t runs = 0;
    std::uint64_t accepted = 0;
    std::uint64_t events = 0;
    std::uint64_t findings = 0;
    std::set<std::string> kinds;  // each kind of break is made small once
    for (; runs < options.runs && std::chrono::steady_clock::now() < end; seed += options.step) {
        const Json document = eks::testing::draw_scenario(seed);
        const CheckedRun checked = eks::testing::run_checked(document.dump(), fork_of(seed));
        ++runs;
        events += checked.events;
        if (checked.outcome != CheckedRun::Outcome::refused) ++accepted;
        if (checked.outcome != CheckedRun::Outcome::broken) continue;
        ++findings;
        if (kinds.insert(eks::testing::kind_of_break(checked.what)).second)
            keep(options, seed, document, checked);
        else
            std::cout << "the same again: seed " << seed << std::endl;
    }
    std::cout << "runs " << runs << " accepted " << accepted << " events " << events << " findings " << findings
              << " next " << seed << '\n';
    return findings > 0 ? 1 : 0;
}
