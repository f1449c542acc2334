package main

import (
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
)

func sortedKeys[V any](table map[string]V) []string { return slices.Sorted(maps.Keys(table)) }

// sortAddresses sorts addresses, or CIDRs, by number.
func sortAddresses(texts []string) {
	number := func(text string) netip.Addr {
		address, _, _ := strings.Cut(text, "/")
		return netip.MustParseAddr(address)
	}
	slices.SortFunc(texts, func(a, b string) int { return number(a).Compare(number(b)) })
}

// sortedCidrs writes CIDRs, sorted by address. Never nil, which JSON would show as null.
func sortedCidrs(cidrs []net.IPNet) []string {
	texts := make([]string, 0, len(cidrs))
	for _, cidr := range cidrs {
		texts = append(texts, cidr.String())
	}
	sortAddresses(texts)
	return texts
}

func mustParseCidr(text string) net.IPNet {
	_, cidr, err := net.ParseCIDR(text)
	if err != nil {
		panic(err)
	}
	return *cidr
}

func isPrefix(cidr net.IPNet) bool {
	ones, bits := cidr.Mask.Size()
	return ones < bits
}
