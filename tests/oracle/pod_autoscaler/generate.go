package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type generator struct{ *rand.Rand }

func (g generator) oneIn(n int) bool            { return g.IntN(n) == 0 }
func (g generator) between(least, most int) int { return least + g.IntN(most-least+1) }
func pick[T any](g generator, from ...T) T      { return from[g.IntN(len(from))] }
func pointer[T any](value T) *T                 { return &value }

const (
	namespace = "shop"
	name      = "web"
)

// Flags of the controller that the answers depend on.
type options struct {
	Tolerance     float64 `json:"tolerance"`
	StartUp       int     `json:"cpu_initialization_period_s"`
	FirstReady    int     `json:"initial_readiness_delay_s"`
	Stabilization int     `json:"downscale_stabilization_s,omitempty"`
}

func (g generator) options() options {
	return options{pick(g, 0.1, 0.1, 0, 0.05, 0.2, 1.0/3), pick(g, 300, 300, 0, 120), pick(g, 30, 30, 0, 60), pick(g, 300, 300, 60, 600)}
}

// How far from its target a value is: where the controller changes its mind, and anywhere.
func (g generator) ratio() float64 {
	if g.oneIn(3) {
		return math.Exp(1.2 * g.NormFloat64())
	}
	return pick(g, 0, 0.3, 0.5, 0.8, 0.9, 0.95, 1, 1, 1.05, 1.1, 1.2, 1.5, 2, 3)
}

// A moment `seconds` before now, or right beside it: limits in time are met exactly.
func (g generator) about(now time.Time, seconds int) time.Time {
	return now.Add(time.Duration(-seconds+pick(g, 0, 0, 1, -1, 5, -5)) * time.Second)
}

// --- pods

// What a whole case has in common, so that which error comes first does not depend on the order of its pods.
type shape struct {
	lacksRequests bool // some pod has none
	isPodLevel    bool
	hasSidecar    bool
}

func (g generator) shape() shape { return shape{g.oneIn(25), g.oneIn(8), g.oneIn(6)} }

func (g generator) requests() v1.ResourceList {
	return v1.ResourceList{
		v1.ResourceCPU:    resource.MustParse(pick(g, "50m", "100m", "250m", "333m", "1", "1500m", "2")),
		v1.ResourceMemory: resource.MustParse(pick(g, "64Mi", "100M", "256Mi", "512Mi", "1Gi")),
	}
}

func (g generator) pod(i int, now time.Time, flags options, s shape) *v1.Pod {
	pod := &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("%s-%d", name, i), Namespace: namespace, Labels: map[string]string{"app": name}},
		Spec:       v1.PodSpec{Containers: []v1.Container{{Name: "app", Resources: v1.ResourceRequirements{Requests: g.requests()}}}},
		Status:     v1.PodStatus{Phase: v1.PodRunning},
	}
	if g.oneIn(4) {
		pod.Spec.Containers = append(pod.Spec.Containers, v1.Container{Name: "proxy", Resources: v1.ResourceRequirements{Requests: g.requests()}})
	}
	if s.hasSidecar {
		sidecar := v1.Container{Name: "log", Resources: v1.ResourceRequirements{Requests: g.requests()}}
		if g.oneIn(2) {
			sidecar.RestartPolicy = pointer(v1.ContainerRestartPolicyAlways)
		}
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, sidecar)
	}
	if s.isPodLevel {
		pod.Spec.Resources = &v1.ResourceRequirements{Requests: g.requests()}
		if g.oneIn(6) {
			delete(pod.Spec.Resources.Requests, pick(g, v1.ResourceCPU, v1.ResourceMemory))
		}
	} else if s.lacksRequests && g.oneIn(3) {
		delete(pod.Spec.Containers[0].Resources.Requests, pick(g, v1.ResourceCPU, v1.ResourceMemory))
	}
	g.age(pod, now, flags)
	return pod
}

// How long the pod has run and whether it is ready: old and ready, or somewhere on its way (HPA-5).
func (g generator) age(pod *v1.Pod, now time.Time, flags options) {
	started := g.about(now, pick(g, 86400, 3600, flags.StartUp+40))
	ready := v1.PodCondition{Type: v1.PodReady, Status: v1.ConditionTrue, LastTransitionTime: metav1.NewTime(started.Add(20 * time.Second))}
	if g.oneIn(3) {
		pod.Status.Phase = pick(g, v1.PodRunning, v1.PodRunning, v1.PodRunning, v1.PodPending, v1.PodFailed, v1.PodSucceeded)
		started = g.about(now, pick(g, 5, 60, flags.StartUp, flags.StartUp, flags.StartUp+3600))
		ready.Status = pick(g, v1.ConditionTrue, v1.ConditionFalse, v1.ConditionFalse, v1.ConditionUnknown)
		ready.LastTransitionTime = metav1.NewTime(g.about(started, -pick(g, 0, 10, flags.FirstReady, flags.FirstReady)))
	}
	if !g.oneIn(25) {
		pod.Status.StartTime = pointer(metav1.NewTime(started))
	}
	if !g.oneIn(25) {
		pod.Status.Conditions = []v1.PodCondition{ready}
	}
	if g.oneIn(15) {
		pod.DeletionTimestamp = pointer(metav1.NewTime(now))
	}
}

func (g generator) pods(now time.Time, flags options) []*v1.Pod {
	pods := []*v1.Pod{}
	s := g.shape()
	for i := range g.between(0, 9) {
		pods = append(pods, g.pod(i, now, flags, s))
	}
	return pods
}

// --- metrics

// One metric of an HPA with what its API answers. `i` tells it from the others, and so do the kinds of those that have
// no name of their own.
func (g generator) metric(kind, i int, pods []*v1.Pod, now time.Time) (autoscalingv2.MetricSpec, reading) {
	named := func(word string) autoscalingv2.MetricIdentifier {
		return autoscalingv2.MetricIdentifier{Name: fmt.Sprintf("%s-%d", word, i)}
	}
	amount := resource.MustParse(pick(g, "1", "5", "30", "100", "7500m", "333m"))
	average := autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: &amount}
	value := autoscalingv2.MetricTarget{Type: autoscalingv2.ValueMetricType, Value: &amount}
	whole := value
	if g.oneIn(2) {
		whole = average
	}
	scale := float64(amount.MilliValue())
	if whole.AverageValue != nil {
		scale *= float64(max(1, len(pods)))
	}
	switch kind {
	case 0, 1, 2, 3:
		resourceName := pick(g, v1.ResourceCPU, v1.ResourceMemory)
		if kind == 0 || kind == 2 {
			resourceName = v1.ResourceCPU
		}
		target, perPod := g.resourceTarget(resourceName)
		if kind <= 1 {
			return autoscalingv2.MetricSpec{Type: autoscalingv2.ResourceMetricSourceType,
				Resource: &autoscalingv2.ResourceMetricSource{Name: resourceName, Target: target}}, g.samples(pods, now, perPod)
		}
		container := pick(g, "app", "app", "app", "app", "log", "nobody")
		return autoscalingv2.MetricSpec{Type: autoscalingv2.ContainerResourceMetricSourceType,
			ContainerResource: &autoscalingv2.ContainerResourceMetricSource{Name: resourceName, Container: container, Target: target}}, g.samples(pods, now, perPod)
	case 4:
		return autoscalingv2.MetricSpec{Type: autoscalingv2.PodsMetricSourceType,
			Pods: &autoscalingv2.PodsMetricSource{Metric: named("rate"), Target: average}}, g.samples(pods, now, func(*v1.Pod) float64 { return float64(amount.MilliValue()) })
	case 5, 6:
		return autoscalingv2.MetricSpec{Type: autoscalingv2.ObjectMetricSourceType,
			Object: &autoscalingv2.ObjectMetricSource{
				DescribedObject: autoscalingv2.CrossVersionObjectReference{APIVersion: "v1", Kind: "Service", Name: name},
				Metric:          named("hits"), Target: whole}}, g.single(scale)
	default:
		return autoscalingv2.MetricSpec{Type: autoscalingv2.ExternalMetricSourceType,
			External: &autoscalingv2.ExternalMetricSource{Metric: named("queue"), Target: whole}}, g.several(scale)
	}
}

const kindsOfMetrics = 9

// The target, and what a pod right at it would use.
func (g generator) resourceTarget(of v1.ResourceName) (autoscalingv2.MetricTarget, func(*v1.Pod) float64) {
	if g.oneIn(3) {
		amount := resource.MustParse(pick(g, "100m", "250m", "1"))
		if of == v1.ResourceMemory {
			amount = resource.MustParse(pick(g, "100M", "256Mi", "1Gi"))
		}
		return autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: &amount},
			func(*v1.Pod) float64 { return float64(amount.MilliValue()) }
	}
	percent := int32(pick(g, 50, 60, 75, 80, 80, 100, 1, 33, 130))
	return autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &percent},
		func(pod *v1.Pod) float64 {
			request := pod.Spec.Containers[0].Resources.Requests[of]
			return float64(request.MilliValue()) * float64(percent) / 100
		}
}

func (g generator) samples(pods []*v1.Pod, now time.Time, perPod func(*v1.Pod) float64) reading {
	if g.oneIn(12) {
		return reading{fails: true}
	}
	r := reading{samples: map[string]sample{}}
	ratio, hasGaps := g.ratio(), g.oneIn(2)
	for _, pod := range pods {
		if hasGaps && g.oneIn(4) {
			continue
		}
		noise := 1.0
		if g.oneIn(2) {
			noise = 0.8 + 0.4*g.Float64()
		}
		one := sample{Value: int64(perPod(pod) * ratio * noise), Window: pick(g, 10, 15, 30)}
		one.Timestamp = g.about(now, pick(g, 0, 15, 60))
		if conditions := pod.Status.Conditions; len(conditions) > 0 && g.oneIn(2) {
			one.Timestamp = g.about(conditions[0].LastTransitionTime.Time, -one.Window)
		}
		r.samples[pod.Name] = one
	}
	if g.oneIn(20) {
		r.samples["gone"] = sample{Value: int64(1000 * ratio), Timestamp: now, Window: 15}
	}
	return r
}

func (g generator) single(scale float64) reading {
	if g.oneIn(12) {
		return reading{fails: true}
	}
	return reading{value: pointer(int64(scale * g.ratio()))}
}

func (g generator) several(scale float64) reading {
	if g.oneIn(12) {
		return reading{fails: true}
	}
	r := reading{values: []int64{}}
	for range g.between(1, 3) {
		r.values = append(r.values, int64(scale*g.ratio()))
	}
	return r
}

// --- the controller's memory and the object's behavior

func (g generator) behavior() *autoscalingv2.HorizontalPodAutoscalerBehavior {
	if g.oneIn(2) {
		return nil
	}
	rules := func() *autoscalingv2.HPAScalingRules {
		if g.oneIn(4) {
			return nil
		}
		r := &autoscalingv2.HPAScalingRules{}
		if g.oneIn(2) {
			r.StabilizationWindowSeconds = pointer(int32(pick(g, 0, 30, 60, 300, 3600)))
		}
		if g.oneIn(2) {
			r.SelectPolicy = pointer(pick(g, autoscalingv2.MaxChangePolicySelect, autoscalingv2.MinChangePolicySelect, autoscalingv2.DisabledPolicySelect))
		}
		for range g.between(0, 3) {
			policy := autoscalingv2.HPAScalingPolicy{Type: autoscalingv2.PodsScalingPolicy, Value: int32(g.between(1, 12)), PeriodSeconds: int32(pick(g, 15, 30, 60, 300, 1800))}
			if g.oneIn(2) {
				policy.Type, policy.Value = autoscalingv2.PercentScalingPolicy, int32(pick(g, 1, 10, 33, 50, 100, 300))
			}
			r.Policies = append(r.Policies, policy)
		}
		if g.oneIn(4) {
			r.Tolerance = pointer(resource.MustParse(pick(g, "0", "0.05", "50m", "0.1", "0.3", "1")))
		}
		return r
	}
	return &autoscalingv2.HorizontalPodAutoscalerBehavior{ScaleUp: rules(), ScaleDown: rules()}
}

func (g generator) recommendations(now time.Time, replicas int) []recommendation {
	list := []recommendation{}
	most := pick(g, -2, 0, 6)
	for range g.between(0, 6) {
		list = append(list, recommendation{int32(max(0, replicas+most-g.between(0, 12))), g.about(now, pick(g, 10, 30, 60, 300, 300, 600, 3600))})
	}
	return list
}

func (g generator) events(now time.Time) []scaleEvent {
	list := []scaleEvent{}
	for range g.between(0, 4) {
		list = append(list, scaleEvent{change: int32(g.between(1, 12)), timestamp: g.about(now, pick(g, 10, 15, 30, 60, 300, 1800))})
	}
	return list
}
