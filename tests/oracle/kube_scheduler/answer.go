package main

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"sort"

	v1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/latest"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/scheme"
	"k8s.io/kubernetes/pkg/scheduler/backend/cache"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/defaultpreemption"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/feature"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
	"k8s.io/kubernetes/pkg/scheduler/metrics"
)

// scheduler is the real framework before one cluster.
type scheduler struct {
	framework.Framework
	context  context.Context
	snapshot *cache.Snapshot
	profile  *config.KubeSchedulerProfile
	nodes    []fwk.NodeInfo
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// profileOf a configuration as a user writes it, with the defaults of the real loader.
func profileOf(written any) *config.KubeSchedulerProfile {
	read := must(latest.Default())
	if written != nil {
		decoded, _, err := scheme.Codecs.UniversalDecoder().Decode(must(json.Marshal(written)), nil, nil)
		read = must(decoded, err).(*config.KubeSchedulerConfiguration)
	}
	// No claims are generated, and without a driver the plugin of dynamic resources cannot be asked.
	plugins := &read.Profiles[0].Plugins.MultiPoint
	plugins.Enabled = slices.DeleteFunc(plugins.Enabled, func(p config.Plugin) bool { return p.Name == "DynamicResources" })
	return &read.Profiles[0]
}

// noDevices: no extended resource is one of dynamic resource allocation.
type noDevices struct{ fwk.SharedDRAManager }

func (noDevices) DeviceClassResolver() fwk.DeviceClassResolver           { return noDevices{} }
func (noDevices) GetDeviceClass(v1.ResourceName) *resourcev1.DeviceClass { return nil }

// nominations by node. The scheduler's own keeps only names, for pods that are in its queue.
type nominations map[string][]fwk.PodInfo

func (n nominations) NominatedPodsForNode(node string) []fwk.PodInfo              { return n[node] }
func (nominations) AddNominatedPod(klog.Logger, fwk.PodInfo, *fwk.NominatingInfo) {}
func (nominations) DeleteNominatedPodIfExists(*v1.Pod)                            {}
func (nominations) UpdateNominatedPod(klog.Logger, *v1.Pod, fwk.PodInfo)          {}

// newScheduler puts `placed` on the nodes and nominates those of `pending` that say so.
func newScheduler(ctx context.Context, args arguments, placed, pending []*v1.Pod) *scheduler {
	var objects []runtime.Object
	for _, o := range args.Services {
		objects = append(objects, o)
	}
	for _, o := range args.ReplicaSets {
		objects = append(objects, o)
	}
	for _, o := range args.Namespaces {
		objects = append(objects, o)
	}
	for _, o := range args.PDBs {
		objects = append(objects, o)
	}
	for _, pods := range [][]*v1.Pod{placed, pending} {
		for _, o := range pods {
			objects = append(objects, o)
		}
	}
	client := fake.NewClientset(objects...)
	factory := informers.NewSharedInformerFactory(client, 0)
	nominated := nominations{}
	for _, pod := range pending {
		if node := pod.Status.NominatedNodeName; node != "" {
			nominated[node] = append(nominated[node], must(framework.NewPodInfo(pod)))
		}
	}
	s := &scheduler{context: ctx, snapshot: cache.NewSnapshot(placed, args.Nodes), profile: profileOf(args.Config)}
	s.Framework = must(frameworkruntime.NewFramework(ctx, plugins.NewInTreeRegistry(), s.profile,
		frameworkruntime.WithInformerFactory(factory),
		frameworkruntime.WithClientSet(client),
		frameworkruntime.WithSnapshotSharedLister(s.snapshot),
		frameworkruntime.WithPodNominator(nominated),
		frameworkruntime.WithSharedDRAManager(noDevices{}),
		frameworkruntime.WithParallelism(1)))
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	for _, node := range args.Nodes {
		s.nodes = append(s.nodes, must(s.snapshot.Get(node.Name)))
	}
	return s
}

type reasons struct {
	Plugin  string   `json:"plugin"`
	Reasons []string `json:"reasons"`
}

func reasonsOf(status *fwk.Status) reasons {
	texts := slices.Clone(status.Reasons())
	sort.Strings(texts)
	return reasons{status.Plugin(), texts}
}

// choice is the answer of schedule_one.
type choice struct {
	Unschedulable *reasons                    `json:"unschedulable,omitempty"`
	Feasible      []string                    `json:"feasible"`
	Rejected      map[string]reasons          `json:"rejected"`
	Scores        map[string]map[string]int64 `json:"scores"`
	Total         map[string]int64            `json:"total"`
	Best          []string                    `json:"best_any_of"`

	state    fwk.CycleState
	statuses *framework.NodeToStatus
}

// passes the filters, as the scheduler asks them of one node.
func (s *scheduler) status(state fwk.CycleState, pod *v1.Pod, node fwk.NodeInfo) *fwk.Status {
	return s.RunFilterPluginsWithNominatedPods(s.context, state, pod, node)
}

func (s *scheduler) choose(pod *v1.Pod) choice {
	c := choice{Feasible: []string{}, Rejected: map[string]reasons{}, Scores: map[string]map[string]int64{},
		Total: map[string]int64{}, Best: []string{}, state: framework.NewCycleState(), statuses: framework.NewDefaultNodeToStatus()}
	allowed, status, _ := s.RunPreFilterPlugins(s.context, c.state, pod)
	if !status.IsSuccess() {
		r := reasonsOf(status)
		c.Unschedulable = &r
		return c
	}
	if name := pod.Status.NominatedNodeName; name != "" {
		if node, err := s.snapshot.Get(name); err == nil && s.status(c.state, pod, node).IsSuccess() {
			c.Feasible, c.Best = []string{name}, []string{name}
			return c
		}
	}
	var feasible []fwk.NodeInfo
	for _, node := range s.nodes {
		name := node.Node().Name
		if !allowed.AllNodes() && !allowed.NodeNames.Has(name) {
			c.Rejected[name] = reasons{"", []string{"node(s) didn't satisfy plugin(s) [NodeAffinity]"}}
			c.statuses.Set(name, fwk.NewStatus(fwk.UnschedulableAndUnresolvable))
			continue
		}
		status := s.status(c.state, pod, node)
		if status.IsSuccess() {
			feasible = append(feasible, node)
			c.Feasible = append(c.Feasible, name)
			continue
		}
		c.Rejected[name] = reasonsOf(status)
		c.statuses.Set(name, status)
	}
	sort.Strings(c.Feasible)
	if len(feasible) < 2 {
		c.Best = c.Feasible
		return c
	}
	if status := s.RunPreScorePlugins(s.context, c.state, pod, feasible); !status.IsSuccess() {
		panic(status.Message())
	}
	scores, status := s.RunScorePlugins(s.context, c.state, pod, feasible)
	if !status.IsSuccess() {
		panic(status.Message())
	}
	top := scores[0].TotalScore
	for _, node := range scores {
		c.Scores[node.Name] = map[string]int64{}
		for _, plugin := range node.Scores {
			c.Scores[node.Name][plugin.Name] = plugin.Score
		}
		c.Total[node.Name] = node.TotalScore
		top = max(top, node.TotalScore)
	}
	for name, total := range c.Total {
		if total == top {
			c.Best = append(c.Best, name)
		}
	}
	sort.Strings(c.Best)
	return c
}

type step struct {
	Pod       string   `json:"pod"`
	Feasible  int      `json:"feasible"`
	BestTotal *int64   `json:"best_total"`
	Best      []string `json:"best_any_of"`
}

func split(pods []*v1.Pod) (placed, pending []*v1.Pod) {
	for _, pod := range pods {
		if pod.Spec.NodeName != "" {
			placed = append(placed, pod)
		} else {
			pending = append(pending, pod)
		}
	}
	return placed, pending
}

// scheduleAll also notes where each pod was bound, as any of the best nodes will do.
func scheduleAll(ctx context.Context, args *arguments) any {
	placed, pending := split(args.Existing)
	steps := []step{}
	r := rand.New(rand.NewPCG(uint64(len(args.Pods)), uint64(len(args.Existing))))
	for _, pod := range args.Pods {
		c := newScheduler(ctx, *args, placed, pending).choose(pod)
		one := step{Pod: pod.Namespace + "/" + pod.Name, Feasible: len(c.Feasible), Best: c.Best}
		var bound *string
		if len(c.Best) > 0 {
			bound = &c.Best[r.IntN(len(c.Best))]
			if total, scored := c.Total[*bound]; scored {
				one.BestTotal = &total
			}
			on := pod.DeepCopy()
			on.Spec.NodeName = *bound
			placed = append(placed, on)
		}
		args.Bind = append(args.Bind, bound)
		steps = append(steps, one)
	}
	return map[string]any{"steps": steps}
}

type victims struct {
	Victims    []string `json:"victims"`
	Violations int64    `json:"pdb_violations"`
}

// How often the best candidate is asked for: among equals the answer is in the order of a Go map.
const askings = 200

func preempt(s *scheduler, args arguments) any {
	best, candidates := []string{}, map[string]victims{}
	answer := map[string]any{"node_any_of": &best, "candidates": candidates}
	c := s.choose(args.Pod)
	if c.Unschedulable != nil || len(c.Feasible) > 0 {
		return answer
	}
	var preemptionArgs runtime.Object
	for _, entry := range s.profile.PluginConfig {
		if entry.Name == defaultpreemption.Name {
			preemptionArgs = entry.Args
		}
	}
	plugin := must(defaultpreemption.New(s.context, preemptionArgs, s.Framework, feature.Features{}))
	if may, _ := plugin.PodEligibleToPreemptOthers(s.context, args.Pod, c.statuses.Get(args.Pod.Status.NominatedNodeName)); !may {
		return answer
	}
	potential := must(c.statuses.NodesForStatusCode(s.snapshot.NodeInfos(), fwk.Unschedulable))
	if len(potential) == 0 {
		return answer
	}
	found, _, err := plugin.Evaluator.DryRunPreemption(s.context, c.state, args.Pod, potential, args.PDBs, 0, int32(len(potential)))
	must(found, err)
	for _, candidate := range found {
		v := victims{Violations: candidate.Victims().NumPDBViolations}
		for _, pod := range candidate.Victims().Pods {
			v.Victims = append(v.Victims, pod.Namespace+"/"+pod.Name)
		}
		candidates[candidate.Name()] = v
	}
	for range askings {
		if len(found) == 0 {
			break
		}
		if name := plugin.Evaluator.SelectCandidate(s.context, found).Name(); !slices.Contains(best, name) {
			best = append(best, name)
		}
	}
	sort.Strings(best)
	return answer
}

func init() { metrics.Register() }

func answer(call string, args *arguments) any {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if call == "schedule_all" {
		return scheduleAll(ctx, args)
	}
	placed, pending := split(args.Pods)
	s := newScheduler(ctx, *args, placed, append(slices.Clone(pending), args.Pod))
	if call == "preempt" {
		return preempt(s, *args)
	}
	c := s.choose(args.Pod)
	if c.Unschedulable != nil {
		return map[string]any{"unschedulable": c.Unschedulable}
	}
	return c
}
