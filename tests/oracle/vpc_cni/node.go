package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing/synctest"
	"time"

	_ "ekssim/oracle/vpc_cni/quiet"
	"github.com/aws/amazon-vpc-cni-k8s/pkg/ipamd/datastore"
)

// node is where a data store lives: its settings, its checkpoint file, and the process that has the store in memory.
// It executes operations on the real data store and writes down what that did. Runs inside a synctest bubble, whose
// clock moves only in the operation advance.
type node struct {
	began    time.Time
	settings settings
	file     file
	handle   *handle
	store    *datastore.DataStore
}

func newNode(s settings) *node {
	n := &node{began: time.Now(), settings: s}
	n.startProcess()
	return n
}

// end lets the goroutines that still sleep come to their end, without which a bubble does not close.
func (n *node) end() {
	n.handle.ended = true
	time.Sleep(time.Minute)
}

func (n *node) startProcess() {
	os.Setenv("IP_COOLDOWN_PERIOD", strconv.Itoa(int(n.settings.CooldownSeconds)))
	n.handle = &handle{file: &n.file}
	n.store = datastore.NewDataStore(silent{}, n.handle, n.settings.PrefixDelegation, 0)
}

// execute carries out one operation. Where the data store has a choice and the operation does not say which to take, the
// one that it took is written into it; where it does say, the data store is asked again until it takes that.
func (n *node) execute(op operation) result {
	do, known := operations[op.name()]
	if !known {
		panic("there is no operation " + op.name())
	}
	r := do(n, op)
	if r["ok"] == nil {
		r["ok"] = r["error"] == nil
	}
	n.addStatistics(r)
	return r
}

var operations = map[string]func(*node, operation) result{
	"advance":             (*node).advance,
	"add_eni":             (*node).addENI,
	"exclude_eni":         (*node).excludeENI,
	"add_cidr":            (*node).addCidr,
	"del_cidr":            (*node).delCidr,
	"assign":              (*node).assign,
	"unassign":            (*node).unassign,
	"remove_unused_eni":   (*node).removeUnusedENI,
	"remove_eni":          (*node).removeENI,
	"freeable":            (*node).freeable,
	"freeable_eni_exists": (*node).freeableENIExists,
	"allocatable_enis":    (*node).allocatableENIs,
	"special_enis":        (*node).specialENIs,
	"eni_cidrs":           (*node).eniCidrs,
	"allocated":           (*node).allocated,
	"inspect":             (*node).inspect,
	"checkpoint_fails":    (*node).checkpointFails,
	"restart":             (*node).restart,
}

func (n *node) addStatistics(r result) {
	stats := n.store.GetIPStats("4")
	r["stats"] = []int{stats.TotalIPs, stats.TotalPrefixes, stats.AssignedIPs, stats.CooldownIPs,
		stats.AvailableAddresses(), n.store.GetFreePrefixes()}
	infos := n.store.GetENIInfos()
	r["counters"] = []int{infos.TotalIPs, infos.AssignedIPs}
	perENI := map[string]int{}
	for id, eni := range infos.ENIs {
		perENI[id] = eni.AssignedIPv4Addresses()
	}
	r["eni_assigned"] = perENI
}

// outcome names the errors of the data store as the cases do.
func outcome(err error, names map[string]string) result {
	if err == nil {
		return result{}
	}
	name, known := names[err.Error()]
	if !known {
		panic(err)
	}
	return result{"error": name}
}

func (n *node) advance(op operation) result {
	time.Sleep(time.Duration(op.number("seconds") * float64(time.Second)))
	synctest.Wait() // clean-ups that are due at this very instant
	return result{"now": time.Since(n.began).Seconds()}
}

func (n *node) addENI(op operation) result {
	err := n.store.AddENI(op.text("eni"), op.integer("device"), op.flag("primary"), op.flag("trunk"), op.flag("efa"),
		op.integer("route_table"), "subnet-0")
	return outcome(err, map[string]string{datastore.DuplicatedENIError: "duplicate_eni"})
}

func (n *node) excludeENI(op operation) result {
	err := n.store.SetENIExcludedForPodIPs(op.text("eni"), op.flag("excluded"))
	return outcome(err, map[string]string{datastore.UnknownENIError: "unknown_eni"})
}

func (n *node) addCidr(op operation) result {
	cidr := mustParseCidr(op.text("cidr"))
	err := n.store.AddIPv4CidrToStore(op.text("eni"), cidr, isPrefix(cidr))
	return outcome(err, map[string]string{
		"add ENI's IP to datastore: unknown ENI": "unknown_eni",
		datastore.IPAlreadyInStoreError:          "duplicate_cidr",
	})
}

func (n *node) delCidr(op operation) result {
	err := n.store.DelIPv4CidrFromStore(op.text("eni"), mustParseCidr(op.text("cidr")), op.flag("force"))
	return outcome(err, map[string]string{
		datastore.UnknownENIError: "unknown_eni",
		datastore.UnknownIPError:  "unknown_cidr",
		datastore.IPInUseError:    "cidr_in_use",
	})
}

func keyOf(op operation) datastore.IPAMKey {
	pod := op.texts("pod")
	return datastore.IPAMKey{NetworkName: pod[0], ContainerID: pod[1], IfName: pod[2]}
}

func (n *node) assign(op operation) result {
	key := keyOf(op)
	metadata := datastore.IPAMMetadata{InterfacesCount: 1}
	if op.has("metadata") {
		names := op.texts("metadata")
		metadata.K8SPodNamespace, metadata.K8SPodName = names[0], names[1]
	}
	if _, _, record := ownerOf(n.store, key); record != nil {
		address, device, table, err := n.store.AssignPodIPv4Address(key, metadata)
		if err != nil {
			panic(err)
		}
		return result{"address": address, "device": device, "route_table": table, "already": true}
	}

	admissible := admissibleAddresses(n.store)
	var address string
	var device, table int
	var err error
	n.choose(op, admissible, func() string {
		address, device, table, err = n.store.AssignPodIPv4Address(key, metadata)
		switch {
		case err == nil:
			return address
		case errors.Is(err, datastore.ErrNoAvailableIPInDataStore):
			return ""
		default:
			return n.handle.addressOf(key)
		}
	})
	switch {
	case err == nil:
		return result{"address": address, "device": device, "route_table": table, "already": false, "admissible": admissible}
	case len(admissible) == 0:
		return result{"error": "no_available_ip", "admissible": admissible}
	default:
		return result{"error": "checkpoint", "admissible": admissible}
	}
}

// choose lets the data store choose once; or again, from the state that it was in, until it chooses as it was told.
func (n *node) choose(op operation, admissible []string, ask func() string) {
	told, isTold := op["take"].(string)
	if isTold && !slices.Contains(admissible, told) {
		panic(fmt.Sprintf("the data store cannot take %s, only %v", told, admissible))
	}
	before, content := take(n.store), n.file.content
	for range 100_000 {
		chosen := ask()
		if chosen == "" && len(admissible) == 0 {
			return
		}
		if !slices.Contains(admissible, chosen) {
			panic(fmt.Sprintf("the data store took %q, which is none of %v", chosen, admissible))
		}
		if !isTold {
			op["take"] = chosen
			return
		}
		if chosen == told {
			return
		}
		before.putBack(n.store)
		n.file.content = content
	}
	panic("the data store never took " + told)
}

func (n *node) unassign(op operation) result {
	eni, address, device, _, table, err := n.store.UnassignPodIPAddress(keyOf(op))
	switch {
	case errors.Is(err, datastore.ErrUnknownPod):
		return result{"error": "unknown_pod"}
	case err != nil:
		return result{"error": "checkpoint"}
	}
	return result{"eni": eni.ID, "address": address, "device": device, "route_table": table}
}

func (n *node) removeUnusedENI(op operation) result {
	warmIP, minimumIP, warmPrefix := op.integer("warm_ip_target"), op.integer("minimum_ip_target"), op.integer("warm_prefix_target")
	admissible := admissibleENIs(n.store, warmIP, minimumIP, warmPrefix)
	r := result{"admissible": admissible, "removed": nil}
	n.choose(op, admissible, func() string {
		removed := n.store.RemoveUnusedENIFromStore(warmIP, minimumIP, warmPrefix)
		if removed != "" {
			r["removed"] = removed
		}
		return removed
	})
	return r
}

func (n *node) removeENI(op operation) result {
	err := n.store.RemoveENIFromDataStore(op.text("eni"), op.flag("force"))
	return outcome(err, map[string]string{
		datastore.UnknownENIError: "unknown_eni",
		datastore.ENIInUseError:   "eni_in_use",
	})
}

func (n *node) checkpointFails(op operation) result {
	n.file.fails = op.flag("fails")
	return result{}
}

// restart ends the process and starts another, which is told of the ENIs and CIDRs that the node has and then restores
// what the file holds.
func (n *node) restart(op operation) result {
	if op.has("prefix_delegation") {
		n.settings.PrefixDelegation = op.flag("prefix_delegation")
	}
	if op.has("cooldown_seconds") {
		n.settings.CooldownSeconds = op.number("cooldown_seconds")
	}
	n.handle.ended = true
	attached := poolOf(n.store)
	n.startProcess()
	for _, id := range sortedKeys(attached) {
		eni := attached[id]
		must(n.store.AddENI(id, eni.DeviceNumber, eni.IsPrimary, eni.IsTrunk, eni.IsEFA, eni.RouteTableID, eni.SubnetID))
		must(n.store.SetENIExcludedForPodIPs(id, eni.IsExcludedForPodIPs))
		for _, name := range sortedKeys(eni.AvailableIPv4Cidrs) {
			cidr := eni.AvailableIPv4Cidrs[name]
			must(n.store.AddIPv4CidrToStore(id, cidr.Cidr, cidr.IsPrefix))
		}
	}
	setNetLink(n.store, n.hostWithout(op["missing_veths"].([]any)))
	must(n.store.ReadBackingStore(false))
	return result{"restored": n.store.GetENIInfos().AssignedIPs}
}

// hostWithout has the interfaces of all pods that the file knows, without those named.
func (n *node) hostWithout(missing []any) *host {
	gone := map[[2]string]bool{}
	for _, pod := range missing {
		names := textsOf(pod)
		gone[[2]string{names[0], names[1]}] = true
	}
	h := &host{}
	if n.file.content == nil {
		return h
	}
	for _, entry := range n.file.content.Allocations {
		if namespace, name := entry.Metadata.K8SPodNamespace, entry.Metadata.K8SPodName; name != "" && !gone[[2]string{namespace, name}] {
			h.addVeth(namespace, name)
		}
	}
	return h
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
