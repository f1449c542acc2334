#include "models/report/decisions/address_store.hpp"

#include "models/report/decisions/arguments.hpp"
#include "models/scenario/cidr.hpp"
#include "models/systems/network/address_store.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace eks {

namespace {

using decisions::Json;
using decisions::optional_or;
using decisions::required;
using decisions::WrongArguments;

using PodKey = std::array<std::string, 3>;  // network name, container id, interface name (IPAM-14)

constexpr sim::Duration minimum_age = CniConstants{}.minimum_eni_age;
constexpr sim::Duration clean_up_delay = sim::Duration::microseconds(5'000'000);  // IPAM-33

std::string address_text(std::uint32_t address) {
    return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
}

std::string cidr_text(const EniCidr& cidr) { return address_text(cidr.network) + (cidr.is_prefix ? "/28" : "/32"); }

Cidr cidr_of(const std::string& text) {
    const std::optional<Cidr> cidr = parse_cidr(text);
    if (!cidr || (cidr->prefix_length != 32 && cidr->prefix_length != 28) || cidr->first == 0)
        throw WrongArguments{Rule::bad_cidr, fmt::format("\"{}\" is neither a secondary address nor a prefix", text),
                             "write it as 10.0.0.7/32 or 10.0.0.16/28"};
    return *cidr;
}

Json sorted_addresses(std::vector<std::uint32_t> addresses) {
    std::ranges::sort(addresses);
    Json list = Json::array();
    for (const std::uint32_t address : addresses) list.push_back(address_text(address));
    return list;
}

Json refused(const char* why) { return {{"ok", false}, {"error", why}}; }
Json done() { return {{"ok", true}}; }

// The daemon's process around one store: its file, its pending clean-ups, and the names that callers use.
class Store {
  public:
    Store(const Json& settings, const Json& ops) {
        uses_prefixes_ = required<bool>(settings, "prefix_delegation");
        cooldown_ = seconds_of(required<double>(settings, "cooldown_seconds"));
        // A block holds what an operation list can put on one ENI at most.
        std::map<std::string, std::uint32_t> added;
        for (const Json& op : ops) {
            if (op.value("op", "") == "add_cidr") most_cidrs_ = std::max(most_cidrs_, ++added[op.value("eni", "")]);
        }
        begin_process();
    }

    Json execute(const Json& op) {
        const auto name = required<std::string>(op, "op");
        const auto found = operations().find(name);
        if (found == operations().end()) {
            std::string known;
            for (const auto& [other, function] : operations()) known += (known.empty() ? "" : ", ") + other;
            throw WrongArguments{Rule::not_one_of, fmt::format("there is no operation {}", name),
                                 "there are: " + known};
        }
        Json result = (this->*found->second)(op);
        add_statistics(result);
        return result;
    }

  private:
    using Operation = Json (Store::*)(const Json&);
    struct EniFacts {  // what the World does not keep
        std::int64_t device = 0;
        std::int64_t route_table = 0;
    };
    struct Saved {
        PodKey key;
        std::uint32_t address = 0;
        std::vector<std::string> metadata;
    };
    struct CleanUp {
        sim::Time due;
        std::string eni;
        std::uint32_t network = 0;
        bool is_prefix = false;
    };

    static const std::map<std::string, Operation, std::less<>>& operations() {
        static const std::map<std::string, Operation, std::less<>> table{
            {"add_cidr", &Store::add_cidr_op},
            {"add_eni", &Store::add_eni_op},
            {"advance", &Store::advance},
            {"allocatable_enis", &Store::allocatable_enis},
            {"allocated", &Store::allocated},
            {"assign", &Store::assign},
            {"checkpoint_fails", &Store::checkpoint_fails},
            {"del_cidr", &Store::del_cidr},
            {"eni_cidrs", &Store::eni_cidrs},
            {"exclude_eni", &Store::exclude_eni},
            {"freeable", &Store::freeable},
            {"freeable_eni_exists", &Store::freeable_eni_exists},
            {"inspect", &Store::inspect},
            {"remove_eni", &Store::remove_eni_op},
            {"remove_unused_eni", &Store::remove_unused_eni},
            {"restart", &Store::restart},
            {"special_enis", &Store::special_enis},
            {"unassign", &Store::unassign},
        };
        return table;
    }

    static sim::Duration seconds_of(double seconds) {
        return sim::Duration::microseconds(static_cast<std::int64_t>(seconds * 1e6 + (seconds < 0 ? -0.5 : 0.5)));
    }

    // --- the World behind it
    void begin_process() {
        world_ = World{};
        world_.cidr_stride = most_cidrs_;
        pool_ = add_pool(world_, NodeId::none(), 0, uses_prefixes_);
        enis_.clear();
        owners_.clear();
        clean_ups_.clear();
    }
    const AddressPool& pool() const { return world_.pools[pool_]; }
    EniId eni_named(const std::string& name) const {
        const auto found = enis_.find(name);
        return found == enis_.end() ? EniId::none() : found->second;
    }
    const std::string& name_of(EniId eni) const {
        return std::ranges::find_if(enis_, [&](const auto& entry) { return entry.second == eni; })->first;
    }
    std::uint32_t stored_cidr(EniId eni, const Cidr& cidr) const {
        return find_cidr(world_, world_.enis[eni], cidr.first, cidr.prefix_length == 28);
    }
    void put_cidr(EniId eni, std::uint32_t network, bool is_prefix) {
        const std::uint32_t at = grant_cidr(world_, eni, network, is_prefix);
        store_cidr(world_, eni, at);
        world_.cidrs[at].on_eni = false;  // there is no EC2 behind this store
        --world_.enis[eni].granted;
    }
    PodId owner_row(const PodKey& key) {
        const auto [entry, is_new] = owners_.try_emplace(key, PodId::none());
        if (is_new) entry->second = world_.pods.insert(Pod{});
        return entry->second;
    }
    PodId holder(const PodKey& key) const {
        const auto found = owners_.find(key);
        return found != owners_.end() && world_.pods[found->second].eni.valid() ? found->second : PodId::none();
    }
    template <class F>
    void for_each_assigned(F f) const {
        for (const auto& [key, pod] : owners_) {
            if (const Pod& row = world_.pods[pod]; row.eni.valid()) f(key, row);
        }
    }

    bool write_checkpoint() {
        if (checkpoint_fails_) return false;
        checkpoint_.emplace();
        for_each_assigned([&](const PodKey& key, const Pod& pod) {
            checkpoint_->push_back({key, address_at(world_, place_of(pod)), metadata_[key]});
        });
        return true;
    }

    void run_clean_ups(sim::Time until) {
        std::ranges::stable_sort(clean_ups_, {}, &CleanUp::due);
        std::size_t ran = 0;
        for (; ran < clean_ups_.size() && clean_ups_[ran].due <= until; ++ran) {
            const CleanUp& one = clean_ups_[ran];
            const EniId eni = eni_named(one.eni);
            if (!eni.valid() || !world_.enis[eni].is_excluded) continue;
            const std::uint32_t at = find_cidr(world_, world_.enis[eni], one.network, one.is_prefix);
            if (at == no_cidr || world_.cidrs[at].assigned > 0) continue;
            unstore_cidr(world_, eni, at, Counting::forgotten);
            write_checkpoint();
        }
        clean_ups_.erase(clean_ups_.begin(), clean_ups_.begin() + static_cast<std::ptrdiff_t>(ran));
    }

    // --- answers
    void add_statistics(Json& result) const {
        const AddressPool& p = pool();
        result["stats"] = {p.total,       p.counted_prefixes, p.assigned, cooling_addresses(world_, p, cooldown_, now_),
                           p.available(), p.free_prefixes};
        result["counters"] = {p.counted_total, p.all_assigned};
        Json per_eni = Json::object();
        for (const auto& [name, eni] : enis_) per_eni[name] = world_.enis[eni].assigned;
        result["eni_assigned"] = per_eni;
    }
    void add_address(Json& result, const Pod& pod) const {
        const EniFacts& facts = facts_.at(name_of(pod.eni));
        result["address"] = address_text(address_at(world_, place_of(pod)));
        result["device"] = facts.device;
        result["route_table"] = facts.route_table;
    }
    static PodKey key_of(const Json& op) {
        const auto parts = required<std::vector<std::string>>(op, "pod");
        if (parts.size() != 3)
            throw WrongArguments{Rule::wrong_type, "pod is not a list of three texts",
                                 "network name, container id, interface name"};
        return {parts[0], parts[1], parts[2]};
    }

    // --- operations
    Json advance(const Json& op) {
        now_ = now_ + seconds_of(required<double>(op, "seconds"));
        run_clean_ups(now_);
        Json result = done();
        const std::int64_t us = now_.since_origin().us();
        if (us % 1'000'000 == 0)
            result["now"] = us / 1'000'000;
        else
            result["now"] = static_cast<double>(us) / 1e6;
        return result;
    }

    Json add_eni_op(const Json& op) {
        const auto name = required<std::string>(op, "eni");
        if (eni_named(name).valid()) return refused("duplicate_eni");
        const EniId id = add_eni(world_, pool_, SubnetIx::none(), static_cast<std::int32_t>(most_cidrs_));
        Eni& eni = world_.enis[id];
        eni.is_primary = required<bool>(op, "primary");
        eni.is_trunk = required<bool>(op, "trunk");
        eni.is_efa = required<bool>(op, "efa");
        enter_store(world_, id, now_);
        enis_[name] = id;
        facts_[name] = {required<std::int64_t>(op, "device"), required<std::int64_t>(op, "route_table")};
        return done();
    }

    Json exclude_eni(const Json& op) {
        const EniId eni = eni_named(required<std::string>(op, "eni"));
        if (!eni.valid()) return refused("unknown_eni");
        set_excluded(world_, eni, required<bool>(op, "excluded"));
        return done();
    }

    Json add_cidr_op(const Json& op) {
        const EniId eni = eni_named(required<std::string>(op, "eni"));
        const Cidr cidr = cidr_of(required<std::string>(op, "cidr"));
        if (!eni.valid()) return refused("unknown_eni");
        if (stored_cidr(eni, cidr) != no_cidr) return refused("duplicate_cidr");
        put_cidr(eni, cidr.first, cidr.prefix_length == 28);
        return done();
    }

    Json del_cidr(const Json& op) {
        const EniId eni = eni_named(required<std::string>(op, "eni"));
        const Cidr cidr = cidr_of(required<std::string>(op, "cidr"));
        if (!eni.valid()) return refused("unknown_eni");
        const std::uint32_t at = stored_cidr(eni, cidr);
        if (at == no_cidr) return refused("unknown_cidr");
        const bool is_used = world_.cidrs[at].assigned > 0;
        if (is_used && !required<bool>(op, "force")) return refused("cidr_in_use");
        unstore_cidr(world_, eni, at);
        if (is_used) write_checkpoint();
        return done();
    }

    Json assign(const Json& op) {
        const PodKey key = key_of(op);
        if (const PodId pod = holder(key); pod.valid()) {
            Json result = done();
            add_address(result, world_.pods[pod]);
            result["already"] = true;
            return result;
        }
        std::vector<std::uint32_t> admissible;
        std::map<std::uint32_t, std::pair<EniId, AddressPlace>> places;
        for_each_offer(world_, pool(), cooldown_, now_, [&](EniId eni, AddressPlace place) {
            admissible.push_back(address_at(world_, place));
            places[admissible.back()] = {eni, place};
        });
        const Json list = sorted_addresses(admissible);
        if (admissible.empty()) {
            Json result = refused("no_available_ip");
            result["admissible"] = list;
            return result;
        }
        const auto taken = places.find(cidr_of(required<std::string>(op, "take") + "/32").first);
        if (taken == places.end())
            throw WrongArguments{Rule::not_one_of, fmt::format("{} cannot be given out now", op["take"].dump()),
                                 "take one of " + list.dump()};
        const PodId pod = owner_row(key);
        assign_address(world_, pod, taken->second.first, taken->second.second, cooldown_, now_);
        metadata_[key] = optional_or(op, "metadata", std::vector<std::string>{});
        if (!write_checkpoint()) {
            undo_assign(world_, pod);
            Json result = refused("checkpoint");
            result["admissible"] = list;
            return result;
        }
        Json result = done();
        add_address(result, world_.pods[pod]);
        result["already"] = false;
        result["admissible"] = list;
        return result;
    }

    Json unassign(const Json& op) {
        const PodKey key = key_of(op);
        PodId pod = holder(key);
        if (!pod.valid()) pod = holder({"_migrated-from-cri", key[1], "unknown"});
        if (!pod.valid()) return refused("unknown_pod");
        if (checkpoint_fails_) return refused("checkpoint");
        const EniId eni = world_.pods[pod].eni;
        const std::uint32_t at = place_of(world_.pods[pod]).cidr;
        Json result = done();
        result["eni"] = name_of(eni);
        add_address(result, world_.pods[pod]);
        release_address(world_, pod, now_);
        write_checkpoint();
        if (world_.enis[eni].is_excluded && world_.cidrs[at].assigned == 0) {
            clean_ups_.push_back(
                {now_ + clean_up_delay, name_of(eni), world_.cidrs[at].network, world_.cidrs[at].is_prefix});
        }
        return result;
    }

    Json remove_unused_eni(const Json& op) {
        PoolState state;
        state.prefix_delegation = uses_prefixes_;
        state.targets.warm_ips = required<std::int64_t>(op, "warm_ip_target");
        state.targets.minimum_ips = required<std::int64_t>(op, "minimum_ip_target");
        state.targets.warm_prefixes = required<std::int64_t>(op, "warm_prefix_target");
        Json admissible = Json::array();
        for (const auto& [name, eni] : enis_) {
            if (deletable_at(world_, pool(), world_.enis[eni], state, minimum_age, cooldown_, now_) <= now_)
                admissible.push_back(name);
        }
        Json removed;
        if (!admissible.empty()) {
            removed = required<std::string>(op, "take");
            if (std::ranges::find(admissible, removed) == admissible.end())
                throw WrongArguments{Rule::not_one_of, fmt::format("{} cannot be removed now", removed.dump()),
                                     "take one of " + admissible.dump()};
            forget_eni(removed.get<std::string>());
        }
        Json result = done();
        result["admissible"] = admissible;
        result["removed"] = removed;
        return result;
    }

    Json remove_eni_op(const Json& op) {
        const auto name = required<std::string>(op, "eni");
        const EniId eni = eni_named(name);
        if (!eni.valid()) return refused("unknown_eni");
        const bool is_used = world_.enis[eni].assigned > 0;
        if (is_used && !required<bool>(op, "force")) return refused("eni_in_use");
        forget_eni(name);
        if (is_used) write_checkpoint();
        return done();
    }

    void forget_eni(const std::string& name) {
        const EniId eni = eni_named(name);
        leave_store(world_, eni);
        remove_eni(world_, eni);
        enis_.erase(name);
    }

    Json freeable(const Json& op) {
        std::vector<EniCidr> found;
        if (const EniId eni = eni_named(required<std::string>(op, "eni")); eni.valid()) {
            for_each_stored(world_, world_.enis[eni], [&](std::uint32_t, const EniCidr& cidr) {
                if (cidr.assigned == 0) found.push_back(cidr);
            });
        }
        std::ranges::sort(found, {}, &EniCidr::network);
        Json result = done();
        for (const char* list : {"cidrs", "ips", "prefixes"}) result[list] = Json::array();
        for (const EniCidr& cidr : found) {
            result["cidrs"].push_back(cidr_text(cidr));
            result[cidr.is_prefix ? "prefixes" : "ips"].push_back(cidr_text(cidr));
        }
        return result;
    }

    Json freeable_eni_exists(const Json&) {
        Json result = done();
        result["exists"] = has_freeable_eni(world_, pool());
        return result;
    }

    Json allocatable_enis(const Json& op) {
        const auto most = required<std::int32_t>(op, "max_cidrs");
        const bool skip_primary = required<bool>(op, "skip_primary");
        Json result = done();
        result["enis"] = Json::array();
        for (const auto& [name, eni] : enis_) {
            if (is_allocatable(world_.enis[eni], most, skip_primary)) result["enis"].push_back(name);
        }
        return result;
    }

    Json special_enis(const Json&) {
        Json result = done();
        result["trunk"] = nullptr;
        result["efa"] = Json::array();
        for (const auto& [name, eni] : enis_) {
            if (world_.enis[eni].is_trunk) result["trunk"] = name;
            if (world_.enis[eni].is_efa) result["efa"].push_back(name);
        }
        result["count"] = enis_.size();
        return result;
    }

    Json eni_cidrs(const Json& op) {
        const EniId eni = eni_named(required<std::string>(op, "eni"));
        if (!eni.valid()) return refused("unknown_eni");
        std::vector<std::uint32_t> ips;
        std::vector<std::uint32_t> prefixes;
        for_each_stored(world_, world_.enis[eni], [&](std::uint32_t, const EniCidr& cidr) {
            (cidr.is_prefix ? prefixes : ips).push_back(cidr.network);
        });
        Json result = done();
        result["ips"] = sorted_addresses(ips);
        result["prefixes"] = sorted_addresses(prefixes);
        for (Json& prefix : result["prefixes"]) prefix = prefix.get<std::string>() + "/28";
        return result;
    }

    Json allocated(const Json&) {
        std::map<std::uint32_t, Json> by_address;
        for_each_assigned([&](const PodKey& key, const Pod& pod) {
            const std::uint32_t address = address_at(world_, place_of(pod));
            by_address[address] = {address_text(address), facts_.at(name_of(pod.eni)).device, key[0], key[1], key[2]};
        });
        Json result = done();
        result["allocated"] = Json::array();
        for (const auto& [address, entry] : by_address) result["allocated"].push_back(entry);
        return result;
    }

    Json inspect(const Json&) {
        Json result = done();
        result["enis"] = Json::object();
        for (const auto& [name, eni] : enis_) {
            Json cidrs = Json::object();
            for_each_stored(world_, world_.enis[eni], [&](std::uint32_t, const EniCidr& cidr) {
                std::vector<std::uint32_t> assigned;
                std::vector<std::uint32_t> cooling;
                for (std::uint32_t offset = 0; offset < static_cast<std::uint32_t>(cidr.size()); ++offset) {
                    const AddressRecord record = record_of(world_, cidr, offset);
                    if (record.owner.valid())
                        assigned.push_back(cidr.network + offset);
                    else if (is_cooling(record, cooldown_, now_))
                        cooling.push_back(cidr.network + offset);
                }
                cidrs[cidr_text(cidr)] = {{"assigned", sorted_addresses(assigned)},
                                          {"cooling", sorted_addresses(cooling)}};
            });
            result["enis"][name] = {{"excluded", world_.enis[eni].is_excluded}, {"cidrs", cidrs}};
        }
        return result;
    }

    Json checkpoint_fails(const Json& op) {
        checkpoint_fails_ = required<bool>(op, "fails");
        return done();
    }

    Json restart(const Json& op) {
        const World before = world_;
        const std::map<std::string, EniId> enis = enis_;
        uses_prefixes_ = optional_or(op, "prefix_delegation", uses_prefixes_);
        if (op.contains("cooldown_seconds")) cooldown_ = seconds_of(required<double>(op, "cooldown_seconds"));
        begin_process();
        for (const auto& [name, old_id] : enis) {
            const Eni& old = before.enis[old_id];
            const EniId id = add_eni(world_, pool_, SubnetIx::none(), old.slots);
            world_.enis[id].is_primary = old.is_primary;
            world_.enis[id].is_trunk = old.is_trunk;
            world_.enis[id].is_efa = old.is_efa;
            enter_store(world_, id, now_);
            set_excluded(world_, id, old.is_excluded);
            enis_[name] = id;
            for_each_stored(before, old,
                            [&](std::uint32_t, const EniCidr& cidr) { put_cidr(id, cidr.network, cidr.is_prefix); });
        }
        std::set<std::vector<std::string>> missing;
        for (const Json& veth : required<Json>(op, "missing_veths"))
            missing.insert(veth.get<std::vector<std::string>>());
        Json result = done();
        result["restored"] = 0;
        if (!checkpoint_) return result;
        for (const Saved& saved : *checkpoint_) {
            if (!saved.metadata.empty() && missing.contains(saved.metadata)) continue;
            restore(saved);
        }
        result["restored"] = pool().all_assigned;
        write_checkpoint();
        return result;
    }

    // IPAM-120: an entry whose address is in no CIDR is dropped.
    void restore(const Saved& saved) {
        for (const auto& [name, eni] : enis_) {
            for (const bool is_prefix : {false, true}) {
                const std::uint32_t offset = is_prefix ? saved.address % addresses_a_prefix : 0;
                const std::uint32_t at = find_cidr(world_, world_.enis[eni], saved.address - offset, is_prefix);
                if (at == no_cidr) continue;
                const PodId pod = owner_row(saved.key);
                assign_address(world_, pod, eni, {at, offset}, cooldown_, now_);
                metadata_[saved.key] = saved.metadata;
                return;
            }
        }
    }

    World world_;
    PoolId pool_;
    sim::Time now_ = sim::Time::origin();
    sim::Duration cooldown_;
    bool uses_prefixes_ = false;
    std::uint32_t most_cidrs_ = 1;
    bool checkpoint_fails_ = false;
    std::map<std::string, EniId> enis_;
    std::map<std::string, EniFacts> facts_;
    std::map<PodKey, PodId> owners_;
    std::map<PodKey, std::vector<std::string>> metadata_;
    std::optional<std::vector<Saved>> checkpoint_;  // of the last write that succeeded
    std::vector<CleanUp> clean_ups_;
};

}  // namespace

Json address_store_call(const Json& arguments) {
    const auto ops = required<Json>(arguments, "ops");
    Store store(required<Json>(arguments, "settings"), ops);
    Json results = Json::array();
    for (const Json& op : ops) results.push_back(store.execute(op));
    return results;
}

}  // namespace eks
