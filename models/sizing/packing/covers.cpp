#include "models/sizing/packing/covers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace eks::sizing {

namespace {

constexpr std::size_t most_types = 160;  // that the search chooses from
constexpr std::size_t stages = 240;      // of what is left to cover
constexpr std::size_t most_covers = 12;
constexpr double released_nodes = 3.0;  // of each type of the relaxed cover, for the search to choose anew

// What is chosen so far: a path through the pool of choices.
struct Partial {
    double usd_per_hour = 0.0;
    double waste = 0.0;  // what it costs more than it is worth
    std::int32_t choice = -1;
    std::size_t next_type = 0;  // types before this one are no longer added, so that no choice is met twice
    std::vector<float> left;    // by row, share of the demand
};

struct Choice {
    std::int32_t before = -1;
    std::int32_t type = 0;
};

class CoverSearch {
  public:
    CoverSearch(const Covering& covering, const RelaxedCover& relaxed, double slack, int width)
        : covering_(covering), width_(static_cast<std::size_t>(width)), worth_(relaxed.worth) {
        // A row without a price of its own must still be covered, so it counts a little.
        for (double& worth : worth_) worth = std::max(worth, 1e-4 * relaxed.usd_per_hour);
        total_ = std::accumulate(worth_.begin(), worth_.end(), 0.0);
        choose_types(relaxed);
        open(relaxed, slack);
    }

    std::vector<WholeCover> run() {
        // Whatever is added leaves less to cover, so that stages are worked off from the last to the first. A small
        // node may lead to the stage that it was added in.
        for (std::size_t s = stages_.size(); s-- > 0;)
            while (!stages_[s].empty()) {
                const std::vector<Partial> stage = thinned(std::exchange(stages_[s], {}), width_);
                for (const Partial& partial : stage) extend(partial);
            }
        std::ranges::stable_sort(covers_, {}, &WholeCover::usd_per_hour);
        return std::move(covers_);
    }

  private:
    // The `count` that waste the least.
    static std::vector<Partial> thinned(std::vector<Partial> stage, std::size_t count) {
        const auto cheaper = [](const Partial& a, const Partial& b) {
            return a.waste != b.waste ? a.waste < b.waste : a.choice < b.choice;
        };
        if (stage.size() > count) {
            std::ranges::nth_element(stage, stage.begin() + static_cast<std::ptrdiff_t>(count), cheaper);
            stage.resize(count);
        }
        // In an order of our own: what nth_element leaves differs between libraries.
        std::ranges::sort(stage, cheaper);
        return stage;
    }

    // The types that waste the least, the most worthy first.
    void choose_types(const RelaxedCover& relaxed) {
        std::vector<std::pair<double, std::size_t>> waste;
        for (std::size_t t = 0; t < covering_.usd_per_hour.size(); ++t) {
            double worth = 0.0;
            for (std::size_t r = 0; r < covering_.rows.size(); ++r)
                worth += relaxed.worth[r] * covering_.rows[r].share[t];
            waste.emplace_back(covering_.usd_per_hour[t] - worth, t);
        }
        std::ranges::sort(waste);
        waste.resize(std::min(waste.size(), most_types));
        for (const auto& [_, t] : waste) types_.push_back(t);
        // Where only few types take a workload, they must be among them.
        for (std::size_t r = 0; r < covering_.rows.size(); ++r) {
            const auto covers = [&](std::size_t t) { return covering_.rows[r].share[t] > 0.0; };
            if (std::ranges::any_of(types_, covers)) continue;
            std::size_t best = 0;
            double best_price = 0.0;
            for (std::size_t t = 0; t < covering_.usd_per_hour.size(); ++t) {
                if (!covers(t)) continue;
                const double price = covering_.usd_per_hour[t] / covering_.rows[r].share[t];
                if (best_price == 0.0 || price < best_price) {
                    best = t;
                    best_price = price;
                }
            }
            types_.push_back(best);
        }
        std::ranges::stable_sort(types_, [&](std::size_t a, std::size_t b) {
            return covering_.usd_per_hour[a] > covering_.usd_per_hour[b];
        });
    }

    void open(const RelaxedCover& relaxed, double slack) {
        Partial first;
        first.left.assign(covering_.rows.size(), static_cast<float>(1.0 + slack));
        for (std::size_t t = 0; t < relaxed.nodes.size(); ++t) {
            const auto fixed = static_cast<int>(std::floor(relaxed.nodes[t] - released_nodes));
            for (int i = 0; i < fixed; ++i) {
                fixed_.push_back(static_cast<std::int32_t>(t));
                first.usd_per_hour += covering_.usd_per_hour[t];
                for (std::size_t r = 0; r < first.left.size(); ++r)
                    first.left[r] -= static_cast<float>(covering_.rows[r].share[t]);
            }
        }
        for (float& left : first.left) left = std::max(left, 0.0F);
        widest_ = worth_left(first);
        if (widest_ <= 0.0) {
            finish(first);
            return;
        }
        stages_.resize(stages);
        bars_.assign(stages, std::numeric_limits<double>::infinity());
        stages_.back().push_back(std::move(first));
    }

    double worth_left(const Partial& partial) const {
        double sum = 0.0;
        for (std::size_t r = 0; r < worth_.size(); ++r) sum += worth_[r] * static_cast<double>(partial.left[r]);
        return sum;
    }

    void extend(const Partial& partial) {
        for (std::size_t i = partial.next_type; i < types_.size(); ++i) {
            const std::size_t t = types_[i];
            double covered = 0.0;
            double left = 0.0;
            for (std::size_t r = 0; r < worth_.size(); ++r) {
                const auto open = static_cast<double>(partial.left[r]);
                const double taken = std::min(open, covering_.rows[r].share[t]);
                covered += worth_[r] * taken;
                left += worth_[r] * (open - taken);
            }
            if (covered <= 1e-12 * total_) continue;
            const double waste = partial.waste + covering_.usd_per_hour[t] - covered;
            const bool is_whole = left < 1e-7 * total_;
            const std::size_t s =
                std::min(stages - 1, static_cast<std::size_t>(left / widest_ * static_cast<double>(stages)));
            if (is_whole ? !is_wanted(partial.usd_per_hour + covering_.usd_per_hour[t]) : waste > bars_[s]) continue;
            Partial next;
            next.usd_per_hour = partial.usd_per_hour + covering_.usd_per_hour[t];
            next.waste = waste;
            next.next_type = i;
            next.choice = static_cast<std::int32_t>(choices_.size());
            choices_.push_back({partial.choice, static_cast<std::int32_t>(t)});
            if (is_whole) {
                finish(next);
                continue;
            }
            next.left = partial.left;
            for (std::size_t r = 0; r < worth_.size(); ++r)
                next.left[r] = std::max(0.0F, next.left[r] - static_cast<float>(covering_.rows[r].share[t]));
            add(s, std::move(next));
        }
    }

    // Keeps a stage at some times its width, with the worst of what was kept as the bar for more.
    void add(std::size_t s, Partial&& partial) {
        auto& stage = stages_[s];
        stage.push_back(std::move(partial));
        if (stage.size() < width_ * 8) return;
        stage = thinned(std::move(stage), width_ * 4);
        bars_[s] = std::ranges::max(stage, {}, &Partial::waste).waste;
    }

    bool is_wanted(double usd_per_hour) const {
        return covers_.size() < most_covers || usd_per_hour < covers_.back().usd_per_hour;
    }

    void finish(const Partial& partial) {
        WholeCover cover{fixed_, partial.usd_per_hour};
        for (std::int32_t c = partial.choice; c >= 0; c = choices_[static_cast<std::size_t>(c)].before)
            cover.nodes.push_back(choices_[static_cast<std::size_t>(c)].type);
        std::ranges::sort(cover.nodes);
        const auto place = std::ranges::upper_bound(covers_, cover.usd_per_hour, {}, &WholeCover::usd_per_hour);
        covers_.insert(place, std::move(cover));
        if (covers_.size() > most_covers) covers_.pop_back();
    }

    const Covering& covering_;
    std::size_t width_;
    std::vector<double> worth_;
    double total_ = 0.0;
    double widest_ = 0.0;
    std::vector<std::size_t> types_;
    std::vector<std::int32_t> fixed_;
    std::vector<Choice> choices_;
    std::vector<std::vector<Partial>> stages_;
    std::vector<double> bars_;  // by stage: what wastes more is not kept
    std::vector<WholeCover> covers_;
};

}  // namespace

std::vector<WholeCover> cheap_covers(const Covering& covering, const RelaxedCover& relaxed, double slack, int width) {
    return CoverSearch(covering, relaxed, slack, width).run();
}

}  // namespace eks::sizing
