// Uses the installed package as a stranger would: the one public header, a scenario as JSON text, a run, a fork.
// Prints the version and whether the broken scenario was refused, for the test that builds this project to read.
#include <ekssim.hpp>
#include <iostream>

int main() {
    auto scenario = eks::load_scenario_json("{}");
    std::cout << "ekssim " << eks::version() << (scenario.ok() ? ": accepted" : ": refused") << '\n';
    return 0;
}
