package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator makes up one sequence. It looks into the real data store only to name things that exist.
type generator struct {
	*rand.Rand
	shape shape
	node  *node
	pods  int // names given so far
}

// shape is what a sequence dwells on.
type shape struct {
	settings      settings
	length        int
	enis          int     // most at a time
	otherKind     float64 // share of CIDRs that are not of the active kind
	exclusions    float64 // weights of operations, beside about one for assigning
	removals      float64
	failures      float64
	restarts      float64
	special       float64 // share of ENIs that are trunk or EFA
	releaseWeight float64
}

func newShape(r *rand.Rand) shape {
	rare := func(weight float64) float64 {
		return pick(r, []float64{0, 0, weight / 3, weight})
	}
	return shape{
		settings: settings{
			PrefixDelegation: r.IntN(2) == 0,
			CooldownSeconds:  pick(r, []float64{0, 1, 10, 30, 30, 60}),
		},
		length:        20 + r.IntN(pick(r, []int{40, 120, 400})),
		enis:          1 + r.IntN(pick(r, []int{2, 4, 7})),
		otherKind:     rare(0.3),
		exclusions:    rare(0.25),
		removals:      rare(0.25),
		failures:      rare(0.15),
		restarts:      rare(0.1),
		special:       rare(0.3),
		releaseWeight: pick(r, []float64{0.4, 0.8, 1.1}),
	}
}

func pick[T any](r *rand.Rand, choices []T) T { return choices[r.IntN(len(choices))] }

func generate(seed, sequence uint64) testCase {
	r := rand.New(rand.NewPCG(seed, sequence))
	g := generator{Rand: r, shape: newShape(r)}
	g.node = newNode(g.shape.settings)
	defer g.node.end()
	c := testCase{
		ID:   fmt.Sprintf("address-store-%d-%06d", seed, sequence),
		From: "amazon-vpc-cni-k8s v1.23.2 pkg/ipamd/datastore",
		Call: "address_store",
		Args: arguments{Settings: g.shape.settings},
	}
	do := func(op operation) {
		defer func() {
			if problem := recover(); problem != nil {
				panic(fmt.Sprintf("%s, operation %d %v: %v", c.ID, len(c.Args.Ops), op, problem))
			}
		}()
		answer := g.node.execute(op)
		c.Args.Ops = append(c.Args.Ops, op)
		c.Expect = append(c.Expect, answer)
	}
	do(g.addENI())
	do(g.addCidr())
	for len(c.Args.Ops) < g.shape.length {
		do(g.next())
	}
	do(operation{"op": "inspect"})
	do(operation{"op": "allocated"})
	return c
}

func (g *generator) next() operation {
	s := &g.shape
	return g.weighted([]weighted{
		{1.3, g.assign},
		{s.releaseWeight, g.unassign},
		{0.6, g.advance},
		{0.2, g.addENI},
		{0.6, g.addCidr},
		{0.03 + s.removals, g.delCidr},
		{0.02 + s.removals/4, g.removeENI},
		{0.1 + s.removals/3, g.removeUnusedENI},
		{s.exclusions, g.excludeENI},
		{s.failures, g.checkpointFails},
		{s.restarts, g.restart},
		{0.15, g.query},
	})
}

type weighted struct {
	weight float64
	make   func() operation
}

func (g *generator) weighted(choices []weighted) operation {
	sum := 0.0
	for _, choice := range choices {
		sum += choice.weight
	}
	at := g.Float64() * sum
	for _, choice := range choices {
		if at -= choice.weight; at < 0 {
			return choice.make()
		}
	}
	return choices[0].make()
}

func (g *generator) chance(share float64) bool { return g.Float64() < share }

// --- what exists, and now and then what does not

// eni names an ENI of the store, or one that may not be there.
func (g *generator) eni() string {
	ids := sortedKeys(poolOf(g.node.store))
	if len(ids) == 0 || g.chance(0.02) {
		return fmt.Sprintf("eni-%d", g.IntN(8))
	}
	return pick(g.Rand, ids)
}

// cidr names one that an ENI may have. No two ENIs share any: the second or third number is the ENI's own.
func (g *generator) cidr(eni string, prefix bool) string {
	var number int
	fmt.Sscanf(eni, "eni-%d", &number)
	if prefix {
		return fmt.Sprintf("10.1.%d.%d/28", number, 16*g.IntN(12))
	}
	return fmt.Sprintf("10.2.%d.%d/32", number, g.IntN(30))
}

func (g *generator) knownCidr(eni string) string {
	if known := poolOf(g.node.store)[eni]; known != nil && len(known.AvailableIPv4Cidrs) > 0 && !g.chance(0.05) {
		return pick(g.Rand, sortedKeys(known.AvailableIPv4Cidrs))
	}
	return g.cidr(eni, g.node.settings.PrefixDelegation)
}

func pod(network, container, device string) []any { return []any{network, container, device} }

// knownPod is the key of a pod that has an address; nil if none has.
func (g *generator) knownPod() []any {
	rows := g.node.allocated(nil)["allocated"].([][]any)
	if len(rows) == 0 {
		return nil
	}
	row := pick(g.Rand, rows)
	return pod(row[2].(string), row[3].(string), row[4].(string))
}

// --- operations

func (g *generator) advance() operation {
	cooldown := g.node.settings.CooldownSeconds
	seconds := pick(g.Rand, []float64{0, 0.25, 1, 2.5, 4.75, 5, 5.25, cooldown, cooldown + 0.25, max(0, cooldown-0.25), 59.75, 60,
		0.25 * float64(g.IntN(80))})
	return operation{"op": "advance", "seconds": seconds}
}

func (g *generator) addENI() operation {
	pool := poolOf(g.node.store)
	number := 0
	for pool[fmt.Sprintf("eni-%d", number)] != nil && number+1 < g.shape.enis && !g.chance(0.05) {
		number++
	}
	primary := number == 0
	trunk := !primary && g.chance(g.shape.special) && g.node.store.GetTrunkENI() == ""
	table := 254
	if !primary {
		table = number + 1
	}
	return operation{"op": "add_eni", "eni": fmt.Sprintf("eni-%d", number), "device": float64(number), "primary": primary,
		"trunk": trunk, "efa": !trunk && g.chance(g.shape.special), "route_table": float64(table)}
}

func (g *generator) addCidr() operation {
	eni := g.eni()
	prefix := g.node.settings.PrefixDelegation != g.chance(g.shape.otherKind)
	return operation{"op": "add_cidr", "eni": eni, "cidr": g.cidr(eni, prefix)}
}

func (g *generator) delCidr() operation {
	eni := g.eni()
	return operation{"op": "del_cidr", "eni": eni, "cidr": g.knownCidr(eni), "force": g.chance(0.3)}
}

func (g *generator) assign() operation {
	if again := g.knownPod(); again != nil && g.chance(0.04) {
		return operation{"op": "assign", "pod": again}
	}
	g.pods++
	container := fmt.Sprintf("c%d", g.pods)
	op := operation{"op": "assign", "pod": pod("aws-cni", container, "eth0")}
	if g.chance(0.04) {
		op["pod"] = pod("_migrated-from-cri", container, "unknown")
	} else if g.chance(0.04) {
		op["pod"] = pod("aws-cni", fmt.Sprintf("c%d", g.pods-1), "eth1") // a second interface of the pod before
	}
	if !g.chance(0.08) {
		op["metadata"] = []any{pick(g.Rand, []string{"default", "shop"}), "pod-" + strings.TrimPrefix(container, "c")}
	}
	return op
}

func (g *generator) unassign() operation {
	key := g.knownPod()
	switch {
	case key == nil && g.chance(0.9):
		return g.addCidr()
	case key == nil || g.chance(0.03):
		key = pod("aws-cni", fmt.Sprintf("c%d", 1+g.IntN(g.pods+1)), "eth0")
	case key[0] != "aws-cni" && g.chance(0.7):
		key = pod("aws-cni", key[1].(string), "eth0") // by its key of today
	}
	return operation{"op": "unassign", "pod": key}
}

func (g *generator) removeENI() operation {
	return operation{"op": "remove_eni", "eni": g.eni(), "force": g.chance(0.35)}
}

func (g *generator) removeUnusedENI() operation {
	targets := []float64{0, 0, 0, 0, 1, 2, 5, 16, 17, 33}
	return operation{"op": "remove_unused_eni", "warm_ip_target": pick(g.Rand, targets), "minimum_ip_target": pick(g.Rand, targets),
		"warm_prefix_target": float64(g.IntN(3))}
}

func (g *generator) excludeENI() operation {
	return operation{"op": "exclude_eni", "eni": g.eni(), "excluded": g.chance(0.5)}
}

func (g *generator) checkpointFails() operation {
	return operation{"op": "checkpoint_fails", "fails": !g.node.file.fails != g.chance(0.1)}
}

func (g *generator) restart() operation {
	missing := []any{}
	if file := g.node.file.content; file != nil {
		pods := map[string][]any{}
		for _, entry := range file.Allocations {
			if name := entry.Metadata.K8SPodName; name != "" {
				pods[entry.IPv4] = []any{entry.Metadata.K8SPodNamespace, name}
			}
		}
		for _, address := range sortedKeys(pods) {
			if g.chance(0.25) {
				missing = append(missing, pods[address])
			}
		}
	}
	if g.chance(0.2) {
		missing = append(missing, []any{"default", "nobody"})
	}
	op := operation{"op": "restart", "missing_veths": missing}
	if g.chance(0.3) {
		op["prefix_delegation"] = g.chance(0.5)
	}
	if g.chance(0.3) {
		op["cooldown_seconds"] = pick(g.Rand, []float64{0, 10, 30})
	}
	return op
}

func (g *generator) query() operation {
	switch g.IntN(7) {
	case 0:
		return operation{"op": "freeable", "eni": g.eni()}
	case 1:
		return operation{"op": "freeable_eni_exists"}
	case 2:
		return operation{"op": "allocatable_enis", "max_cidrs": float64(1 + g.IntN(6)), "skip_primary": g.chance(0.3)}
	case 3:
		return operation{"op": "special_enis"}
	case 4:
		return operation{"op": "eni_cidrs", "eni": g.eni()}
	case 5:
		return operation{"op": "allocated"}
	default:
		return operation{"op": "inspect"}
	}
}
