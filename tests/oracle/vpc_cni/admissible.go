package main

import (
	"github.com/aws/amazon-vpc-cni-k8s/pkg/ipamd/datastore"
)

// The data store takes the first of several choices in the order in which Go walks its maps. Which choices there are is
// asked of its own functions, on copies or with all ENIs but one out of the way, so that nothing here is our reading.

// admissibleAddresses lists what the data store may give to a new pod now.
func admissibleAddresses(ds *datastore.DataStore) []string {
	usesPrefixes := *field[bool](ds, "isPDEnabled")
	found := []string{}
	for _, eni := range poolOf(ds) {
		if eni.IsExcludedForPodIPs {
			continue
		}
		for _, cidr := range eni.AvailableIPv4Cidrs {
			if cidr.IsPrefix == usesPrefixes {
				found = append(found, offersOf(ds, cidr)...)
			}
		}
	}
	sortAddresses(found)
	return found
}

// offersOf lists what a CIDR may give: any of the records that the choice drops or, if it drops none, the address that
// it names.
func offersOf(ds *datastore.DataStore, cidr *datastore.CidrInfo) []string {
	probe := copyOfCidr(cidr)
	address, err := getUnusedIP(ds, probe)
	if err != nil {
		return nil
	}
	var dropped []string
	for name := range cidr.IPAddresses {
		if probe.IPAddresses[name] == nil {
			dropped = append(dropped, name)
		}
	}
	if len(dropped) > 0 {
		return dropped
	}
	return []string{address}
}

// admissibleENIs lists the ENIs that the data store may remove as unused now. A primary ENI is never removed and counts
// for the others like any ENI, so that is what all but one are made for a moment.
func admissibleENIs(ds *datastore.DataStore, warmIP, minimumIP, warmPrefix int) []string {
	pool := poolOf(ds)
	found := []string{}
	for _, id := range sortedKeys(pool) {
		var hidden []*datastore.ENI
		for other, eni := range pool {
			if other != id && !eni.IsPrimary {
				eni.IsPrimary = true
				hidden = append(hidden, eni)
			}
		}
		if getDeletableENI(ds, warmIP, minimumIP, warmPrefix) != nil {
			found = append(found, id)
		}
		for _, eni := range hidden {
			eni.IsPrimary = false
		}
	}
	return found
}
