package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	scalefake "k8s.io/client-go/scale/fake"
	clienttesting "k8s.io/client-go/testing"
	defaults "k8s.io/kubernetes/pkg/apis/autoscaling/v2"
	"k8s.io/kubernetes/pkg/controller/podautoscaler"
	"k8s.io/kubernetes/pkg/controller/podautoscaler/metrics"
)

// The clock in a bubble starts there.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// --- what the metrics APIs answer

type sample struct {
	Value     int64
	Timestamp time.Time
	Window    int // seconds
}

type reading struct {
	fails   bool
	samples map[string]sample
	value   *int64
	values  []int64
}

func (r reading) json() map[string]any {
	switch {
	case r.fails:
		return map[string]any{"error": true}
	case r.value != nil:
		return map[string]any{"value_milli": *r.value}
	case r.values != nil:
		return map[string]any{"values_milli": r.values}
	}
	samples := map[string]any{}
	for pod, one := range r.samples {
		samples[pod] = map[string]any{"value_milli": one.Value, "timestamp": one.Timestamp.UTC().Format(time.RFC3339), "window_s": one.Window}
	}
	return map[string]any{"samples": samples}
}

// Readings by the name of their metric, or by resource and container.
type client map[string]reading

func keyOf(metric autoscalingv2.MetricSpec) string {
	switch metric.Type {
	case autoscalingv2.ResourceMetricSourceType:
		return string(metric.Resource.Name) + "/"
	case autoscalingv2.ContainerResourceMetricSourceType:
		return string(metric.ContainerResource.Name) + "/" + metric.ContainerResource.Container
	case autoscalingv2.PodsMetricSourceType:
		return metric.Pods.Metric.Name
	case autoscalingv2.ObjectMetricSourceType:
		return metric.Object.Metric.Name
	}
	return metric.External.Metric.Name
}

func (c client) read(key string) (reading, error) {
	r, known := c[key]
	if !known {
		panic("nothing is known of the metric " + key)
	}
	if r.fails {
		return r, errors.New("the API is away")
	}
	return r, nil
}

func (c client) ofPods(key string) (metrics.PodMetricsInfo, time.Time, error) {
	r, err := c.read(key)
	info := metrics.PodMetricsInfo{}
	for pod, one := range r.samples {
		info[pod] = metrics.PodMetric{Timestamp: one.Timestamp, Window: time.Duration(one.Window) * time.Second, Value: one.Value}
	}
	return info, epoch, err
}

func (c client) GetResourceMetric(_ context.Context, resource v1.ResourceName, _ string, _ labels.Selector, container string) (metrics.PodMetricsInfo, time.Time, error) {
	return c.ofPods(string(resource) + "/" + container)
}

func (c client) GetRawMetric(name, _ string, _, _ labels.Selector) (metrics.PodMetricsInfo, time.Time, error) {
	return c.ofPods(name)
}

func (c client) GetObjectMetric(name, _ string, _ *autoscalingv2.CrossVersionObjectReference, _ labels.Selector) (int64, time.Time, error) {
	r, err := c.read(name)
	if err != nil {
		return 0, epoch, err
	}
	return *r.value, epoch, nil
}

func (c client) GetExternalMetric(name, _ string, _ labels.Selector) ([]int64, time.Time, error) {
	r, err := c.read(name)
	return r.values, epoch, err
}

// --- one controller with its cluster

type cluster struct {
	controller *podautoscaler.HorizontalController
	rescaledTo *int32
	conditions []autoscalingv2.HorizontalPodAutoscalerCondition
}

func newCluster(answers client, flags options, pods []*v1.Pod, specReplicas, statusReplicas int32) *cluster {
	c := &cluster{}
	objects := fake.NewClientset()
	objects.PrependReactor("update", "horizontalpodautoscalers", func(action clienttesting.Action) (bool, runtime.Object, error) {
		hpa := action.(clienttesting.UpdateAction).GetObject().(*autoscalingv2.HorizontalPodAutoscaler)
		c.conditions = hpa.Status.Conditions
		return true, hpa, nil
	})
	scales := &scalefake.FakeScaleClient{}
	scales.AddReactor("get", "deployments", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, &autoscalingv1.Scale{
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace},
			Spec:       autoscalingv1.ScaleSpec{Replicas: specReplicas},
			Status:     autoscalingv1.ScaleStatus{Replicas: statusReplicas, Selector: "app=" + name},
		}, nil
	})
	scales.AddReactor("update", "deployments", func(action clienttesting.Action) (bool, runtime.Object, error) {
		scale := action.(clienttesting.UpdateAction).GetObject().(*autoscalingv1.Scale)
		c.rescaledTo = pointer(scale.Spec.Replicas)
		return true, scale, nil
	})
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{{Group: "apps", Version: "v1"}})
	mapper.Add(schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}, meta.RESTScopeNamespace)
	factory := informers.NewSharedInformerFactory(objects, 0)
	c.controller = podautoscaler.NewHorizontalController(context.Background(), objects.CoreV1(), scales,
		objects.AutoscalingV2(), mapper, answers, factory.Autoscaling().V2().HorizontalPodAutoscalers(),
		factory.Core().V1().Pods(), 15*time.Second, time.Duration(flags.Stabilization)*time.Second, flags.Tolerance,
		time.Duration(flags.StartUp)*time.Second, time.Duration(flags.FirstReady)*time.Second)
	for _, pod := range pods {
		must(factory.Core().V1().Pods().Informer().GetIndexer().Add(pod))
	}
	return c
}

// Runs `act` at that time of a clock that stands still.
func at(t *testing.T, now time.Time, act func()) {
	synctest.Test(t, func(*testing.T) {
		time.Sleep(now.Sub(epoch))
		act()
	})
}

var classes = []struct{ text, class string }{
	{"no pods returned by selector", "no_pods"},
	{"did not receive metrics for targeted pods", "no_usable_samples"},
	{"no metrics returned matched known pods", "zero_requests"},
	{"missing pod-level request", "missing_request"},
	{"missing request for", "missing_request"},
	{"not found in Pod", "container_not_found"},
	{"controlled by more than one HPA", "ambiguous_selector"},
	{"unable to get metric", "metrics_unavailable"},
	{"unable to get external metric", "metrics_unavailable"},
}

func classOf(err error) string {
	for _, known := range classes {
		if strings.Contains(err.Error(), known.text) {
			return known.class
		}
	}
	panic("an error of an unknown class: " + err.Error())
}

// --- the calls

func hpaReplicas(t *testing.T, g generator) (map[string]any, map[string]any) {
	now := epoch.Add(time.Duration(g.between(100_000, 200_000)) * time.Second)
	flags := g.options()
	pods := g.pods(now, flags)
	metric, answer := g.metric(g.IntN(kindsOfMetrics), 0, pods, now)
	specReplicas := int32(max(0, len(pods)+pick(g, 0, 0, 0, 1, -2, 3)))
	statusReplicas := int32(max(0, len(pods)+pick(g, 0, 0, 0, 1, -1)))
	hpa := &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}}
	hpa.Spec.Behavior = g.behavior()
	args := map[string]any{
		"now": now.Format(time.RFC3339), "metric": metric, "reading": answer.json(), "pods": pods,
		"spec_replicas": specReplicas, "status_replicas": statusReplicas, "options": flags,
	}
	if hpa.Spec.Behavior != nil {
		args["behavior"] = hpa.Spec.Behavior
	}
	c := newCluster(client{keyOf(metric): answer}, flags, pods, specReplicas, statusReplicas)
	selector := labels.SelectorFromSet(labels.Set{"app": name})
	expect := map[string]any{}
	at(t, now, func() {
		status := autoscalingv2.MetricStatus{}
		replicas, _, _, _, err := computeReplicasForMetric(c.controller, context.Background(), hpa, metric, specReplicas, statusReplicas, selector, &status)
		if err != nil {
			expect["error"] = classOf(err)
			return
		}
		expect["replicas"] = replicas
		expect["current"] = currentOf(status, statusReplicas)
	})
	return args, expect
}

func currentOf(status autoscalingv2.MetricStatus, statusReplicas int32) map[string]any {
	var current autoscalingv2.MetricValueStatus
	isWhole := false
	switch status.Type {
	case autoscalingv2.ResourceMetricSourceType:
		current = status.Resource.Current
	case autoscalingv2.ContainerResourceMetricSourceType:
		current = status.ContainerResource.Current
	case autoscalingv2.PodsMetricSourceType:
		current = status.Pods.Current
	case autoscalingv2.ObjectMetricSourceType:
		current, isWhole = status.Object.Current, true
	case autoscalingv2.ExternalMetricSourceType:
		current, isWhole = status.External.Current, true
	}
	shown := map[string]any{}
	put := func(key string, amount *resource.Quantity) {
		if amount != nil {
			shown[key] = amount.MilliValue()
		}
	}
	put("value_milli", current.Value)
	// Over no replicas the average is infinite, and what integer that becomes is the processor's affair.
	if !isWhole || statusReplicas > 0 {
		put("averageValue_milli", current.AverageValue)
	}
	if current.AverageUtilization != nil {
		shown["averageUtilization"] = *current.AverageUtilization
	}
	return shown
}

func (g generator) hpa(pods []*v1.Pod, now time.Time) (*autoscalingv2.HorizontalPodAutoscaler, []reading, client) {
	hpa := &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: name},
			MaxReplicas:    int32(pick(g, 5, 10, 20, 50, 100)), Behavior: g.behavior(),
		},
	}
	answers, readings, mayBeZero := client{}, []reading{}, false
	for i := range g.between(0, 3) {
		metric, answer := g.metric(g.IntN(kindsOfMetrics), i, pods, now)
		if _, isThere := answers[keyOf(metric)]; isThere {
			continue
		}
		mayBeZero = mayBeZero || metric.Object != nil || metric.External != nil
		hpa.Spec.Metrics = append(hpa.Spec.Metrics, metric)
		answers[keyOf(metric)] = answer
		readings = append(readings, answer)
	}
	if len(readings) == 0 { // HPA-2
		eighty := int32(80)
		at := func(pod *v1.Pod) float64 {
			request := pod.Spec.Containers[0].Resources.Requests[v1.ResourceCPU]
			return float64(request.MilliValue()) * float64(eighty) / 100
		}
		readings = []reading{g.samples(pods, now, at)}
		answers["cpu/"] = readings[0]
	}
	if g.oneIn(2) {
		hpa.Spec.MinReplicas = pointer(int32(g.between(1, int(hpa.Spec.MaxReplicas))))
		if g.oneIn(2) {
			hpa.Spec.MinReplicas = pointer(int32(pick(g, 1, 2)))
		}
	}
	if mayBeZero && g.oneIn(3) {
		hpa.Spec.MinReplicas = pointer(int32(0))
	}
	if g.oneIn(4) {
		hpa.Status.Conditions = []autoscalingv2.HorizontalPodAutoscalerCondition{{Type: autoscalingv2.ScaledToZero, Status: pick(g, v1.ConditionTrue, v1.ConditionFalse)}}
	}
	return hpa, readings, answers
}

func hpaDecide(t *testing.T, g generator) (map[string]any, map[string]any) {
	now := epoch.Add(time.Duration(g.between(100_000, 200_000)) * time.Second)
	flags := g.options()
	pods := g.pods(now, flags)
	hpa, readings, answers := g.hpa(pods, now)
	specReplicas := int32(max(0, len(pods)+pick(g, 0, 0, 1, -2, 5, 20, 20)))
	if g.oneIn(12) {
		specReplicas = 0
	}
	statusReplicas := int32(max(0, int(specReplicas)+pick(g, 0, 0, 0, 1, -1)))
	c := newCluster(answers, flags, pods, specReplicas, statusReplicas)
	enqueueHPA(c.controller, hpa)
	another := g.oneIn(20)
	if another { // makes itself known by a reconcile of its own
		other := hpa.DeepCopy()
		other.Name = "other"
		defaults.SetDefaults_HorizontalPodAutoscaler(other)
		enqueueHPA(c.controller, other)
		_ = reconcileAutoscaler(c.controller, context.Background(), other, namespace+"/other")
		c.rescaledTo = nil
	}
	const key = namespace + "/" + name
	recommendations := memoryOf[recommendation](c.controller, "recommendations")
	ups, downs := memoryOf[scaleEvent](c.controller, "scaleUpEvents"), memoryOf[scaleEvent](c.controller, "scaleDownEvents")
	if !g.oneIn(6) {
		recommendations[key] = g.recommendations(now, int(specReplicas))
	}
	if hpa.Spec.Behavior != nil {
		ups[key], downs[key] = g.events(now), g.events(now)
	}
	state := func() map[string]any {
		s := map[string]any{"recommendations": nil, "scale_up_events": eventsJSON(ups[key]), "scale_down_events": eventsJSON(downs[key])}
		if list, isThere := recommendations[key]; isThere {
			shown := []any{}
			for _, one := range list {
				shown = append(shown, map[string]any{"replicas": one.replicas, "at": one.timestamp.UTC().Format(time.RFC3339)})
			}
			s["recommendations"] = shown
		}
		return s
	}
	shown := []map[string]any{}
	for _, one := range readings {
		shown = append(shown, one.json())
	}
	args := map[string]any{
		"now": now.Format(time.RFC3339), "hpa": hpa.DeepCopy(), "scale": map[string]any{"spec_replicas": specReplicas, "status_replicas": statusReplicas},
		"pods": pods, "readings": shown, "state": state(), "options": flags,
	}
	if another {
		args["other_hpa_selects_same_pods"] = true
	}
	defaults.SetDefaults_HorizontalPodAutoscaler(hpa)
	c.conditions = hpa.Status.Conditions
	expect := map[string]any{}
	at(t, now, func() {
		if err := reconcileAutoscaler(c.controller, context.Background(), hpa, key); err != nil {
			expect["error"] = classOf(err)
		}
	})
	expect["desired_replicas"], expect["rescaled"] = specReplicas, c.rescaledTo != nil
	if c.rescaledTo != nil {
		expect["desired_replicas"] = *c.rescaledTo
	}
	conditions := map[string]any{}
	for _, one := range c.conditions {
		conditions[string(one.Type)] = []string{string(one.Status), one.Reason}
	}
	expect["conditions"], expect["state"] = conditions, state()
	return args, expect
}

func eventsJSON(list []scaleEvent) []any {
	shown := []any{}
	for _, one := range list {
		shown = append(shown, map[string]any{"change": one.change, "at": one.timestamp.UTC().Format(time.RFC3339)})
	}
	return shown
}
