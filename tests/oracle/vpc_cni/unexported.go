package main

import (
	"maps"
	"reflect"
	"time"
	"unsafe"

	"github.com/aws/amazon-vpc-cni-k8s/pkg/ipamd/datastore"
	"github.com/aws/amazon-vpc-cni-k8s/pkg/netlinkwrapper"
)

// What the data store keeps to itself: three of its functions, and its fields. The empty file unexported.s lets the
// functions be declared without a body.

//go:linkname getUnusedIP github.com/aws/amazon-vpc-cni-k8s/pkg/ipamd/datastore.(*DataStore).getUnusedIP
func getUnusedIP(ds *datastore.DataStore, cidr *datastore.CidrInfo) (string, error)

//go:linkname getDeletableENI github.com/aws/amazon-vpc-cni-k8s/pkg/ipamd/datastore.(*DataStore).getDeletableENI
func getDeletableENI(ds *datastore.DataStore, warmIP, minimumIP, warmPrefix int) *datastore.ENI

//go:linkname inCoolingPeriod github.com/aws/amazon-vpc-cni-k8s/pkg/ipamd/datastore.AddressInfo.inCoolingPeriod
func inCoolingPeriod(address datastore.AddressInfo, period time.Duration) bool

func field[T any](ds *datastore.DataStore, name string) *T {
	value := reflect.ValueOf(ds).Elem().FieldByName(name)
	if value.Type() != reflect.TypeFor[T]() {
		panic("the data store's field " + name + " is a " + value.Type().String())
	}
	return (*T)(unsafe.Pointer(value.UnsafeAddr()))
}

func poolOf(ds *datastore.DataStore) datastore.ENIPool {
	return *field[datastore.ENIPool](ds, "eniPool")
}

func setNetLink(ds *datastore.DataStore, link netlinkwrapper.NetLink) {
	*field[netlinkwrapper.NetLink](ds, "netLink") = link
}

// snapshot is everything in a data store that an operation can change.
type snapshot struct {
	total, assigned, prefixes int
	pool                      datastore.ENIPool
}

func take(ds *datastore.DataStore) snapshot {
	return snapshot{
		total:    *field[int](ds, "total"),
		assigned: *field[int](ds, "assigned"),
		prefixes: *field[int](ds, "allocatedPrefix"),
		pool:     copyOf(poolOf(ds)),
	}
}

func (s snapshot) putBack(ds *datastore.DataStore) {
	*field[int](ds, "total") = s.total
	*field[int](ds, "assigned") = s.assigned
	*field[int](ds, "allocatedPrefix") = s.prefixes
	*field[datastore.ENIPool](ds, "eniPool") = copyOf(s.pool)
}

func copyOf(pool datastore.ENIPool) datastore.ENIPool {
	copied := make(datastore.ENIPool, len(pool))
	for id, eni := range pool {
		one := *eni
		one.AvailableIPv4Cidrs = make(map[string]*datastore.CidrInfo, len(eni.AvailableIPv4Cidrs))
		for name, cidr := range eni.AvailableIPv4Cidrs {
			one.AvailableIPv4Cidrs[name] = copyOfCidr(cidr)
		}
		copied[id] = &one
	}
	return copied
}

func copyOfCidr(cidr *datastore.CidrInfo) *datastore.CidrInfo {
	one := *cidr
	one.IPAddresses = maps.Clone(cidr.IPAddresses)
	for name, address := range one.IPAddresses {
		record := *address
		one.IPAddresses[name] = &record
	}
	return &one
}
