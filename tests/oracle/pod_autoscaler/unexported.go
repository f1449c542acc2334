package main

import (
	"context"
	"reflect"
	"time"
	"unsafe"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/kubernetes/pkg/controller/podautoscaler"
)

// What the controller keeps to itself. The empty file unexported.s lets functions be declared without a body.

//go:linkname reconcileAutoscaler k8s.io/kubernetes/pkg/controller/podautoscaler.(*HorizontalController).reconcileAutoscaler
func reconcileAutoscaler(controller *podautoscaler.HorizontalController, ctx context.Context,
	hpa *autoscalingv2.HorizontalPodAutoscaler, key string) error

//go:linkname computeReplicasForMetric k8s.io/kubernetes/pkg/controller/podautoscaler.(*HorizontalController).computeReplicasForMetric
func computeReplicasForMetric(controller *podautoscaler.HorizontalController, ctx context.Context,
	hpa *autoscalingv2.HorizontalPodAutoscaler, spec autoscalingv2.MetricSpec, specReplicas, statusReplicas int32,
	selector labels.Selector, status *autoscalingv2.MetricStatus) (int32, string, time.Time,
	autoscalingv2.HorizontalPodAutoscalerCondition, error)

//go:linkname enqueueHPA k8s.io/kubernetes/pkg/controller/podautoscaler.(*HorizontalController).enqueueHPA
func enqueueHPA(controller *podautoscaler.HorizontalController, hpa any)

// As podautoscaler.timestampedRecommendation.
type recommendation struct {
	replicas  int32
	timestamp time.Time
}

// As podautoscaler.timestampedScaleEvent.
type scaleEvent struct {
	change    int32
	timestamp time.Time
	outdated  bool
}

// A map of the controller by its name, whose entries are laid out as T.
func memoryOf[T any](controller *podautoscaler.HorizontalController, name string) map[string][]T {
	field := reflect.ValueOf(controller).Elem().FieldByName(name)
	if !field.IsValid() || field.Type().Elem().Elem().Size() != reflect.TypeFor[T]().Size() {
		panic("the controller has no field " + name + " as it was")
	}
	return *(*map[string][]T)(unsafe.Pointer(field.UnsafeAddr()))
}
