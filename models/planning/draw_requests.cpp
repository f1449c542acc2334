#include "models/planning/draw_requests.hpp"

#include "libsim/fingerprint.hpp"
#include "libsim/portable_math.hpp"
#include "models/planning/autoscaler_story.hpp"
#include "models/scenario/near_miss.hpp"
#include "models/spec/streams.hpp"
#include "models/systems/datapath/latency.hpp"
#include "models/systems/datapath/run/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace eks {

namespace {

using datapath::Coefficient;
using datapath::FailureCause;
using datapath::ix;

// What a draw is for.
enum class Purpose : std::uint32_t {
    pooled,
    first_node,
    failure,
    last_node,
    time_at_first,
    time_at_last,
    lost,
    client,
    time_at_client
};

class Drawing {
  public:
    Drawing(const PathMoment& moment, std::size_t of_class, std::uint64_t name)
        : moment_(moment),
          spec_(moment.spec),
          state_(moment.world.data_path),
          k_(of_class),
          view_(datapath::class_view(moment.spec, of_class)),
          one_(state_.classes[of_class]),
          key_(moment.key),
          name_(name),
          callers_(datapath::callers_of(moment.spec, moment.world, moment.now, of_class)),
          pooled_(datapath::pooled_at(one_, moment.now)),
          stale_(one_.stale_share) {
        for (const std::uint32_t slot : one_.nodes) {
            const ClassShare& share = share_on(slot);
            const bool stays = view_.balancer(spec_) != nullptr && share.roles[ix(NodeRole::both)] > 0;
            // A caller's node and an endpoint's are independent of each other: what ends here is the sum.
            const double ends = share.roles[ix(NodeRole::server)] + (stays ? 0 : share.roles[ix(NodeRole::both)]);
            if (ends > 0) ends_.push_back({slot, ends});
            const Node* node = moment.world.nodes.find(row(slot).node);
            names_.push_back(node != nullptr ? story_name(spec_, *node) : "a node that is gone");
            sim::Fingerprint print;
            print.hash_bytes(names_.back());
            node_words_.push_back(print.value());
        }
        for (std::size_t cause = 0; cause < datapath::failure_cause_count; ++cause)
            known_after_us_[cause] = callers_.known_after_seconds[cause] * 1e6;
        stale_us_ = known_after_us_[static_cast<std::size_t>(FailureCause::endpoint)];
        const bool is_tcp = view_.traffic != nullptr && view_.traffic->connections.protocol == datapath::Protocol::tcp;
        if (is_tcp) stale_us_ = datapath::answer_patience_seconds(view_.traffic->connections) * 1e6;
    }

    const std::vector<std::string>& node_names() const { return names_; }

    DrawnRequest draw(std::uint64_t i) const {
        DrawnRequest request;
        const double on_an_open_one = unit(i, Purpose::pooled);
        request.has_connected = on_an_open_one >= pooled_ + stale_;
        const datapath::CallersOn& from = first_node(unit(i, Purpose::first_node));
        if (from.slot) request.from_node = place_of(*from.slot);
        // DPS-16: it goes to an endpoint that is gone, and its client waits for the answer.
        if (!request.has_connected && on_an_open_one >= pooled_) {
            request.failed_by = FailureCause::endpoint;
            request.us = stale_us_;
            return request;
        }
        if (request.has_connected) {
            if (const auto cause = cause_at(from, unit(i, Purpose::failure, from.slot))) {
                request.failed_by = cause;
                request.us = known_after_us_[static_cast<std::size_t>(*cause)];
                return request;
            }
        }
        const std::optional<std::uint32_t> last = last_node(from, unit(i, Purpose::last_node));
        const bool is_far = view_.use != nullptr || !from.slot;
        double nodes = from.role == NodeRole::both || is_far ? 0.0 : 1.0;
        if (is_far || view_.balancer(spec_) != nullptr) nodes += 1;
        double us = 0;
        double between_zones = 0;
        if (view_.is_sent_round() && view_.comes_by_node_ports(spec_)) {
            nodes += 1;  // to the load balancer
            const std::uint32_t client = client_node(unit(i, Purpose::client));
            us += time_at(i, client, NodeRole::client, Purpose::time_at_client, request.has_connected);
            request.from_node = place_of(client);
            if (from.slot && zone_of(client) != zone_of(*from.slot)) between_zones += 1;
        }
        if (from.slot) us += time_at(i, *from.slot, from.role, Purpose::time_at_first, request.has_connected);
        if (last && (!from.slot || from.role != NodeRole::both))
            us += time_at(i, *last, NodeRole::server, Purpose::time_at_last, request.has_connected);
        if (last) request.to_node = place_of(*last);
        if (from.slot && last && zone_of(*from.slot) != zone_of(*last)) between_zones += 1;
        us += network_us(i, datapath::round_trip_us(spec_, nodes, between_zones), request.has_connected);
        request.us = us;
        return request;
    }

  private:
    struct Weighted {
        std::uint32_t slot = 0;
        double weight = 0;
    };

    const NodeDataPath& row(std::uint32_t slot) const { return state_.nodes[slot]; }
    const ClassShare& share_on(std::uint32_t slot) const {
        return *std::ranges::lower_bound(row(slot).shares, static_cast<std::uint32_t>(k_), {}, &ClassShare::of_class);
    }
    std::uint32_t zone_of(std::uint32_t slot) const {
        return spec_[moment_.world.nodes[row(slot).node].shape].zone.value;
    }
    std::int32_t place_of(std::uint32_t slot) const {
        const auto found = std::ranges::find(one_.nodes, slot);
        return static_cast<std::int32_t>(found - one_.nodes.begin());
    }

    // Keyed by class, node and purpose, by their names: what else there is does not count.
    double unit(std::uint64_t i, Purpose purpose, std::optional<std::uint32_t> slot = {}) const {
        const std::uint64_t node = slot ? node_words_[static_cast<std::size_t>(place_of(*slot))] : 0;
        return sim::draw_unit(key_, {stream::drawn_request, name_ ^ node, i, static_cast<std::uint32_t>(purpose)});
    }

    const datapath::CallersOn& first_node(double unit) const {
        double all = 0;
        for (const datapath::CallersOn& some : callers_.groups) all += some.share;
        double left = unit * all;
        for (const datapath::CallersOn& some : callers_.groups) {
            left -= some.share;
            if (left < 0) return some;
        }
        return callers_.groups.back();
    }

    // Of pods that ask a load balancer.
    std::uint32_t client_node(double unit) const {
        std::uint32_t last = one_.nodes.front();
        double left = unit;
        for (const std::uint32_t slot : one_.nodes) {
            const double share = share_on(slot).roles[ix(NodeRole::client)];
            if (share <= 0) continue;
            last = slot;
            left -= share;
            if (left < 0) break;
        }
        return last;
    }

    std::optional<FailureCause> cause_at(const datapath::CallersOn& from, double unit) const {
        double left = unit;
        for (std::size_t i = 0; i < datapath::failure_cause_count; ++i) {
            const auto cause = static_cast<FailureCause>(i);
            left -= from.failures.by(cause);
            if (left < 0) return cause;
        }
        return {};
    }

    // The endpoint's, where it is not the caller's own. A load balancer that sends to pods chooses without regard to
    // who asks.
    std::optional<std::uint32_t> last_node(const datapath::CallersOn& from, double unit) const {
        if (view_.use != nullptr) return {};
        if (from.slot && from.role == NodeRole::both) return from.slot;
        const bool may_return = view_.is_sent_round() && !view_.comes_by_node_ports(spec_);
        const auto weight_of = [&](const Weighted& one) {
            return !may_return && from.slot == one.slot ? 0 : one.weight;
        };
        double all = 0;
        for (const Weighted& one : ends_) all += weight_of(one);
        double left = unit * all;
        std::optional<std::uint32_t> last;
        for (const Weighted& one : ends_) {
            if (weight_of(one) <= 0) continue;
            last = one.slot;
            left -= weight_of(one);
            if (left < 0) break;
        }
        return last;
    }

    // DPC-17: a gamma with the mean and the 99th percentile of the node.
    double time_at(std::uint64_t i, std::uint32_t slot, NodeRole role, Purpose purpose, bool has_connected) const {
        const NodeDataPath& node = row(slot);
        const RoleWork& work = state_.groups[node.group].work[k_].roles[ix(role)];
        const double us = has_connected ? work.connect_us : work.request_us;
        const double mean = us * node.time_factor + work.proxy_us * node.queue_factor;
        const auto gamma = datapath::gamma_with_p99(datapath::p99_factor(node.load, spec_.data_paths.coefficients));
        return mean * gamma.quantile(unit(i, purpose, slot));
    }

    // Round trips, the load balancer, and what is sent again because an allowance was used up (DPC-39).
    double network_us(std::uint64_t i, double trip, bool has_connected) const {
        const datapath::Coefficients& c = spec_.data_paths.coefficients;
        const bool is_tcp = view_.traffic == nullptr || view_.traffic->connections.protocol == datapath::Protocol::tcp;
        const double balancer =
            view_.balancer(spec_) != nullptr ? static_cast<double>(spec_.data_paths.balancer_latency.us()) : 0;
        const double lost = std::min(callers_.lost_segments, datapath::highest_load);
        const double again = lost > 0 ? unit(i, Purpose::lost) : 1;
        if (!has_connected) return trip + balancer + (again < lost ? c[Coefficient::rto] : 0);
        // Each SYN that is lost is one more wait: as many as lost^n > draw.
        double more = 0;
        for (double power = lost; power > again; power *= lost) more += c[Coefficient::syn_retry] * 1e6;
        return (is_tcp ? 2 : 1) * trip + balancer + more;
    }

    const PathMoment& moment_;
    const Spec& spec_;
    const DataPathState& state_;
    std::size_t k_;
    datapath::ClassView view_;
    const ClassDataPath& one_;
    sim::DrawSource key_;
    std::uint64_t name_;
    datapath::Callers callers_;
    double pooled_ = 0;  // of the callers
    double stale_ = 0;   // likewise: with a connection that leads to nobody
    double stale_us_ = 0;
    std::vector<Weighted> ends_;
    std::vector<std::string> names_;
    std::vector<std::uint64_t> node_words_;
    std::array<double, datapath::failure_cause_count> known_after_us_{};
};

}  // namespace

sim::Result<DrawnRequests, std::string> draw_requests(const PathMoment& moment, std::string_view name,
                                                      std::int32_t count) {
    if (count < 1 || count > most_drawn_requests)
        return sim::failure(fmt::format("between 1 and {} requests can be drawn at an instant, and {} are asked for",
                                        most_drawn_requests, count));
    const Spec& spec = moment.spec;
    std::vector<std::string> known;
    std::optional<std::size_t> found;
    for (std::size_t k = 0; k < datapath::class_count(spec); ++k) {
        if (!datapath::class_view(spec, k).is_seen(spec)) continue;
        known.push_back(class_name(spec, k));
        if (!found && known.back() == name) found = k;
    }
    if (!found) {
        const std::vector<std::string_view> views(known.begin(), known.end());
        return sim::failure(fmt::format(
            "no traffic with connections is called \"{}\"; {}", name,
            known.empty() ? "write `connections: keep-alive` to an entry of `traffic`" : did_you_mean(name, views)));
    }
    sim::Fingerprint print;
    print.hash_bytes(name);
    const Drawing drawing(moment, *found, print.value());
    const ClassDataPath& one = moment.world.data_path.classes[*found];
    DrawnRequests drawn;
    drawn.name = name;
    const datapath::ClassView view = datapath::class_view(spec, *found);
    drawn.requests_per_second = view.use != nullptr ? one.attempts : moment.world.traffic.classes[*found].wanted;
    drawn.nodes = drawing.node_names();
    for (std::int32_t i = 0; i < count; ++i) drawn.requests.push_back(drawing.draw(static_cast<std::uint64_t>(i)));
    return drawn;
}

}  // namespace eks
