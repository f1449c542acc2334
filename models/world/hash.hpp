// How the World and its rows take part in a fingerprint.
#pragma once

#include "libsim/fingerprint.hpp"
#include "models/spec/hash.hpp"
#include "models/world/world.hpp"

namespace eks {

void hash_into(sim::Fingerprint& print, const CallBudget& b);
void hash_into(sim::Fingerprint& print, const Node& n);
void hash_into(sim::Fingerprint& print, const Pod& p);
void hash_into(sim::Fingerprint& print, const Job& j);
void hash_into(sim::Fingerprint& print, const JobIndex& i);
void hash_into(sim::Fingerprint& print, const ReplicaSet& r);
void hash_into(sim::Fingerprint& print, const Rollout& r);
void hash_into(sim::Fingerprint& print, const AddressRecord& r);
void hash_into(sim::Fingerprint& print, const EniCidr& c);
void hash_into(sim::Fingerprint& print, const Eni& e);
void hash_into(sim::Fingerprint& print, const AddressPool& p);
void hash_into(sim::Fingerprint& print, const CniPod& p);
void hash_into(sim::Fingerprint& print, const Ipamd& d);
void hash_into(sim::Fingerprint& print, const OperatorCall& c);
void hash_into(sim::Fingerprint& print, const CiliumNode& n);
void hash_into(sim::Fingerprint& print, const CiliumOperator& o);
void hash_into(sim::Fingerprint& print, const ReadoptBar& b);
void hash_into(sim::Fingerprint& print, const BranchEni& b);
void hash_into(sim::Fingerprint& print, const Trunk& b);
void hash_into(sim::Fingerprint& print, const ResourceController& b);
void hash_into(sim::Fingerprint& print, const HeldAddress& h);
void hash_into(sim::Fingerprint& print, const ActiveFault& f);
void hash_into(sim::Fingerprint& print, const TokenBucket& b);
void hash_into(sim::Fingerprint& print, const WorkloadState& w);
void hash_into(sim::Fingerprint& print, const NodeGroupState& g);
void hash_into(sim::Fingerprint& print, const QueuedPod& q);
void hash_into(sim::Fingerprint& print, const SchedulerState& s);
void hash_into(sim::Fingerprint& print, const SubnetState& s);
void hash_into(sim::Fingerprint& print, const World& w);

}  // namespace eks
