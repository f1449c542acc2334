// CA-24: which options the chain of expanders leaves.
#include "models/systems/autoscaling/cluster_autoscaler/expander.hpp"

#include <gtest/gtest.h>

namespace eks::cluster_autoscaler {
namespace {

using Places = std::vector<std::size_t>;

ExpansionOption option_of(std::int64_t nodes, std::int64_t pods, std::int64_t cpu = 0, std::int64_t bytes = 0) {
    ExpansionOption option;
    option.node_count = nodes;
    option.pods = pods;
    option.requested_cpu_milli = cpu;
    option.requested_bytes = bytes;
    option.has_template = true;
    option.capacity_cpu_milli = 4000;
    option.capacity_bytes = 1000;
    return option;
}

Places left_by(const std::vector<ExpansionOption>& options, const std::vector<Expander>& chain) {
    return surviving_options(options, chain);
}

TEST(CaExpander, MostPodsAndLeastNodesKeepTies) {
    const std::vector<ExpansionOption> options{option_of(3, 7), option_of(2, 9), option_of(2, 9), option_of(0, 1)};
    EXPECT_EQ(left_by(options, {Expander::most_pods}), (Places{1, 2}));
    EXPECT_EQ(left_by(options, {Expander::least_nodes}), (Places{1, 2}));  // an option without nodes is skipped
    EXPECT_EQ(left_by({option_of(0, 1)}, {Expander::least_nodes}), Places{});
}

TEST(CaExpander, LeastWasteComparesBothSharesOfCapacity) {
    // (8000 - 6000) / 8000 + (2000 - 500) / 2000 = 1.0; (4000 - 1000) / 4000 + (1000 - 900) / 1000 = 0.85.
    std::vector<ExpansionOption> options{option_of(2, 1, 6000, 500), option_of(1, 1, 1000, 900), option_of(1, 1)};
    EXPECT_EQ(left_by(options, {Expander::least_waste}), Places{1});
    options[1].has_template = false;
    EXPECT_EQ(left_by(options, {Expander::least_waste}), Places{0});  // pods without requests waste 2
    EXPECT_EQ(left_by({option_of(1, 1, 2000, 500), option_of(2, 1, 4000, 1000)}, {Expander::least_waste}),
              (Places{0, 1}));
}

TEST(CaExpander, PrioritiesBelowMinusOneNeverWin) {
    std::vector<ExpansionOption> options{option_of(1, 1), option_of(1, 1), option_of(1, 1)};
    EXPECT_EQ(left_by(options, {Expander::priority}), (Places{0, 1, 2}));
    options[0].priority = -5;
    EXPECT_EQ(left_by(options, {Expander::priority}), (Places{0, 1, 2}));
    options[1].priority = -1;
    EXPECT_EQ(left_by(options, {Expander::priority}), Places{1});
    options[0].priority = options[2].priority = 10;
    EXPECT_EQ(left_by(options, {Expander::priority}), (Places{0, 2}));
}

TEST(CaExpander, TheChainStopsWhenOneIsLeft) {
    std::vector<ExpansionOption> options{option_of(3, 9), option_of(2, 9), option_of(1, 1)};
    EXPECT_EQ(left_by(options, {Expander::most_pods, Expander::least_nodes}), Places{1});
    // Least-nodes alone leaves the last, so that most-pods is not asked.
    EXPECT_EQ(left_by(options, {Expander::least_nodes, Expander::most_pods}), Places{2});
    // What comes after the draw is not asked either.
    EXPECT_EQ(left_by(options, {Expander::random, Expander::least_nodes}), (Places{0, 1, 2}));
}

TEST(CaExpander, PriceHasNoPricesOnAws) {
    EXPECT_EQ(expander_named("least-waste"), Expander::least_waste);
    EXPECT_EQ(expander_named("price"), std::nullopt);
}

}  // namespace
}  // namespace eks::cluster_autoscaler
