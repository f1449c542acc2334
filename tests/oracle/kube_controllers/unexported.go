package main

import (
	"context"
	"reflect"
	"time"
	"unsafe"

	batchinformers "k8s.io/client-go/informers/batch/v1"
	coreinformers "k8s.io/client-go/informers/core/v1"
	schedulinginformers "k8s.io/client-go/informers/scheduling/v1alpha2"
	clientset "k8s.io/client-go/kubernetes"
	"k8s.io/kubernetes/pkg/controller/deployment"
	"k8s.io/kubernetes/pkg/controller/job"
	"k8s.io/utils/clock"
)

// What the controllers keep to themselves. The empty file unexported.s lets functions be declared without a body.

//go:linkname syncDeployment k8s.io/kubernetes/pkg/controller/deployment.(*DeploymentController).syncDeployment
func syncDeployment(controller *deployment.DeploymentController, ctx context.Context, key string) error

//go:linkname newJobController k8s.io/kubernetes/pkg/controller/job.newControllerWithClock
func newJobController(ctx context.Context, client clientset.Interface, clock clock.WithTicker,
	pods coreinformers.PodInformer, jobs batchinformers.JobInformer,
	workloads schedulinginformers.WorkloadInformer, groups schedulinginformers.PodGroupInformer) (*job.Controller, error)

//go:linkname syncJob k8s.io/kubernetes/pkg/controller/job.(*Controller).syncJob
func syncJob(controller *job.Controller, ctx context.Context, key string) error

// As job.backoffRecord.
type backoffRecord struct {
	key             string
	failures        int32
	lastFailureTime *time.Time
}

//go:linkname updateBackoffRecord k8s.io/kubernetes/pkg/controller/job.(*backoffStore).updateBackoffRecord
func updateBackoffRecord(store unsafe.Pointer, record backoffRecord) error

// Where a field of a controller is.
func fieldOf(controller any, name string) (reflect.Type, unsafe.Pointer) {
	value := reflect.ValueOf(controller).Elem().FieldByName(name)
	if !value.IsValid() {
		panic("the controller has no field " + name)
	}
	return value.Type(), unsafe.Pointer(value.UnsafeAddr())
}
