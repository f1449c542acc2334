// Transfers that share links: the rates against the slow way to find them, and the ends of pulls against a clock that
// goes on a millisecond at a time.
#include "models/systems/nodes/fair_shares.hpp"
#include "tests/support/tiny_cluster.hpp"

#include <random>

namespace eks::testing {

namespace {

// All rates rise by one byte a second at a time, as long as there is one for everybody who shares a link.
std::vector<std::int64_t> shares_byte_by_byte(const std::vector<Transfer>& flows, std::vector<std::int64_t> left) {
    std::vector<std::int64_t> rates(flows.size(), 0);
    std::vector<bool> rises(flows.size(), true);
    for (;;) {
        std::vector<std::int64_t> on_link(left.size(), 0);
        for (std::size_t i = 0; i < flows.size(); ++i) {
            for (const std::uint32_t link : flows[i].links) {
                if (rises[i] && link != no_link) ++on_link[link];
            }
        }
        bool any = false;
        std::vector<bool> goes_on = rises;
        for (std::size_t i = 0; i < flows.size(); ++i) {
            if (!rises[i]) continue;
            bool has_room = rates[i] < flows[i].limit;
            for (const std::uint32_t link : flows[i].links)
                has_room = has_room && (link == no_link || left[link] >= on_link[link]);
            goes_on[i] = has_room;
            any = any || has_room;
        }
        if (!any) return rates;
        // Only a step at which nobody stops is a step for all: who stops changes what the others share.
        if (goes_on != rises) {
            rises = goes_on;
            continue;
        }
        for (std::size_t i = 0; i < flows.size(); ++i) {
            if (!rises[i]) continue;
            ++rates[i];
            for (const std::uint32_t link : flows[i].links) {
                if (link != no_link) --left[link];
            }
        }
    }
}

}  // namespace

TEST(FairShares, AreThoseThatGrowByteByByte) {
    for (std::uint32_t seed = 1; seed <= 300; ++seed) {
        std::mt19937 chance(seed);
        const auto below = [&](std::uint32_t bound) { return static_cast<std::uint32_t>(chance() % bound); };
        std::vector<std::int64_t> capacities(1 + below(4));
        for (std::int64_t& capacity : capacities) capacity = 20 + below(400);
        std::vector<Transfer> flows(1 + below(8));
        for (Transfer& flow : flows) {
            flow.limit = 1 + below(300);
            flow.links[0] = below(static_cast<std::uint32_t>(capacities.size()));
            const std::uint32_t other = below(static_cast<std::uint32_t>(capacities.size()));
            if (other != flow.links[0]) flow.links[1] = other;
        }
        EXPECT_EQ(fair_shares(flows, capacities), shares_byte_by_byte(flows, capacities)) << "seed " << seed;
    }
}

TEST(Downloads, EndWhenAClockOfMillisecondsSaysThatTheyDo) {
    // One image a node, from one registry, begun at random times; a node takes no more than its own rate.
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        std::mt19937 chance(seed);
        TinyCluster c;
        Registry registry;
        registry.bytes_per_second = 20'000'000 + static_cast<std::int64_t>(chance() % 100'000'000);
        c.spec.registries = {registry};
        constexpr std::size_t pulls = 8;
        std::vector<std::int64_t> sizes;
        std::vector<std::int64_t> rates;
        std::vector<sim::Duration> begins;
        std::vector<WorkloadIx> webs;
        for (std::size_t i = 0; i < pulls; ++i) {
            const std::string name = "n" + std::to_string(i);
            sizes.push_back(1'000'000 + static_cast<std::int64_t>(chance() % 300'000'000));
            rates.push_back(5'000'000 + static_cast<std::int64_t>(chance() % 60'000'000));
            begins.push_back(sim::Duration::milliseconds(1000 + static_cast<std::int64_t>(chance() % 10'000)));
            c.add_nodes(1, {.group = name, .labels = {{"group", name}}});
            c.spec.shapes.back().network_bytes_per_second = rates.back();
            c.spec.images.push_back({name + ":1", sizes.back(), 0, 0});
            PodTemplate pod = TinyCluster::serving_pod();
            pod.containers[0].image = ImageIx::of(i + 1);
            pod.node_selector = {{"group", name}};
            webs.push_back(c.add_deployment(name, 0, pod));
            c.scale_at(begins.back(), webs.back(), 1);
        }
        TinyRun run = c.start(seed);
        run.until(10_min);
        const auto done = run.all<ImagePulledFact>();
        ASSERT_EQ(done.size(), pulls);
        // When each asked for its image, and what the clock makes of it.
        std::vector<sim::Time> asked(pulls);
        std::vector<sim::Time> ended(pulls);
        for (const auto& seen : done) {
            const std::size_t i = seen.fact.image.value - 1;
            asked[i] = seen.at - seen.fact.lasted;
            ended[i] = seen.at;
        }
        std::vector<double> left(sizes.begin(), sizes.end());
        std::vector<bool> is_done(pulls, false);
        for (sim::Time now = sim::Time::origin(); std::ranges::count(is_done, true) < std::ptrdiff_t{pulls};
             now = now + 1_ms) {
            ASSERT_LT(now, sim::Time::at(10_min)) << "seed " << seed;
            // Progressive filling in floating point: the narrowest node first.
            std::vector<std::size_t> open;
            for (std::size_t i = 0; i < pulls; ++i) {
                if (!is_done[i] && asked[i] <= now) open.push_back(i);
            }
            std::ranges::sort(open, {}, [&](std::size_t i) { return rates[i]; });
            auto capacity = static_cast<double>(registry.bytes_per_second);
            for (std::size_t k = 0; k < open.size(); ++k) {
                const double share = std::min({capacity / static_cast<double>(open.size() - k),
                                               static_cast<double>(rates[open[k]]), 75'000'000.0});
                capacity -= share;
                left[open[k]] -= share / 1000.0;
                if (left[open[k]] > 0.0) continue;
                is_done[open[k]] = true;
                const std::int64_t off = (now - ended[open[k]]).us();
                EXPECT_LE(off < 0 ? -off : off, 20'000) << "seed " << seed << ", pull " << open[k];
            }
        }
    }
}

}  // namespace eks::testing
