// Command vpa asks the recommender of the VerticalPodAutoscaler, an unchanged module, what it makes of random histories
// and writes the answers as cases of the decision call vpa_recommend.
//
//	go run . -seed 7 -cases 1000 > cases.jsonl
//
// The same seed gives the same cases.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"time"

	"k8s.io/autoscaler/vertical-pod-autoscaler/pkg/recommender/logic"
	"k8s.io/autoscaler/vertical-pod-autoscaler/pkg/recommender/model"
	"k8s.io/klog/v2"
)

const (
	day          = 24 * 60 * 60
	manySamples  = 40
	fewSamples   = 6
	mostOfAKind  = 3
	historyStart = 1_767_225_600 // 2026
)

type testCase struct {
	ID     string         `json:"id"`
	From   string         `json:"from"`
	Call   string         `json:"call"`
	Args   map[string]any `json:"args"`
	Expect map[string]any `json:"expect"`
}

type generator struct{ *rand.Rand }

func (g generator) oneIn(n int) bool            { return g.IntN(n) == 0 }
func (g generator) between(least, most int) int { return least + g.IntN(most-least+1) }

// Amounts over several orders of magnitude, often one that has come before: ties are where the arithmetic shows.
func (g generator) amount(usual, most float64) int64 {
	if g.oneIn(3) {
		return int64(usual)
	}
	return int64(math.Min(usual*math.Exp(g.NormFloat64()), most))
}

// The flags' defaults.
var defaults = logic.RecommendationConfig{
	SafetyMarginFraction:       0.15,
	PodMinCPUMillicores:        25,
	PodMinMemoryMb:             250,
	TargetCPUPercentile:        0.9,
	LowerBoundCPUPercentile:    0.5,
	UpperBoundCPUPercentile:    0.95,
	ConfidenceIntervalCPU:      24 * time.Hour,
	TargetMemoryPercentile:     0.9,
	LowerBoundMemoryPercentile: 0.5,
	UpperBoundMemoryPercentile: 0.95,
	ConfidenceIntervalMemory:   24 * time.Hour,
}

// One container with its history, and the same told to the recommender.
func container(g generator, name string) (map[string]any, *model.AggregateContainerState) {
	aggregate := model.NewAggregateContainerState()
	var instances []*model.ContainerState
	var requests []int64
	usualCPU := math.Exp(g.Float64() * 10)
	usualMemory := 1e6 * math.Exp(g.Float64()*11)
	for range g.between(1, mostOfAKind) {
		request := g.amount(usualMemory, 1e12)
		requests = append(requests, request)
		instances = append(instances, model.NewContainerState(
			model.Resources{model.ResourceMemory: model.ResourceAmount(request)}, aggregate))
	}
	most := fewSamples
	if g.oneIn(2) {
		most = manySamples
	}
	step := []int{60, 60, 3600, day, 120 * day}[g.IntN(5)]
	samples := []any{}
	at := int64(historyStart + g.IntN(day))
	for range g.between(0, most) {
		which := g.IntN(len(instances))
		instance, moment := instances[which], time.Unix(at, 0)
		switch g.IntN(5) {
		case 0, 1:
			usage := g.amount(usualCPU, 1e6)
			samples = append(samples, []any{at, which, "cpu", usage})
			instance.AddSample(&model.ContainerUsageSample{
				MeasureStart: moment, Usage: model.ResourceAmount(usage), Resource: model.ResourceCPU})
		case 2, 3:
			usage := g.amount(usualMemory, 1e13)
			if g.oneIn(20) {
				usage = 0
			}
			samples = append(samples, []any{at, which, "mem", usage})
			instance.AddSample(&model.ContainerUsageSample{
				MeasureStart: moment, Usage: model.ResourceAmount(usage), Resource: model.ResourceMemory})
		default:
			samples = append(samples, []any{at, which, "oom", 0})
			_ = instance.RecordOOM(moment, model.ResourceAmount(requests[which]))
		}
		if !g.oneIn(3) {
			at += int64(g.IntN(step + 1))
		}
		if g.oneIn(12) {
			at -= int64(g.IntN(2 * day))
		}
	}
	return map[string]any{"name": name, "memory_requests_bytes": requests, "samples": samples}, aggregate
}

func amounts(resources model.Resources) map[string]any {
	return map[string]any{
		"cpu_milli": resources[model.ResourceCPU], "memory_bytes": resources[model.ResourceMemory]}
}

func recommend(g generator) (args, expect map[string]any) {
	var containers []any
	aggregates := model.ContainerNameToAggregateStateMap{}
	for i := range g.between(1, mostOfAKind) {
		name := fmt.Sprintf("c%d", i)
		told, aggregate := container(g, name)
		containers = append(containers, told)
		merged := model.NewAggregateContainerState() // as for a VPA that selects it
		merged.MergeContainerState(aggregate)
		aggregates[name] = merged
	}
	expect = map[string]any{}
	recommender := logic.CreatePodResourceRecommender(defaults)
	for name, recommended := range recommender.GetRecommendedPodResources(aggregates) {
		expect[name] = map[string]any{"target": amounts(recommended.Target),
			"lower_bound": amounts(recommended.LowerBound), "upper_bound": amounts(recommended.UpperBound)}
	}
	return map[string]any{"containers": containers}, expect
}

func main() {
	seed := flag.Uint64("seed", 1, "of the generator")
	cases := flag.Int("cases", 1000, "how many to write")
	flag.Parse()
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for i := range *cases {
		args, expect := recommend(generator{rand.New(rand.NewPCG(*seed, uint64(i)))})
		if err := lines.Encode(testCase{
			ID:     fmt.Sprintf("vpa_recommend-%d-%06d", *seed, i),
			From:   "vertical-pod-autoscaler 1.8.1",
			Call:   "vpa_recommend",
			Args:   args,
			Expect: expect,
		}); err != nil {
			panic(err)
		}
	}
}
