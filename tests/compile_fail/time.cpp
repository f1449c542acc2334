// Instants and lengths of time are different things: what makes no sense does not compile.
// Each block is compiled alone with -DWRONG=<number> and must fail; without WRONG the whole file must compile.
#include "libsim/time.hpp"

using namespace sim::literals;

sim::Time right(sim::Time now, sim::Duration delay) { return now + delay; }
sim::Duration between(sim::Time now, sim::Time before) { return now - before; }
sim::Duration twice(sim::Duration delay) { return delay * 2; }

#if WRONG == 1
sim::Time two_instants_have_no_sum(sim::Time a, sim::Time b) { return a + b; }
#elif WRONG == 2
sim::Duration a_bare_number_has_no_unit() { return 90; }
#elif WRONG == 3
sim::Time a_length_is_no_instant(sim::Duration delay) { return delay; }
#elif WRONG == 4
bool an_instant_cannot_be_compared_with_a_length(sim::Time now, sim::Duration delay) { return now < delay; }
#elif WRONG == 5
sim::Time an_instant_cannot_be_multiplied(sim::Time now) { return now * 2; }
#elif WRONG == 6
double a_length_does_not_become_a_number_by_itself(sim::Duration delay) { return delay; }
#endif
