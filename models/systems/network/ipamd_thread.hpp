// The one thread of ipamd on a node: it takes a pass through its steps, each of which waits for an answer of EC2 or for
// a pause to end (IPAM-60 to IPAM-113). Where it stands is kept in the node's Ipamd row, so that a copied run goes on
// from there; this class is the code that reads the row, made anew for each event.
//
// A pass: for each network card, fill an ENI or make one (ipamd_fill.cpp), or release CIDRs, then perhaps free an ENI
// (ipamd_free.cpp). A reconcile compares the store with EC2 (ipamd_reconcile.cpp).
#pragma once

#include "models/systems/network/pool_arithmetic.hpp"
#include "models/systems/network/pool_pass.hpp"
#include "models/systems/turn.hpp"
#include "models/world/active_faults.hpp"
#include "models/world/address_verbs.hpp"

namespace eks {

// The store of one card as the arithmetic sees it.
PoolState pool_state(const Spec& spec, const World& world, const Node& node, const AddressPool& pool);

// Whether the instance's metadata lists this ENI of the node now.
bool is_shown_by_metadata(const Spec& spec, const World& world, const Node& node, const Eni& eni, sim::Time now);

// IPAM-151: an ENI in this subnet is kept from pods, as its tags say.
bool excludes(const Subnet& subnet);

// IPAM-77: of the subnets in which a new ENI of such a node may be made, the one with the most free addresses among
// those not tried yet. `tried` has one bit a candidate; none valid: there is no other. Without a list of subnets it is
// the primary ENI's alone, and under custom networking that of the ENIConfig.
struct SubnetCandidate {
    SubnetIx subnet;
    std::uint32_t bit = 0;
};
SubnetCandidate subnet_for_eni(const Spec& spec, const World& world, const CniSettings& cni, const NodeShape& shape,
                               bool knows_subnets, std::uint32_t tried);

// The pauses between the daemon's own tries (IPAM-3): each twice the one before, up to a minute, and longer by a draw.
struct Backoff {
    sim::Duration start;
    double jitter = 0.15;
    std::uint8_t tries = 12;  // maxENIEC2APIRetries
};
inline constexpr Backoff detach_backoff{sim::Duration::microseconds(200'000)};
inline constexpr Backoff delete_backoff{sim::Duration::microseconds(500'000)};
inline constexpr Backoff metadata_backoff{sim::Duration::microseconds(100'000)};
inline constexpr Backoff tag_backoff{sim::Duration::microseconds(500'000), 0.3, 5};

class IpamdThread {
  public:
    IpamdThread(const Spec& spec, World& world, Turn& turn, NodeId node)
        : spec_(spec), world_(world), turn_(turn), id_(node) {}

    void begin_update();
    void begin_pre_scaling();  // one fill before the node becomes Ready (IPAM-119)
    void begin_reconcile();
    void begin_ipv6();  // asks for the node's /80 (IPAM-61)
    // What the thread waited for is there.
    void go_on();

    // Whether a reconcile would find something now.
    bool finds_differences() const;

  private:
    Node& node() { return world_.nodes[id_]; }
    const Node& node() const { return world_.nodes[id_]; }
    Ipamd& daemon() { return node().ipamd; }
    const AddressPool& card() { return world_.pools[daemon().card]; }
    const NodeShape& shape() const { return spec_[node().shape]; }
    PoolState state() { return pool_state(spec_, world_, node(), card()); }
    const CniSettings& cni() const { return cni_of(world_, node()); }
    std::uint64_t key() const;

    // What a choice is for: two of one instant must not share a draw.
    enum class Choice : std::uint32_t { card, fill, release_from, release, free };
    std::uint64_t choose(Choice what_for, std::uint64_t bound, std::uint32_t n = 0);
    // The position of one set bit.
    std::uint32_t choose_bit(Choice what_for, std::uint32_t bits);

    // --- the thread waits
    void call(PoolStep step, Ec2Action action);
    void send();
    void pause(sim::Duration length);
    void answered(bool is_refused);
    void count_call(Ec2Result result);
    // The pause after so many failed tries.
    sim::Duration pause_before_retry(const Backoff& backoff);
    // Tries the call again after a pause; false when all tries are used up.
    bool try_again(const Backoff& backoff);

    // --- ipamd.cpp: the pass
    void ipv6_answered(bool is_refused);
    void end_ipv6();
    void next_card();
    void end_pass();
    void rest(sim::Duration until_next_update);
    bool is_restrained() const;
    bool has_no_pod_address() const;

    // --- ipamd_fill.cpp
    void begin_increase();
    void fill_existing();
    void assigned_answer(bool is_refused);
    void truth_read(bool is_refused);
    void make_eni();
    void create_in_next_subnet();
    void created(bool is_refused);
    void device_found(bool is_refused);
    void attached(bool is_refused);
    void marked(bool is_refused);
    void look_at_metadata();
    void exclusion_tested();
    void unattached_deleted(bool is_refused);
    void increase_failed();
    Ec2Result add_cidrs(EniId eni, std::int32_t count);
    void enter_eni(EniId eni);
    enum class Bars : std::uint8_t { observed, ignored };
    void enter_cidrs(EniId eni, Bars bars);
    void added();

    // --- ipamd_free.cpp
    void begin_decrease();
    void release_next();
    void unassigned(bool is_refused);
    void begin_freeing();
    void free_eni(EniId eni);
    void attachment_found(bool is_refused);
    void detached(bool is_refused);
    void deleted(bool is_refused);
    void freed();

    // --- ipamd_reconcile.cpp
    void reconcile_next();
    void strangers_described(bool is_refused);
    void set_up_next_stranger();
    void stranger_tagged(bool is_refused);
    void set_up_stranger();
    void stranger_tested();
    void eni_described(bool is_refused);
    void drop_unlisted();
    enum class Outcome : std::uint8_t { completed, aborted };
    void end_reconcile(Outcome outcome);
    EniId stranger_after(EniId last) const;
    bool is_shown(const Eni& eni) const { return is_shown_by_metadata(spec_, world_, node(), eni, turn_.now()); }
    bool is_barred(EniId eni, std::uint32_t network) const;

    const Spec& spec_;
    World& world_;
    Turn& turn_;
    NodeId id_;
};

// Bits of Ipamd::asked; no card of any type has more ENIs.
inline constexpr std::uint32_t most_asked = 32;

// What of a CIDR the node's store counts, by state.
void count_states(const World& world, const EniCidr& cidr, sim::Duration cooldown, sim::Time now,
                  AddressesDroppedFact& fact);
// What leaving the store or EC2 takes with it, told to the metrics.
void note_dropped(const World& world, Turn& turn, const Eni& eni);

// --- ipamd_leaks.cpp: an ENI that nobody will attach any more is swept by and by (IPAM-130).
void leak_eni(const Spec& spec, World& world, Turn& turn, EniId eni);
// Gives back to its subnet all that the ENI holds in EC2 and removes it.
void delete_from_ec2(const Spec& spec, World& world, Turn& turn, EniId eni);

}  // namespace eks
