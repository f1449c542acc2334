#include "models/systems/scheduling/relative_scores.hpp"

#include "libsim/portable_math.hpp"
#include "models/systems/scheduling/relations.hpp"
#include "models/systems/scheduling/scores.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace eks {

namespace {

class RelativeScores {
  public:
    RelativeScores(const Spec& spec, const World& world, TemplateIx t, std::span<FeasibleNode> feasible)
        : spec_(spec),
          world_(world),
          template_(t),
          relations_(spec.relations->of_template[t.value]),
          profile_(spec.profile_of(t)),
          feasible_(feasible) {}

    // Preferred node terms (SCHED-57) and taints that are better avoided (SCHED-58), against the most of any node.
    void add_preferred_nodes() {
        std::int64_t most_preferred = 0;
        std::int64_t most_avoided = 0;
        for (const FeasibleNode& c : feasible_) {
            most_preferred = std::max<std::int64_t>(most_preferred, fit_of(c).preferred_weight);
            most_avoided = std::max<std::int64_t>(most_avoided, fit_of(c).avoided_taints);
        }
        const bool is_2018 = spec_.kubernetes.is_2018();
        const std::int64_t top = is_2018 ? 10 : 100;
        const std::int64_t affinity = is_2018 ? 1 : profile_.weight_of(SchedulerPlugin::node_affinity);
        const std::int64_t taints = is_2018 ? 1 : profile_.weight_of(SchedulerPlugin::taint_toleration);
        for (FeasibleNode& c : feasible_) {
            add(c, affinity * normalised_up(fit_of(c).preferred_weight, most_preferred, top) +
                       taints * normalised_down(fit_of(c).avoided_taints, most_avoided, top));
        }
    }

    // SCHED-60
    void add_spread() {
        const std::int64_t weight = profile_.weight_of(SchedulerPlugin::pod_topology_spread);
        if (weight == 0) return;
        const SchedulerMemory& memory = world_.scheduler.memory;
        const std::vector<std::uint8_t> lacks_key = shapes_without_a_key();
        Space& space = of_thread();
        space.feasible_of_shape.assign(spec_.shapes.size(), 0);
        for (const FeasibleNode& c : feasible_) ++space.feasible_of_shape[memory.shapes[c.place]];
        std::int64_t counted = 0;
        for (std::size_t shape = 0; shape < lacks_key.size(); ++shape)
            counted += lacks_key[shape] == 0 ? space.feasible_of_shape[shape] : 0;
        // What a node of a shape has by the rules of labels, and what it has by those of its own name.
        std::vector<SpreadTerm> terms;
        for (const SpreadRule& rule : relations_.preferred_spread)
            terms.push_back(term_of(rule, space.feasible_of_shape, lacks_key, counted));
        const auto raw_of = [&](std::uint32_t slot, std::uint32_t shape) {
            if (lacks_key[shape] != 0) return ignored;
            double raw = 0;
            for (const SpreadTerm& term : terms) {
                raw += term.by_shape.empty()
                           ? static_cast<double>(term.pods_by_slot[slot]) * term.weight + term.constant
                           : term.by_shape[shape];
            }
            return rounded(raw);
        };

        // Most nodes are alike: with one rule by their own name they differ by shape and pods.
        const auto by_node = std::ranges::find_if(terms, [](const SpreadTerm& term) { return term.by_shape.empty(); });
        const bool are_alike =
            std::ranges::count_if(terms, [](const SpreadTerm& t) { return t.by_shape.empty(); }) == 1;
        space.raw_of_like.assign(are_alike ? spec_.shapes.size() * pods_alike : 0, unknown);
        std::int64_t smallest = std::numeric_limits<std::int64_t>::max();
        std::int64_t largest = 0;
        space.raw.resize(feasible_.size());
        std::int64_t* const raw = space.raw.data();
        for (std::size_t i = 0; i < feasible_.size(); ++i) {
            const std::uint32_t slot = memory.slots[feasible_[i].place];
            const std::uint32_t shape = memory.shapes[feasible_[i].place];
            const std::int32_t pods = are_alike ? by_node->pods_by_slot[slot] : pods_alike;
            if (pods < pods_alike) {
                std::int64_t& of_like =
                    space.raw_of_like[std::size_t{shape} * pods_alike + static_cast<std::size_t>(pods)];
                if (of_like == unknown) of_like = raw_of(slot, shape);
                raw[i] = of_like;
            } else {
                raw[i] = raw_of(slot, shape);
            }
            if (raw[i] == ignored) continue;
            smallest = std::min(smallest, raw[i]);
            largest = std::max(largest, raw[i]);
        }
        // Most nodes have a raw score that others have too, and a division costs more than a look.
        space.normalised.assign(
            static_cast<std::size_t>(std::clamp<std::int64_t>(largest - smallest, 0, most_kept)) + 1, -1);
        for (std::size_t i = 0; i < feasible_.size(); ++i) {
            if (raw[i] == ignored) continue;
            const std::int64_t above = raw[i] - smallest;
            if (above > most_kept) {
                add(feasible_[i], weight * normalised_spread(raw[i], smallest, largest));
                continue;
            }
            std::int64_t& score = space.normalised[static_cast<std::size_t>(above)];
            if (score < 0) score = weight * normalised_spread(raw[i], smallest, largest);
            add(feasible_[i], score);
        }
    }

    // SCHED-59; in 1.10 up to 10, and 0 is always between the least and the most.
    void add_affinity() {
        const bool is_2018 = spec_.kubernetes.is_2018();
        const std::int64_t weight = is_2018 ? 1 : profile_.weight_of(SchedulerPlugin::inter_pod_affinity);
        const double top = is_2018 ? 10.0 : 100.0;
        if (weight == 0) return;
        std::vector<std::int64_t>& raw = of_thread().raw;
        raw.assign(feasible_.size(), 0);
        for (const SumWeight& preference : relations_.preferences) {
            const DomainSum sum(world_, preference.sum);
            if (sum.sum().total == 0) continue;
            for (std::size_t i = 0; i < feasible_.size(); ++i) {
                const std::int32_t at = domain(sum, feasible_[i]);
                if (at >= 0) raw[i] += preference.weight * sum.pods(at);
            }
        }
        auto [least, most] = std::ranges::minmax(raw);
        if (is_2018) {
            least = std::min<std::int64_t>(least, 0);
            most = std::max<std::int64_t>(most, 0);
        }
        if (least == most) return;
        for (std::size_t i = 0; i < feasible_.size(); ++i) {
            add(feasible_[i], weight * static_cast<std::int64_t>(top * (static_cast<double>(raw[i] - least) /
                                                                        static_cast<double>(most - least))));
        }
    }

    // X-4, over the feasible nodes.
    void add_spread_of_2018() {
        if (relations_.preferred_spread.empty()) return;
        const DomainSum by_node(world_, relations_.preferred_spread.front().sum);
        std::vector<std::int64_t> in_zone(spec_.zones.size());
        const auto zone_of = [&](const FeasibleNode& c) {
            return spec_.shapes[world_.scheduler.memory.shapes[c.place]].zone.value;
        };
        std::int64_t most_on_node = 0;
        for (const FeasibleNode& c : feasible_) {
            const std::int64_t here = by_node.pods(domain(by_node, c));
            in_zone[zone_of(c)] += here;
            most_on_node = std::max(most_on_node, here);
        }
        const std::int64_t most_in_zone = in_zone.empty() ? 0 : std::ranges::max(in_zone);
        for (FeasibleNode& c : feasible_) {
            add(c, selector_spread_of_2018(by_node.pods(domain(by_node, c)), most_on_node, in_zone[zone_of(c)],
                                           most_in_zone));
        }
    }

  private:
    static constexpr std::int64_t most_kept = 1'000;
    static constexpr std::int64_t ignored = -1;
    static constexpr std::int64_t unknown = -2;
    static constexpr std::int32_t pods_alike = 16;  // more pods of a kind on one node are rare
    // Half away from zero, of what is not negative: llround() without the call.
    static std::int64_t rounded(double value) {
        const auto whole = static_cast<std::int64_t>(value);
        return whole + (value - static_cast<double>(whole) >= 0.5 ? 1 : 0);
    }
    static void add(FeasibleNode& node, std::int64_t score) { node.score += static_cast<std::int32_t>(score); }
    const TemplateOnShape& fit_of(const FeasibleNode& c) const {
        return spec_.template_on_shape(template_, NodeShapeIx{world_.scheduler.memory.shapes[c.place]});
    }
    std::int32_t domain(const DomainSum& sum, const FeasibleNode& c) const {
        const SchedulerMemory& memory = world_.scheduler.memory;
        return sum.domain(memory.slots[c.place], memory.shapes[c.place]);
    }

    // A constraint as a summand: by the node's own pods, or the same for all nodes of a shape.
    struct SpreadTerm {
        const std::int32_t* pods_by_slot = nullptr;
        double weight = 0;
        double constant = 0;
        std::vector<double> by_shape;
    };

    // Where a constraint of the pod itself names a label that nodes of the shape do not have.
    std::vector<std::uint8_t> shapes_without_a_key() const {
        std::vector<std::uint8_t> lacks(spec_.shapes.size(), 0);
        if (!relations_.spread_needs_all_keys) return lacks;
        for (const SpreadRule& rule : relations_.preferred_spread) {
            const TopologyKey& key = key_of(rule.sum);
            for (std::size_t i = 0; i < lacks.size() && !key.is_hostname; ++i)
                if (key.domain_of_shape[i] < 0) lacks[i] = 1;
        }
        return lacks;
    }

    const TopologyKey& key_of(SumIx sum) const { return spec_.relations->keys[spec_.relations->sums[sum].key]; }

    // The more domains the feasible nodes are in, the less a pod in one of them weighs.
    SpreadTerm term_of(const SpreadRule& rule, const std::vector<std::int32_t>& feasible_of_shape,
                       const std::vector<std::uint8_t>& lacks_key, std::int64_t counted) const {
        const TopologyKey& key = key_of(rule.sum);
        const SchedulerMemory::Sum& sum = world_.scheduler.memory.sums[rule.sum];
        SpreadTerm term;
        term.constant = static_cast<double>(rule.max_skew - 1);
        term.pods_by_slot = sum.pods.data();
        std::int64_t domains = counted;
        if (!key.is_hostname) {
            // One more domain for nodes without the label, where they count.
            std::vector<std::uint8_t> seen(static_cast<std::size_t>(key.domains) + 1, 0);
            for (std::size_t i = 0; i < feasible_of_shape.size(); ++i) {
                if (feasible_of_shape[i] != 0 && lacks_key[i] == 0)
                    seen[static_cast<std::size_t>(std::int64_t{key.domain_of_shape[i]} + 1)] = 1;
            }
            domains = std::ranges::count(seen, 1);
        }
        term.weight = sim::math::log(static_cast<double>(domains + 2));
        if (key.is_hostname) return term;
        for (std::size_t i = 0; i < feasible_of_shape.size(); ++i) {
            const std::int32_t domain = key.domain_of_shape[i];
            term.by_shape.push_back(
                domain < 0
                    ? 0
                    : static_cast<double>(sum.pods[static_cast<std::size_t>(domain)]) * term.weight + term.constant);
        }
        return term;
    }

    const Spec& spec_;
    const World& world_;
    TemplateIx template_;
    const PodRelations& relations_;
    const SchedulerProfile& profile_;
    std::span<FeasibleNode> feasible_;
    // Space for one cycle, kept between cycles only so that no memory is asked for.
    struct Space {
        std::vector<std::int64_t> raw;
        std::vector<std::int64_t> normalised;
        std::vector<std::int64_t> raw_of_like;
        std::vector<std::int32_t> feasible_of_shape;
    };
    static Space& of_thread() {
        thread_local Space space;
        return space;
    }
};

}  // namespace

void add_relative_scores(const Spec& spec, const World& world, TemplateIx t, std::span<FeasibleNode> feasible) {
    RelativeScores scores(spec, world, t, feasible);
    if (spec[t].prefers_nodes) scores.add_preferred_nodes();
    const PodRelations& relations = spec.relations->of_template[t.value];
    if (spec.kubernetes.is_2018())
        scores.add_spread_of_2018();
    else if (!relations.preferred_spread.empty())
        scores.add_spread();
    if (!relations.preferences.empty()) scores.add_affinity();
}

}  // namespace eks
