package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	v1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// arguments of all three calls; those of other calls stay out.
type arguments struct {
	Pod         *v1.Pod                         `json:"pod,omitempty"`
	Nodes       []*v1.Node                      `json:"nodes"`
	Pods        []*v1.Pod                       `json:"pods,omitempty"`
	Existing    []*v1.Pod                       `json:"existing,omitempty"`
	Services    []*v1.Service                   `json:"services,omitempty"`
	ReplicaSets []*appsv1.ReplicaSet            `json:"replica_sets,omitempty"`
	Namespaces  []*v1.Namespace                 `json:"namespaces,omitempty"`
	PDBs        []*policyv1.PodDisruptionBudget `json:"pdbs,omitempty"`
	Bind        []*string                       `json:"bind,omitempty"`
	Config      any                             `json:"config,omitempty"`
}

// existing pods of the cluster, under whichever name the call has them.
func (a arguments) existing(call string) []*v1.Pod {
	if call == "schedule_all" {
		return a.Existing
	}
	return a.Pods
}

type generator struct {
	*rand.Rand
	preempts bool
}

func (g generator) oneIn(n int) bool            { return g.IntN(n) == 0 }
func (g generator) between(least, most int) int { return least + g.IntN(most-least+1) }
func pick[T any](g generator, from ...T) T      { return from[g.IntN(len(from))] }
func (g generator) labels() map[string]string {
	labels := map[string]string{"app": pick(g, "web", "cache", "batch")}
	if g.oneIn(2) {
		labels["tier"] = pick(g, "front", "back")
	}
	return labels
}

const (
	zoneLabel = "topology.kubernetes.io/zone"
	hostLabel = "kubernetes.io/hostname"
)

func (g generator) node(i int) *v1.Node {
	node := &v1.Node{}
	node.Name = fmt.Sprintf("n%02d", i)
	node.Labels = map[string]string{hostLabel: node.Name, "disk": pick(g, "ssd", "hdd"), "cores": pick(g, "2", "8", "16")}
	if !g.oneIn(12) {
		node.Labels[zoneLabel] = pick(g, "a", "b", "c")
	}
	node.Status.Allocatable = v1.ResourceList{
		v1.ResourceCPU:    resource.MustParse(pick(g, "1930m", "3920m", "4", "7910m")),
		v1.ResourceMemory: resource.MustParse(pick(g, "3Gi", "7219239Ki", "15Gi", "31Gi")),
		v1.ResourcePods:   resource.MustParse(pick(g, "4", "29", "58", "110")),
	}
	if g.oneIn(4) {
		node.Status.Allocatable["nvidia.com/gpu"] = resource.MustParse(pick(g, "1", "4"))
	}
	node.Spec.Unschedulable = g.oneIn(15)
	for range g.IntN(3) {
		if g.oneIn(2) {
			node.Spec.Taints = append(node.Spec.Taints, v1.Taint{
				Key:    pick(g, "spot", "dedicated", "level"),
				Value:  pick(g, "", "a", "3"),
				Effect: pick(g, v1.TaintEffectNoSchedule, v1.TaintEffectPreferNoSchedule, v1.TaintEffectNoExecute),
			})
		}
	}
	for _, name := range []string{"example.com/app:1", "example.com/big:latest"} {
		if g.oneIn(3) {
			node.Status.Images = append(node.Status.Images,
				v1.ContainerImage{Names: []string{name}, SizeBytes: int64(g.between(1, 1400)) << 20})
		}
	}
	return node
}

func (g generator) requests() v1.ResourceList {
	list := v1.ResourceList{}
	if !g.oneIn(5) {
		list[v1.ResourceCPU] = resource.MustParse(pick(g, "0", "50m", "100500u", "250m", "1", "1500m"))
	}
	if !g.oneIn(5) {
		list[v1.ResourceMemory] = resource.MustParse(pick(g, "0", "64Mi", "200Mi", "0.5Gi", "2Gi"))
	}
	if g.oneIn(10) {
		list["nvidia.com/gpu"] = resource.MustParse("1")
	}
	return list
}

func (g generator) container(name string) v1.Container {
	c := v1.Container{Name: name, Image: pick(g, "example.com/app:1", "example.com/big", "example.com/rare:2")}
	c.Resources.Requests = g.requests()
	if g.oneIn(12) {
		port := int32(pick(g, 80, 443))
		c.Ports = []v1.ContainerPort{{ContainerPort: port, HostPort: port, Protocol: pick(g, v1.ProtocolTCP, v1.ProtocolUDP),
			HostIP: pick(g, "", "127.0.0.1", "0.0.0.0")}}
	}
	return c
}

func (g generator) expressions() []v1.NodeSelectorRequirement {
	switch g.IntN(4) {
	case 0:
		return []v1.NodeSelectorRequirement{{Key: "cores", Operator: pick(g, v1.NodeSelectorOpGt, v1.NodeSelectorOpLt), Values: []string{"4"}}}
	case 1:
		return []v1.NodeSelectorRequirement{{Key: zoneLabel, Operator: pick(g, v1.NodeSelectorOpIn, v1.NodeSelectorOpNotIn), Values: []string{"a", "b"}}}
	case 2:
		return []v1.NodeSelectorRequirement{{Key: zoneLabel, Operator: pick(g, v1.NodeSelectorOpExists, v1.NodeSelectorOpDoesNotExist)}}
	}
	return []v1.NodeSelectorRequirement{{Key: "disk", Operator: v1.NodeSelectorOpIn, Values: []string{pick(g, "ssd", "hdd")}}}
}

func (g generator) selector() *metav1.LabelSelector {
	switch g.IntN(8) {
	case 0:
		return &metav1.LabelSelector{}
	case 1:
		return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
			{Key: "tier", Operator: pick(g, metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist)}}}
	}
	return &metav1.LabelSelector{MatchLabels: map[string]string{"app": pick(g, "web", "cache", "batch")}}
}

func (g generator) term() v1.PodAffinityTerm {
	term := v1.PodAffinityTerm{TopologyKey: pick(g, zoneLabel, hostLabel, "disk"), LabelSelector: g.selector()}
	if g.oneIn(5) {
		term.Namespaces = []string{pick(g, "default", "other")}
	}
	if g.oneIn(8) {
		term.NamespaceSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"team": "x"}}
	}
	return term
}

func (g generator) weighted() []v1.WeightedPodAffinityTerm {
	return []v1.WeightedPodAffinityTerm{{Weight: int32(g.between(1, 100)), PodAffinityTerm: g.term()}}
}

func (g generator) affinity() *v1.Affinity {
	affinity := &v1.Affinity{}
	if g.oneIn(3) {
		node := &v1.NodeAffinity{}
		if g.oneIn(2) {
			terms := []v1.NodeSelectorTerm{{MatchExpressions: g.expressions()}}
			if g.oneIn(3) {
				terms = append(terms, v1.NodeSelectorTerm{MatchExpressions: g.expressions()})
			}
			if g.oneIn(8) {
				terms = []v1.NodeSelectorTerm{{MatchFields: []v1.NodeSelectorRequirement{
					{Key: "metadata.name", Operator: v1.NodeSelectorOpIn, Values: []string{"n00"}}}}}
			}
			node.RequiredDuringSchedulingIgnoredDuringExecution = &v1.NodeSelector{NodeSelectorTerms: terms}
		}
		for range g.IntN(3) {
			node.PreferredDuringSchedulingIgnoredDuringExecution = append(node.PreferredDuringSchedulingIgnoredDuringExecution,
				v1.PreferredSchedulingTerm{Weight: int32(g.between(1, 100)), Preference: v1.NodeSelectorTerm{MatchExpressions: g.expressions()}})
		}
		affinity.NodeAffinity = node
	}
	if g.oneIn(4) {
		affinity.PodAffinity = &v1.PodAffinity{}
		if g.oneIn(2) {
			affinity.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution = []v1.PodAffinityTerm{g.term()}
		}
		if g.oneIn(2) {
			affinity.PodAffinity.PreferredDuringSchedulingIgnoredDuringExecution = g.weighted()
		}
	}
	if g.oneIn(4) {
		affinity.PodAntiAffinity = &v1.PodAntiAffinity{}
		if g.oneIn(2) {
			affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution = []v1.PodAffinityTerm{g.term()}
		}
		if g.oneIn(2) {
			affinity.PodAntiAffinity.PreferredDuringSchedulingIgnoredDuringExecution = g.weighted()
		}
	}
	return affinity
}

func (g generator) spread() v1.TopologySpreadConstraint {
	c := v1.TopologySpreadConstraint{
		MaxSkew:           int32(g.between(1, 3)),
		TopologyKey:       pick(g, zoneLabel, hostLabel, "disk"),
		WhenUnsatisfiable: pick(g, v1.DoNotSchedule, v1.ScheduleAnyway),
		LabelSelector:     g.selector(),
	}
	if g.oneIn(4) && c.WhenUnsatisfiable == v1.DoNotSchedule {
		domains := int32(g.between(1, 4))
		c.MinDomains = &domains
	}
	if g.oneIn(4) {
		policy := pick(g, v1.NodeInclusionPolicyHonor, v1.NodeInclusionPolicyIgnore)
		c.NodeTaintsPolicy = &policy
	}
	if g.oneIn(4) {
		policy := pick(g, v1.NodeInclusionPolicyHonor, v1.NodeInclusionPolicyIgnore)
		c.NodeAffinityPolicy = &policy
	}
	if g.oneIn(5) {
		c.MatchLabelKeys = []string{"tier"}
	}
	return c
}

func (g generator) pod(name string) *v1.Pod {
	pod := &v1.Pod{}
	pod.Name = name
	pod.UID = types.UID(name)
	pod.Namespace = pick(g, "default", "default", "default", "other")
	pod.Labels = g.labels()
	for i := range g.between(1, 2) {
		pod.Spec.Containers = append(pod.Spec.Containers, g.container(fmt.Sprintf("c%d", i)))
	}
	if g.oneIn(5) {
		c := g.container("init")
		if g.oneIn(2) {
			always := v1.ContainerRestartPolicyAlways
			c.RestartPolicy = &always
		}
		pod.Spec.InitContainers = []v1.Container{c}
	}
	if g.oneIn(4) {
		pod.Spec.NodeSelector = map[string]string{"disk": pick(g, "ssd", "hdd")}
	}
	if g.oneIn(3) {
		pod.Spec.Affinity = g.affinity()
	}
	for range g.IntN(3) {
		pod.Spec.Tolerations = append(pod.Spec.Tolerations, v1.Toleration{
			Key:      pick(g, "spot", "dedicated", "level"),
			Operator: pick(g, v1.TolerationOpExists, v1.TolerationOpEqual),
			Effect:   pick(g, "", v1.TaintEffectNoSchedule, v1.TaintEffectPreferNoSchedule),
		})
		last := &pod.Spec.Tolerations[len(pod.Spec.Tolerations)-1]
		if last.Operator == v1.TolerationOpEqual {
			last.Value = pick(g, "", "a", "3")
		}
	}
	if g.oneIn(4) {
		for range g.between(1, 2) {
			pod.Spec.TopologySpreadConstraints = append(pod.Spec.TopologySpreadConstraints, g.spread())
		}
	}
	if g.oneIn(12) {
		pod.Spec.Overhead = v1.ResourceList{v1.ResourceCPU: resource.MustParse("20m"), v1.ResourceMemory: resource.MustParse("30Mi")}
	}
	if g.oneIn(3) {
		yes := true
		pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "rs", UID: "rs", Controller: &yes}}
	}
	priority := int32(0)
	if g.preempts {
		priority = int32(g.between(0, 3))
	}
	pod.Spec.Priority = &priority
	return pod
}

func (g generator) existingPods(nodes []*v1.Node) []*v1.Pod {
	var pods []*v1.Pod
	for i := range g.between(0, 4*len(nodes)) {
		pod := g.pod(fmt.Sprintf("e%02d", i))
		where := nodes[g.IntN(len(nodes))].Name
		if g.oneIn(20) {
			pod.Status.NominatedNodeName = where
		} else {
			pod.Spec.NodeName = where
			start := metav1.NewTime(time.Date(2026, 1, 1, 0, 0, i, 0, time.UTC))
			pod.Status.StartTime = &start
		}
		if g.oneIn(15) {
			now := metav1.NewTime(time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))
			pod.DeletionTimestamp = &now
		}
		pods = append(pods, pod)
	}
	return pods
}

func generate(r *rand.Rand, call string) arguments {
	g := generator{r, call == "preempt"}
	args := arguments{}
	for i := range g.between(1, 12) {
		args.Nodes = append(args.Nodes, g.node(i))
	}
	if g.oneIn(2) {
		service := &v1.Service{}
		service.Name, service.Namespace = "s", "default"
		service.Spec.Selector = map[string]string{"app": pick(g, "web", "cache")}
		args.Services = []*v1.Service{service}
	}
	if g.oneIn(2) {
		rs := &appsv1.ReplicaSet{}
		rs.Name, rs.Namespace = "rs", "default"
		rs.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"tier": "front"}}
		args.ReplicaSets = []*appsv1.ReplicaSet{rs}
	}
	if g.oneIn(2) {
		other := &v1.Namespace{}
		other.Name, other.Labels = "other", map[string]string{"team": pick(g, "x", "y")}
		args.Namespaces = []*v1.Namespace{other}
	}
	existing := g.existingPods(args.Nodes)
	switch call {
	case "schedule_all":
		args.Existing = existing
		for i := range g.between(2, 12) {
			args.Pods = append(args.Pods, g.pod(fmt.Sprintf("p%02d", i)))
		}
	default:
		args.Pods = existing
		args.Pod = g.pod("incoming")
		if g.oneIn(15) {
			args.Pod.Status.NominatedNodeName = args.Nodes[g.IntN(len(args.Nodes))].Name
		}
	}
	if call == "preempt" {
		*args.Pod.Spec.Priority = 2
		for i := range g.IntN(3) {
			pdb := &policyv1.PodDisruptionBudget{}
			pdb.Name, pdb.Namespace = fmt.Sprintf("b%d", i), "default"
			pdb.Spec.Selector = g.selector()
			pdb.Status.DisruptionsAllowed = int32(g.IntN(3))
			args.PDBs = append(args.PDBs, pdb)
		}
	}
	if g.oneIn(5) {
		args.Config = g.config()
	}
	return args
}

type object = map[string]any

// config of one profile, as a user writes it.
func (g generator) config() any {
	var entries []object
	strategy := object{"type": pick(g, "LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"),
		"resources": []object{{"name": "cpu", "weight": g.between(1, 5)}, {"name": "memory", "weight": g.between(1, 5)},
			{"name": "nvidia.com/gpu", "weight": g.between(1, 5)}}}
	if strategy["type"] == "RequestedToCapacityRatio" {
		strategy["requestedToCapacityRatio"] = object{"shape": []object{
			{"utilization": 0, "score": g.between(0, 10)}, {"utilization": 40, "score": g.between(0, 10)},
			{"utilization": 100, "score": g.between(0, 10)}}}
	}
	entries = append(entries, object{"name": "NodeResourcesFit", "args": object{"scoringStrategy": strategy}})
	if g.oneIn(2) {
		entries = append(entries, object{"name": "NodeResourcesBalancedAllocation", "args": object{"resources": []object{
			{"name": "cpu", "weight": 1}, {"name": "memory", "weight": 1}, {"name": "nvidia.com/gpu", "weight": 1}}}})
	}
	if g.oneIn(2) {
		entries = append(entries, object{"name": "InterPodAffinity", "args": object{
			"hardPodAffinityWeight": g.between(0, 100), "ignorePreferredTermsOfExistingPods": g.oneIn(2)}})
	}
	if g.oneIn(2) {
		entries = append(entries, object{"name": "PodTopologySpread", "args": object{"defaultingType": "List",
			"defaultConstraints": []object{{"maxSkew": g.between(1, 3), "topologyKey": zoneLabel,
				"whenUnsatisfiable": pick(g, "ScheduleAnyway", "DoNotSchedule")}}}})
	}
	profile := object{"schedulerName": "default-scheduler", "pluginConfig": entries}
	if g.oneIn(2) {
		name := pick(g, "TaintToleration", "ImageLocality", "PodTopologySpread", "NodeResourcesFit")
		score := object{"disabled": []object{{"name": name}}}
		if g.oneIn(2) {
			score["enabled"] = []object{{"name": name, "weight": g.between(1, 9)}}
		}
		profile["plugins"] = object{"score": score}
	}
	return object{"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration",
		"profiles": []object{profile}}
}
