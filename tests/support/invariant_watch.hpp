// What must hold between one event of a run and the next: rules that no single World can show to be broken, because
// they speak of time and of who did what (IPAM section H, 3 to 6 and 8). The watch keeps its own memory of what it saw
// and takes nothing on trust that the World remembers.
//
//     InvariantWatch watch(rules, run.world(), run.now());
//     ... after each event:
//     for (const std::string& sentence : watch.see(run.world(), run.now())) ADD_FAILURE() << sentence;
//
// `rules` are the settings that ought to be in force; a canary runs under others. EachEventWatch looks after every
// single event of a run, at these and at what must hold in each World.
#pragma once

#include "models/events.hpp"
#include "models/facts.hpp"
#include "models/spec/cni_settings.hpp"
#include "models/world/address_verbs.hpp"
#include "models/world/invariants.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace eks::testing {

class InvariantWatch {
  public:
    struct Rules {
        sim::Duration cooldown;
        CniConstants constants;
    };

    InvariantWatch(const Rules& rules, const World& world, sim::Time now) : rules_(rules), before_(world) {
        for (const auto& [id, eni] : world.enis) {
            if (eni.in_store) entered_[id] = std::min(eni.entered_store, now);
        }
    }

    // The World after an event: sentences about what the event should not have done.
    std::vector<std::string> see(const World& after, sim::Time now) {
        broken_.clear();
        now_ = now;
        for (const auto& [id, node] : after.nodes) see_thread(after, id);
        for (const auto& [id, eni] : before_.enis) {
            if (eni.in_store) see_eni_leave(after, id, eni);
        }
        for (const auto& [id, eni] : after.enis) {
            if (eni.in_store) see_eni(after, id, eni);
        }
        for (const auto& [id, pod] : before_.pods) see_pod(after, id, pod);
        for (const auto& [id, node] : after.nodes) {
            const Node* was = before_.nodes.find(id);
            if (was != nullptr && was->cni.serial != node.cni.serial) forget(after, id);
        }
        before_ = after;
        return broken_;
    }

  private:
    struct ThreadMemory {
        sim::Time last_release = sim::Time::never();
        sim::Time last_exhausted = sim::Time::never();
        std::map<PoolId, std::set<EniId>> filled;  // in this pass
        std::map<PoolId, int> freed;
        bool has_released = false;  // in this pass, which visits each network card
    };

    void expect(bool holds, const char* what) {
        if (!holds) broken_.push_back(what);
    }

    static bool fills(PoolStep step) {
        return step == PoolStep::assigning || step == PoolStep::assigning_one || step == PoolStep::reading_truth ||
               step == PoolStep::waiting_for_metadata || step == PoolStep::testing_exclusion;
    }

    // Section H, 5.
    void see_thread(const World& after, NodeId id) {
        const Node* was = before_.nodes.find(id);
        if (was == nullptr) return;
        const Ipamd& d = after.nodes[id].ipamd;
        ThreadMemory& memory = threads_[id];
        if (was->ipamd.step == PoolStep::resting) {
            memory.filled.clear();
            memory.freed.clear();
            memory.has_released = false;
        }
        if (d.last_insufficient != was->ipamd.last_insufficient && d.last_insufficient != sim::Time::never())
            memory.last_exhausted = now_;
        if (d.step != was->ipamd.step && d.step == PoolStep::unassigning) {
            expect(memory.has_released || memory.last_release == sim::Time::never() ||
                       now_ - memory.last_release > rules_.constants.decrease_interval,
                   "a node releases addresses again too soon");
        }
        if (d.step == PoolStep::unassigning) {
            memory.last_release = now_;
            memory.has_released = true;
        }
        const bool asks =
            d.step == PoolStep::assigning || d.step == PoolStep::listing_subnets || d.step == PoolStep::creating;
        if (asks && was->ipamd.step == PoolStep::resting) {
            expect(memory.last_exhausted == sim::Time::never() ||
                       now_ - memory.last_exhausted > rules_.constants.insufficient_cooldown,
                   "a node asks an exhausted subnet again too soon");
        }
    }

    // Section H, 4 and 6.
    void see_eni_leave(const World& after, EniId id, const Eni& was) {
        const Eni* eni = after.enis.find(id);
        if (eni != nullptr && eni->in_store) return;
        const Node* node = after.nodes.find(was.node);
        const bool is_freed = node != nullptr && node->ipamd.step == PoolStep::finding_attachment &&
                              node->ipamd.eni == id && !node->ipamd.undoes_creation;
        if (is_freed) {
            expect(now_ - entered_[id] >= rules_.constants.minimum_eni_age, "an ENI is freed too young");
            expect(++threads_[was.node].freed[was.pool] == 1, "one pass frees two ENIs of a card");
            for (auto it = released_.lower_bound({id, 0}); it != released_.end() && it->first.first == id; ++it)
                expect(now_ - it->second > rules_.cooldown, "an ENI is freed while addresses of it cool");
        }
        entered_.erase(id);
        released_.erase(released_.lower_bound({id, 0}), released_.upper_bound({id, ~std::uint32_t{0}}));
    }

    // Section H, 3 and 6.
    void see_eni(const World& after, EniId id, const Eni& eni) {
        const Eni* was = before_.enis.find(id);
        const bool was_there = was != nullptr && was->in_store;
        if (!was_there) entered_[id] = now_;
        bool gained = false;
        for (std::uint32_t at = eni.first_cidr; at != eni.first_cidr + static_cast<std::uint32_t>(eni.slots); ++at) {
            const EniCidr& cidr = after.cidrs[at];
            const EniCidr before = was_there ? before_.cidrs[at] : EniCidr{};
            const bool is_same = before.in_store && cidr.in_store && before.network == cidr.network &&
                                 before.is_prefix == cidr.is_prefix;
            if (!is_same && before.in_store)
                released_.erase(
                    released_.lower_bound({id, before.network}),
                    released_.lower_bound({id, before.network + static_cast<std::uint32_t>(before.size())}));
            if (!cidr.in_store) continue;
            gained = gained || !is_same;
            for (std::uint32_t n = 0; n < static_cast<std::uint32_t>(cidr.size()); ++n) {
                const PodId owner = record_of(after, cidr, n).owner;
                const PodId last = is_same ? record_of(before_, before, n).owner : PodId::none();
                if (owner == last) continue;
                const std::pair<EniId, std::uint32_t> address{id, cidr.network + n};
                // Cilium's addresses do not cool (IPAM-303).
                if (last.valid() && !is_ciliums(after, eni)) released_[address] = now_;
                if (!owner.valid()) continue;
                const auto found = released_.find(address);
                expect(found == released_.end() || now_ - found->second > rules_.cooldown,
                       "an address is given out while it cools");
                if (found != released_.end()) released_.erase(found);
            }
        }
        const Node* node = before_.nodes.find(eni.node);
        if (!gained || node == nullptr || is_ciliums(after, eni) || !fills(node->ipamd.step)) return;
        std::set<EniId>& filled = threads_[eni.node].filled[eni.pool];
        filled.insert(id);
        expect(filled.size() == 1, "one pass fills two ENIs of a card");
    }

    // Section H, 1: a pod gives its address back, unless nobody listens (IPAM-122).
    void see_address(const World& after, PodId id, const Pod& was) {
        const Pod* pod = after.pods.find(id);
        if (!was.eni.valid() || (pod != nullptr && pod->eni.valid())) return;
        const Eni* eni = after.enis.find(was.eni);
        const Node* node = before_.nodes.find(was.node);
        if (eni == nullptr || !eni->in_store || (node != nullptr && !answering_daemon(*node).serves)) return;
        // On a node with two CNIs the one that is asked may be the other one.
        const bool asks_cilium = node != nullptr && node->cilium.has_written_configuration;
        if (node != nullptr && has_two_cnis(*node) && is_ciliums(after, *eni) != asks_cilium) return;
        expect(record_of(after, after.cidrs[place_of(was).cidr], place_of(was).offset).owner != id,
               "an address stays assigned after its pod");
    }

    // Section H, 8.
    void see_pod(const World& after, PodId id, const Pod& was) {
        see_address(after, id, was);
        if (was.stage == PodStage::queued || was.stage == PodStage::binding) return;
        const Pod* pod = after.pods.find(id);
        if (pod == nullptr) return;
        expect(pod->node == was.node && pod->stage != PodStage::queued, "a bound pod has been moved");
    }

    // Another process: nothing cools for it, and all ENIs are new (IPAM-16, IPAM-120).
    void forget(const World& after, NodeId node) {
        threads_[node] = {};
        for (const auto& [id, eni] : after.enis) {
            if (eni.node != node) continue;
            released_.erase(released_.lower_bound({id, 0}), released_.upper_bound({id, ~std::uint32_t{0}}));
            if (eni.in_store) entered_[id] = now_;
        }
    }

    Rules rules_;
    World before_;
    sim::Time now_;
    std::vector<std::string> broken_;
    std::map<std::pair<EniId, std::uint32_t>, sim::Time> released_;  // addresses that were given back, and when
    std::map<EniId, sim::Time> entered_;
    std::map<NodeId, ThreadMemory> threads_;
};

// A tracer: run.simulation().run_until(end, watch), then finish(). For a TinyRun and a Run alike.
template <class WatchedRun>
class EachEventWatch {
  public:
    EachEventWatch(const WatchedRun& run, const InvariantWatch::Rules& rules)
        : run_(run), watch_(rules, run.world(), run.now()), last_(run.now()) {}

    void begin(std::uint64_t /*sequence*/, sim::Time time, const Event& /*event*/) {
        look();
        last_ = time;
    }
    void scheduled(std::uint64_t /*sequence*/) {}
    void fact(const Fact& /*fact*/) {}
    void finish() { look(); }

    // What was seen so far, each sentence once, with the time of its first event.
    const std::map<std::string, sim::Time>& broken() const { return broken_; }

  private:
    void look() {
        for (std::string& sentence : broken_invariants(run_.spec(), run_.world())) broken_.emplace(sentence, last_);
        for (std::string& sentence : watch_.see(run_.world(), last_)) broken_.emplace(sentence, last_);
    }

    const WatchedRun& run_;
    InvariantWatch watch_;
    sim::Time last_;
    std::map<std::string, sim::Time> broken_;
};

}  // namespace eks::testing
