// What needs what to start, as a graph: who can start at all, and which circles keep the rest from it (FR-21). Nothing
// here knows what the things are; start_things.hpp makes them of a scenario. Internal to models/scenario.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace eks {

// It is met as soon as one of the things has started; by none, never.
struct StartNeed {
    std::vector<std::size_t> any_of;
    std::string because;  // follows the name of the thing that has the need
    std::string remedy;   // what would take the need away; may be empty
};

struct StartThing {
    std::string name;
    std::vector<StartNeed> needs;  // all of them
};

// By thing: whether it starts at last, if whatever can start does.
std::vector<bool> who_starts(std::span<const StartThing> things);

struct StartStep {
    std::size_t thing = 0;
    std::size_t need = 0;  // of the thing: the one that the next step of the circle could meet
};

// Things that wait for each other in a circle, each for the next one and the last one for the first. `remedies` are
// those of its needs without any one of which the circle would be none.
struct StartDeadlock {
    std::vector<StartStep> circle;
    std::vector<std::string> remedies;
};

// One for each set of things that all wait for each other, the shortest circle through its first thing.
std::vector<StartDeadlock> find_start_deadlocks(std::span<const StartThing> things);

}  // namespace eks
