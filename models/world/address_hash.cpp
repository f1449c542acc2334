// The fingerprint's part that pod networking has in the World. Every field of every row is named here.
#include "models/world/hash.hpp"

namespace eks {

void hash_into(sim::Fingerprint& print, const AddressRecord& r) { sim::hash_all(print, r.owner, r.released); }

void hash_into(sim::Fingerprint& print, const EniCidr& c) {
    static_assert(sizeof(EniCidr) == 32, "a field was added to EniCidr: hash it");
    sim::hash_all(print, c.network, c.records, c.is_prefix, c.on_eni, c.in_store, c.assigned, c.record);
}

void hash_into(sim::Fingerprint& print, const Eni& e) {
    static_assert(sizeof(Eni) - sizeof(EniOffers) == 104, "a field was added to Eni: hash it");
    sim::hash_all(print, e.node, e.pool, e.subnet, e.state, e.in_store, e.is_primary, e.is_trunk, e.is_efa,
                  e.is_excluded, e.ends_with_instance, e.device, e.created, e.visible_at, e.entered_store,
                  e.primary_address, e.first_cidr, e.slots, e.granted, e.cidrs, e.assigned, e.active_total,
                  e.active_assigned, e.next_in_pool, e.tag);
    if (e.twin.valid()) hash_into(print, e.twin);
}

void hash_into(sim::Fingerprint& print, const AddressPool& p) {
    static_assert(sizeof(AddressPool) == 64, "a field was added to AddressPool: hash it");
    sim::hash_all(print, p.node, p.next_on_node, p.card, p.uses_prefixes, p.takes_both, p.first_eni, p.enis, p.attached,
                  p.total, p.assigned, p.all_assigned, p.free_prefixes, p.counted_total, p.counted_prefixes,
                  p.untagged_enis, p.no_manage_enis);
}

void hash_into(sim::Fingerprint& print, const CniPod& p) {
    static_assert(sizeof(CniPod) == 40, "a field was added to CniPod: hash it");
    sim::hash_all(print, p.serves, p.is_placed, p.crashes, p.serial, p.settings, p.created, p.started, p.initialised);
}

void hash_into(sim::Fingerprint& print, const Ipamd& d) {
    static_assert(sizeof(Ipamd) == 144, "a field was added to Ipamd: hash it");
    sim::hash_all(print, d.has_ipv6_prefix, d.may_differ, d.phase, d.free_at, d.wakes_at, d.wakes_to_reconcile,
                  d.last_decrease, d.last_insufficient, d.last_action, d.step, d.card, d.cards_left, d.low, d.high,
                  d.frees, d.card_frees, d.is_pre_scaling, d.init_fails, d.decreased, d.undoes_creation, d.eni, d.asked,
                  d.want, d.over, d.subnet, d.knows_subnets, d.call, d.is_refused, d.pauses, d.attempts, d.tries,
                  d.retry_quota, d.error);
}

void hash_into(sim::Fingerprint& print, const OperatorCall& c) {
    sim::hash_all(print, c.action, c.is_sent, c.is_refused, c.attempts);
}

void hash_into(sim::Fingerprint& print, const CiliumNode& n) {
    static_assert(sizeof(CiliumNode) == 168, "a field was added to CiliumNode: hash it");
    // Of a second CNI; most nodes have one.
    if (n.pool.valid()) sim::hash_all(print, n.pool, n.agent, n.has_written_configuration);
    sim::hash_all(print, n.has_started, n.started, n.looks_at, n.last_report, n.reports_at, n.misses_link, n.is_tainted,
                  n.own, n.reported, n.step, n.is_due, n.awaits_resync, n.acted_at, n.call, n.eni, n.subnet, n.want,
                  n.releasing, n.excess_since, n.marked_at, n.marked, n.acknowledged);
}

void hash_into(sim::Fingerprint& print, const CiliumOperator& o) {
    sim::hash_all(print, o.calls_used_until, o.resyncs, o.resync_again, o.resync_call, o.resync_began, o.seen_as_of,
                  o.call, o.busy, o.queue, o.due, o.has_leader, o.leaders, o.lease_until);
}

void hash_into(sim::Fingerprint& print, const BranchEni& b) {
    static_assert(sizeof(BranchEni) == 64, "a field was added to BranchEni: hash it");
    sim::hash_all(print, b.node, b.pod, b.subnet, b.address, b.stage, b.cause, b.pauses, b.is_refused, b.attempts,
                  b.tries, b.cool_at, b.key, b.next_on_node, b.next_in_queue);
}

void hash_into(sim::Fingerprint& print, const Trunk& t) {
    static_assert(sizeof(Trunk) == 48, "a field was added to Trunk: hash it");
    sim::hash_all(print, t.stage, t.is_served, t.pauses, t.is_refused, t.attempts, t.tries, t.eni, t.branches, t.phase,
                  t.serves_at, t.first_branch);
}

void hash_into(sim::Fingerprint& print, const ResourceController& c) {
    sim::hash_all(print, c.busy_workers, c.first_in_queue, c.last_in_queue);
}

void hash_into(sim::Fingerprint& print, const ReadoptBar& b) { sim::hash_all(print, b.eni, b.network, b.until); }

}  // namespace eks
