// The rows of pod networking: ENIs and the CIDRs on them, as EC2 has them and as a node's daemon has them in its store.
// Both views stand in the same row, so that what one side has and the other does not can be read off (IPAM-105 to
// IPAM-113).
#pragma once

#include "libsim/time.hpp"
#include "models/quantities.hpp"
#include "models/spec/cni_settings.hpp"
#include "models/spec/ec2.hpp"
#include "models/spec/eni_tag.hpp"
#include "models/spec/indices.hpp"
#include "models/world/eni_offers.hpp"
#include "models/world/ids.hpp"

#include <cstdint>

namespace eks {

inline constexpr std::uint32_t addresses_a_prefix = std::uint32_t{addresses_per_prefix};

// What the data store knows of one address (IPAM-13). Neither owner nor release: it has no record. A released one cools
// by IPAM-28, which nobody is told of (IPAM-30).
struct AddressRecord {
    PodId owner;  // assigned exactly while valid
    sim::Time released = sim::Time::never();

    constexpr bool is_blank() const { return !owner.valid() && released == sim::Time::never(); }
    friend bool operator==(const AddressRecord&, const AddressRecord&) = default;
};

// One slot of an ENI: a secondary address (/32) with its record, or a prefix (/28), whose 16 records stand in a block
// of World::prefix_records.
struct EniCidr {
    std::uint32_t network = 0;  // 0: the slot is empty
    std::uint32_t records = 0;  // of a prefix: where its block starts
    bool is_prefix = false;
    bool on_eni = false;    // EC2 has it there
    bool in_store = false;  // the daemon has it there
    std::uint8_t assigned = 0;
    AddressRecord record;  // of a single address; of a prefix only `released`: the latest release in it

    constexpr bool is_empty() const { return network == 0; }
    constexpr std::int32_t size() const { return is_prefix ? std::int32_t{addresses_a_prefix} : 1; }
    friend bool operator==(const EniCidr&, const EniCidr&) = default;
};

// Where an address of a pod is: the CIDR's place in World::cidrs and the address within it.
struct AddressPlace {
    std::uint32_t cidr = 0;
    std::uint32_t offset = 0;
    friend constexpr bool operator==(const AddressPlace&, const AddressPlace&) = default;
};

enum class EniState : std::uint8_t {
    available,  // made and attached to nothing: on its way, or leaked (IPAM-131)
    attached,
    gone,  // deleted at EC2; a store that does not know yet has it still
};

struct Eni {
    NodeId node;  // whose instance it is attached to or was made for; none once that has ended
    PoolId pool;  // the store it is in, or would be; likewise
    SubnetIx subnet;
    EniState state = EniState::available;
    bool in_store = false;
    bool is_primary = false;
    bool is_trunk = false;
    bool is_efa = false;
    bool is_excluded = false;         // IPAM-151
    bool ends_with_instance = false;  // delete on termination is set (IPAM-132)
    EniTag tag = EniTag::managed;
    std::uint16_t device = 0;
    sim::Time created;        // in EC2
    sim::Time visible_at;     // from then on the instance's metadata shows it, with its CIDRs
    sim::Time entered_store;  // createTime of IPAM-16
    std::uint32_t primary_address = 0;
    std::uint32_t first_cidr = 0;  // its block of slots
    std::int32_t slots = 0;        // CIDRs that it can hold beside its primary address: IPv4Limit - 1 (IPAM-5)
    std::int32_t granted = 0;      // CIDRs that EC2 has on it
    // The store's sums over its CIDRs of either kind.
    std::int32_t cidrs = 0;
    std::int32_t assigned = 0;
    // The same over CIDRs of the active kind only (IPAM-19), excluded or not.
    std::int32_t active_total = 0;
    std::int32_t active_assigned = 0;
    EniId next_in_pool;
    // The same ENI in the other store, where a node has two CNIs: what EC2 has of it stands in both rows and is always
    // equal, what a store has is each row's own.
    EniId twin;
    EniOffers offers;

    friend bool operator==(const Eni&, const Eni&) = default;
};

// The data store of one network card of a node (IPAM-13).
struct AddressPool {
    NodeId node;
    PoolId next_on_node;  // of the next card
    std::uint32_t card = 0;
    bool uses_prefixes = false;  // the active kind of CIDRs: pods get addresses of it alone (IPAM-26)
    bool takes_both = false;     // Cilium's pool is of addresses, whatever they came in (IPAM-327)
    // Of those attached to the card, by what their tags say.
    std::uint8_t untagged_enis = 0;
    std::uint8_t no_manage_enis = 0;
    EniId first_eni;            // in the order in which they entered
    std::int32_t enis = 0;      // in the store
    std::int32_t attached = 0;  // to the card, in the store or not
    // IPAM-19: CIDRs of the active kind on ENIs that are not excluded.
    std::int32_t total = 0;
    std::int32_t assigned = 0;
    // Over all ENIs.
    std::int32_t all_assigned = 0;   // of either kind
    std::int32_t free_prefixes = 0;  // IPAM-20
    // The daemon's own counters, which drift away from the sums (IPAM-21, IPAM-33).
    std::int32_t counted_total = 0;
    std::int32_t counted_prefixes = 0;

    constexpr std::int32_t available() const { return total - assigned; }
    // Whether pods get addresses of such a CIDR.
    constexpr bool takes(const EniCidr& cidr) const { return takes_both || cidr.is_prefix == uses_prefixes; }
    friend bool operator==(const AddressPool&, const AddressPool&) = default;
};

// ENIs on the card that the CNI leaves alone.
constexpr std::int32_t unmanaged_enis(const CniSettings& cni, const AddressPool& pool) {
    return (is_unmanaged(cni, EniTag::no_manage) ? pool.no_manage_enis : 0) +
           (is_unmanaged(cni, EniTag::untagged) ? pool.untagged_enis : 0);
}

// What the one thread of ipamd waits for: an answer of EC2, the end of a pause, or nothing (IPAM-60). Each step is
// named after what has been asked.
enum class PoolStep : std::uint8_t {
    resting,
    assigning,      // more CIDRs on an ENI that is there (IPAM-66)
    assigning_one,  // the same again for a single one
    reading_truth,  // what the full ENI really holds
    // a new ENI, IPAM-75
    listing_subnets,
    creating,
    finding_device,
    attaching,
    marking,
    waiting_for_metadata,
    testing_exclusion,
    deleting_unattached,  // what could not be attached, IPAM-76
    // releasing, IPAM-90
    unassigning,
    // freeing, IPAM-97
    finding_attachment,
    detaching,
    settling,
    deleting,
    // reconcile, IPAM-105
    describing_strangers,
    tagging_stranger,
    testing_stranger,
    describing_eni,
    // IPv6, IPAM-61
    assigning_ipv6_prefix,
};

// Whose address a pod has on a node with two CNIs: of the one that answered its ADD. `only`: it has none, or there is
// but one CNI.
enum class AddressGiver : std::uint8_t { only, vpc_cni, cilium };

// What has become of such an address (DPC-57).
enum class AddressState : std::uint8_t {
    undisputed,
    shared,       // an earlier pod has it too; traffic comes here, to the route that was written last
    overwritten,  // a later pod has got it too: traffic goes there
    taken_away,   // on no ENI of the node any more: nothing reaches it from off the node
};
// Whether new connections to the pod fail.
constexpr bool fails_connections(AddressState state) {
    return state == AddressState::overwritten || state == AddressState::taken_away;
}

// The CNI's daemon on one node as a process, whichever CNI it is.
struct CniPod {
    bool serves = false;         // it answers ADD and DEL: it has started and has not been stopped (IPAM-115, IPAM-335)
    bool is_placed = false;      // its pod has come to the node and would run
    std::uint8_t crashes = 0;    // ends of its container in a row
    std::uint32_t serial = 0;    // grows when what it waits for becomes void
    std::uint32_t settings = 0;  // into World::cni_settings
    sim::Time created;           // the pod, with all its containers
    sim::Time started;           // the process of now
    sim::Time initialised;       // it serves since then

    friend bool operator==(const CniPod&, const CniPod&) = default;
};

// ipamd on one node: its loop and the pass that it is in.
struct Ipamd {
    bool has_ipv6_prefix = false;             // the one /80 of a node with IPv6
    bool may_differ = false;                  // the store and EC2 may not agree: a reconcile would find something
    sim::Duration phase;                      // of the pool updates; reconciles come half an interval later
    sim::Time free_at;                        // the thread rests from then on
    sim::Time wakes_at = sim::Time::never();  // the tick that is scheduled; never: the loop sleeps
    bool wakes_to_reconcile = false;
    sim::Time last_decrease = sim::Time::never();      // never: none yet
    sim::Time last_insufficient = sim::Time::never();  // of the last subnet-exhausted error
    sim::Time last_action = sim::Time::never();        // lastPoolAction of IPAM-105

    // The pass.
    PoolStep step = PoolStep::resting;
    PoolId card;  // whose turn it is
    // One bit a card of the node, in the order of its chain.
    std::uint32_t cards_left = 0;
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    std::uint32_t frees = 0;
    bool card_frees = false;      // the card whose turn it is may free an ENI after all else
    bool is_pre_scaling = false;  // the fill before the node becomes Ready (IPAM-119)
    bool init_fails = false;      // an error of that fill that ends the process (IPAM-119)
    bool decreased = false;
    bool undoes_creation = false;  // the ENI being freed was never taken into use (IPAM-76)
    EniId eni;
    std::uint32_t asked = 0;     // ENIs by position, or subnets, that had their turn in this step; one bit each
    std::int32_t want = 0;       // CIDRs asked for
    std::int64_t over = 0;       // CIDRs still to be released
    SubnetIx subnet;             // in which an ENI is being made (IPAM-77)
    bool knows_subnets = false;  // they could be listed before

    // The call in flight.
    Ec2Action call = Ec2Action::describe_subnets;
    bool is_refused = false;               // it met an empty bucket or a fault
    bool pauses = false;                   // a pause before the call is made again
    std::uint8_t attempts = 0;             // of the SDK for this call
    std::uint8_t tries = 0;                // of the daemon for this step
    std::int16_t retry_quota = 500;        // IPAM-4
    Ec2Result error = Ec2Result::success;  // the last one of this increase

    friend bool operator==(const Ipamd&, const Ipamd&) = default;
};

}  // namespace eks
