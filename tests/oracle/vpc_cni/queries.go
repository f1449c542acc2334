package main

import (
	"net"
	"slices"
	"time"

	"github.com/aws/amazon-vpc-cni-k8s/pkg/ipamd/datastore"
)

// The operations that change nothing.

func ownerOf(ds *datastore.DataStore, key datastore.IPAMKey) (*datastore.ENI, *datastore.CidrInfo, *datastore.AddressInfo) {
	pool := poolOf(ds)
	return pool.FindAddressForSandbox(key)
}

func (n *node) freeable(op operation) result {
	var all []net.IPNet
	for _, cidr := range n.store.FindFreeableCidrs(op.text("eni")) {
		all = append(all, cidr.Cidr)
	}
	return result{
		"cidrs":    sortedCidrs(all),
		"ips":      sortedCidrs(n.store.FreeableIPs(op.text("eni"))),
		"prefixes": sortedCidrs(n.store.FreeablePrefixes(op.text("eni"))),
	}
}

func (n *node) freeableENIExists(operation) result {
	return result{"exists": n.store.CheckFreeableENIexists()}
}

func (n *node) allocatableENIs(op operation) result {
	ids := []string{}
	for _, eni := range n.store.GetAllocatableENIs(op.integer("max_cidrs"), op.flag("skip_primary")) {
		ids = append(ids, eni.ID)
	}
	slices.Sort(ids)
	return result{"enis": ids}
}

func (n *node) specialENIs(operation) result {
	r := result{"trunk": nil, "efa": append([]string{}, sortedKeys(n.store.GetEFAENIs())...), "count": n.store.GetENIs()}
	if trunk := n.store.GetTrunkENI(); trunk != "" {
		r["trunk"] = trunk
	}
	return r
}

func (n *node) eniCidrs(op operation) result {
	ips, prefixes, err := n.store.GetENICIDRs(op.text("eni"))
	if err != nil {
		return outcome(err, map[string]string{datastore.UnknownENIError: "unknown_eni"})
	}
	ips, prefixes = append([]string{}, ips...), append([]string{}, prefixes...)
	sortAddresses(ips)
	sortAddresses(prefixes)
	return result{"ips": ips, "prefixes": prefixes}
}

func (n *node) allocated(operation) result {
	pods := map[string]datastore.PodIPInfo{}
	for _, pod := range n.store.AllocatedIPs() {
		pods[pod.IP] = pod
	}
	addresses := sortedKeys(pods)
	sortAddresses(addresses)
	rows := [][]any{}
	for _, address := range addresses {
		pod := pods[address]
		rows = append(rows, []any{address, pod.DeviceNumber, pod.IPAMKey.NetworkName, pod.IPAMKey.ContainerID, pod.IPAMKey.IfName})
	}
	return result{"allocated": rows}
}

func (n *node) inspect(operation) result {
	period := *field[time.Duration](n.store, "ipCooldownPeriod")
	enis := map[string]any{}
	for id, eni := range n.store.GetENIInfos().ENIs {
		cidrs := map[string]any{}
		for name, cidr := range eni.AvailableIPv4Cidrs {
			assigned, cooling := []string{}, []string{}
			for address, record := range cidr.IPAddresses {
				if record.Assigned() {
					assigned = append(assigned, address)
				} else if inCoolingPeriod(*record, period) {
					cooling = append(cooling, address)
				}
			}
			sortAddresses(assigned)
			sortAddresses(cooling)
			cidrs[name] = map[string]any{"assigned": assigned, "cooling": cooling}
		}
		enis[id] = map[string]any{"excluded": eni.IsExcludedForPodIPs, "cidrs": cidrs}
	}
	return result{"enis": enis}
}
