package main

import (
	"github.com/aws/amazon-vpc-cni-k8s/pkg/netlinkwrapper"
	"github.com/aws/amazon-vpc-cni-k8s/pkg/networkutils"
	"github.com/vishvananda/netlink"
)

// host is the network of a node as far as a starting daemon looks at it: the host sides of the pods' veth pairs, and
// rules, of which there are none.
type host struct {
	netlinkwrapper.NetLink // anything else would be a surprise, and panics
	veths                  []netlink.Link
}

func (h *host) LinkList() ([]netlink.Link, error) { return h.veths, nil }
func (h *host) NewRule() *netlink.Rule            { return netlink.NewRule() }
func (h *host) RuleDel(*netlink.Rule) error       { return nil }

// addVeth gives a pod its interface on the host.
func (h *host) addVeth(namespace, name string) {
	attributes := netlink.NewLinkAttrs()
	attributes.Name = "eni" + networkutils.GeneratePodHostVethNameSuffix(namespace, name)
	h.veths = append(h.veths, &netlink.Veth{LinkAttrs: attributes})
}
