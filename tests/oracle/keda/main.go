// Command keda asks the scaling code of KEDA, an unchanged module, what one poll of a ScaledJob makes of its triggers and
// how many Jobs it creates, and writes the answers as cases of the decision call keda_scaled_job.
//
//	go run . -seed 7 -cases 1000 > cases.jsonl
//
// The same seed gives the same cases. The Jobs and pods that it counts are those of a fake cluster.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"

	"github.com/go-logr/logr"
	kedav1alpha1 "github.com/kedacore/keda/v2/apis/keda/v1alpha1"
	"github.com/kedacore/keda/v2/pkg/scaling/executor"
	"github.com/kedacore/keda/v2/pkg/scaling/scaledjob"
	v2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
	"k8s.io/metrics/pkg/apis/external_metrics"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
)

const (
	namespace = "shop"
	name      = "sums"
	label     = "scaledjob.keda.sh/name"
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
func pick[T any](g generator, from ...T) T      { return from[g.IntN(len(from))] }
func pointer[T any](value T) *T                 { return &value }

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	seed := flag.Uint64("seed", 1, "of the generator")
	cases := flag.Int("cases", 1000, "how many to write")
	flag.Parse()
	scheme := runtime.NewScheme()
	must(batchv1.AddToScheme(scheme))
	must(v1.AddToScheme(scheme))
	must(kedav1alpha1.AddToScheme(scheme))
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	lines := json.NewEncoder(out)
	for i := range *cases {
		args, expect := poll(generator{rand.New(rand.NewPCG(*seed, uint64(i)))}, scheme)
		must(lines.Encode(testCase{
			ID:     fmt.Sprintf("keda_scaled_job-%d-%06d", *seed, i),
			From:   "github.com/kedacore/keda v2.20.2",
			Call:   "keda_scaled_job",
			Args:   args,
			Expect: expect,
		}))
	}
}

func (g generator) scaledJob() *kedav1alpha1.ScaledJob {
	job := &kedav1alpha1.ScaledJob{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace},
		Spec:       kedav1alpha1.ScaledJobSpec{JobTargetRef: &batchv1.JobSpec{}},
	}
	if g.oneIn(2) {
		job.Spec.MinReplicaCount = pointer(int32(g.between(0, 12)))
	}
	if !g.oneIn(3) {
		job.Spec.MaxReplicaCount = pointer(int32(g.between(0, 60)))
	}
	strategy := &job.Spec.ScalingStrategy
	strategy.Strategy = pick(g, "", "default", "custom", "custom", "accurate", "accurate", "eager", "eager", "unheard-of")
	strategy.MultipleScalersCalculation = pick(g, "", "max", "min", "avg", "sum")
	if strategy.Strategy == "custom" {
		if g.oneIn(2) {
			strategy.CustomScalingQueueLengthDeduction = pointer(int32(g.between(0, 8)))
		}
		strategy.CustomScalingRunningJobPercentage = pick(g, "0.5", "0.33", "1", "0", "1.25", ".7", "1e-1", "+0.5", "", "50%", "half")
	}
	return job
}

// One trigger as its scaler reports it.
type trigger struct {
	Value  int64 `json:"value_milli"`
	Target int64 `json:"target_milli"`
	Active bool  `json:"active"`
}

func (g generator) triggers() []trigger {
	list := []trigger{}
	for range g.between(0, 4) {
		one := trigger{Value: int64(g.between(0, 80)) * 1000, Target: int64(pick(g, 1000, 1000, 5000, 2500, 10000, 333))}
		if g.oneIn(4) {
			one.Value = int64(g.IntN(60_000))
		}
		if g.oneIn(6) {
			one.Value = 0
		}
		one.Active = one.Value > 0 || g.oneIn(4)
		if g.oneIn(8) {
			one.Active = false
		}
		list = append(list, one)
	}
	return list
}

// The load of one trigger, as KEDA reads it off the metric and its target.
func loadOf(one trigger, most int64) scaledjob.ScalerMetrics {
	const metric = "s0-queue"
	target := resource.NewMilliQuantity(one.Target, resource.DecimalSI)
	specs := []v2.MetricSpec{{Type: v2.ExternalMetricSourceType, External: &v2.ExternalMetricSource{
		Metric: v2.MetricIdentifier{Name: metric}, Target: v2.MetricTarget{Type: v2.AverageValueMetricType, AverageValue: target}}}}
	values := []external_metrics.ExternalMetricValue{{MetricName: metric, Value: *resource.NewMilliQuantity(one.Value, resource.DecimalSI)}}
	queue, jobs, _ := scaledjob.CalculateQueueLengthAndMaxValue(values, specs, most)
	return scaledjob.ScalerMetrics{QueueLength: queue, MaxValue: jobs, IsActive: one.Active}
}

// A cluster with that many unfinished Jobs, of which the last have no pod that runs, and a few finished ones.
func clusterWith(g generator, scheme *runtime.Scheme, running, pending int) client.Client {
	objects := []client.Object{}
	for i := range running + 2 {
		job := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("old-%d", i), Namespace: namespace, Labels: map[string]string{label: name}}}
		pod := &v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: job.Name, Namespace: namespace, Labels: map[string]string{"job-name": job.Name}},
			Status: v1.PodStatus{Phase: pick(g, v1.PodRunning, v1.PodSucceeded)}}
		switch {
		case i >= running:
			job.Status.Conditions = []batchv1.JobCondition{{Type: pick(g, batchv1.JobComplete, batchv1.JobFailed), Status: v1.ConditionTrue}}
		case i >= running-pending:
			pod.Status.Phase = pick(g, v1.PodPending, v1.PodFailed)
		}
		objects = append(objects, job)
		if i < running-pending || g.oneIn(2) {
			objects = append(objects, pod)
		}
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build()
}

func poll(g generator, scheme *runtime.Scheme) (map[string]any, map[string]any) {
	ctx := context.Background()
	job, triggers := g.scaledJob(), g.triggers()
	running := g.between(0, 40)
	if g.oneIn(2) {
		running = g.between(0, 8)
	}
	pending := g.between(0, running)
	args := map[string]any{"spec": job.Spec.DeepCopy(), "triggers": triggers, "running_jobs": running, "pending_jobs": pending}

	least, most := job.MinReplicaCount(), job.MaxReplicaCount()
	loads := []scaledjob.ScalerMetrics{}
	for _, one := range triggers {
		loads = append(loads, loadOf(one, most))
	}
	isActive, scaleTo, maxScale, _ := scaledjob.IsScaledJobActive(loads, job.Spec.ScalingStrategy.MultipleScalersCalculation, least, most)
	expect := map[string]any{"active": isActive, "scale_to": scaleTo, "max_scale": maxScale}
	if int64(running) >= least { // below it the strategy is not asked
		expect["effective_max"], expect["effective_scale_to"] = executor.NewScalingStrategy(logr.Discard(), job).
			GetEffectiveMaxScale(maxScale, int64(running)-least, int64(pending), most, scaleTo)
	}

	cluster := clusterWith(g, scheme, running, pending)
	jobsIn := func() int {
		jobs := &batchv1.JobList{}
		must(cluster.List(ctx, jobs))
		return len(jobs.Items)
	}
	before := jobsIn()
	executor.NewScaleExecutor(cluster, nil, scheme, events.NewFakeRecorder(1000)).
		RequestJobScale(ctx, job, isActive, false, scaleTo, maxScale, executor.ScaleExecutorOptions{})
	expect["creates"] = jobsIn() - before
	return args, expect
}
