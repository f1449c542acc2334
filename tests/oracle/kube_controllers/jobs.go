package main

import (
	"context"
	"fmt"
	"sort"
	"strconv"
	"time"
	"unsafe"

	batchv1 "k8s.io/api/batch/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	k8stesting "k8s.io/client-go/testing"
	"k8s.io/client-go/util/workqueue"
	clocktesting "k8s.io/utils/clock/testing"
)

func (g generator) failureRule(perIndex bool) batchv1.PodFailurePolicyRule {
	actions := []batchv1.PodFailurePolicyAction{batchv1.PodFailurePolicyActionIgnore, batchv1.PodFailurePolicyActionCount, batchv1.PodFailurePolicyActionFailJob}
	if perIndex {
		actions = append(actions, batchv1.PodFailurePolicyActionFailIndex)
	}
	rule := batchv1.PodFailurePolicyRule{Action: pick(g, actions...)}
	if g.oneIn(2) {
		rule.OnExitCodes = &batchv1.PodFailurePolicyOnExitCodesRequirement{
			Operator: pick(g, batchv1.PodFailurePolicyOnExitCodesOpIn, batchv1.PodFailurePolicyOnExitCodesOpNotIn),
			Values:   pick(g, []int32{1}, []int32{42, 43}, []int32{1, 137}),
		}
		if g.oneIn(3) {
			rule.OnExitCodes.ContainerName = pointer("main")
		}
	} else {
		rule.OnPodConditions = []batchv1.PodFailurePolicyOnPodConditionsPattern{{Type: v1.DisruptionTarget, Status: v1.ConditionTrue}}
	}
	return rule
}

func (g generator) job(now time.Time) *batchv1.Job {
	j := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: "sum", Namespace: "shop", UID: "j"},
		Spec: batchv1.JobSpec{
			Parallelism: pointer(int32(g.between(0, 6))), Completions: pointer(int32(g.between(1, 8))),
			BackoffLimit: pointer(int32(g.between(0, 6))), CompletionMode: pointer(batchv1.NonIndexedCompletion),
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"job": "sum"}},
			Template: v1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"job": "sum"}},
				Spec:       v1.PodSpec{RestartPolicy: pick(g, v1.RestartPolicyNever, v1.RestartPolicyOnFailure)},
			},
			PodReplacementPolicy: pointer(batchv1.TerminatingOrFailed), Suspend: pointer(g.oneIn(12)),
		},
		Status: batchv1.JobStatus{Failed: int32(pick(g, 0, 0, 1, 3)), StartTime: pointer(metav1.NewTime(now.Add(-time.Duration(g.between(1, 900)) * time.Second)))},
	}
	if g.oneIn(5) {
		j.Spec.ActiveDeadlineSeconds = pointer(int64(g.between(60, 1200)))
	}
	perIndex := false
	switch g.IntN(5) {
	case 0:
		j.Spec.Completions = nil // a work queue
		j.Status.Succeeded = int32(pick(g, 0, 0, 1))
	case 1, 2:
		j.Spec.CompletionMode = pointer(batchv1.IndexedCompletion)
		if g.oneIn(2) {
			perIndex = true
			j.Spec.BackoffLimitPerIndex = pointer(int32(g.between(0, 2)))
			j.Spec.BackoffLimit = pointer(int32(1<<31 - 1))
			j.Spec.Template.Spec.RestartPolicy = v1.RestartPolicyNever
			if g.oneIn(2) {
				j.Spec.MaxFailedIndexes = pointer(int32(g.between(0, 3)))
			}
			j.Status.FailedIndexes = pointer(pick(g, "", "", "0"))
		}
		j.Status.CompletedIndexes = pick(g, "", "1", "1-3", "1,3")
		j.Status.Succeeded = map[string]int32{"": 0, "1": 1, "1-3": 3, "1,3": 2}[j.Status.CompletedIndexes]
	default:
		j.Status.Succeeded = int32(g.between(0, int(*j.Spec.Completions)))
	}
	if g.oneIn(3) {
		j.Spec.Template.Spec.RestartPolicy = v1.RestartPolicyNever
		j.Spec.PodReplacementPolicy = pointer(batchv1.Failed)
		j.Spec.PodFailurePolicy = &batchv1.PodFailurePolicy{}
		for range g.between(1, 3) {
			j.Spec.PodFailurePolicy.Rules = append(j.Spec.PodFailurePolicy.Rules, g.failureRule(perIndex))
		}
	} else if g.oneIn(4) {
		j.Spec.PodReplacementPolicy = pointer(batchv1.Failed)
	}
	return j
}

func (g generator) jobPod(j *batchv1.Job, i int, now time.Time) *v1.Pod {
	name := fmt.Sprintf("sum-%d", i)
	ended := metav1.NewTime(now.Add(-time.Duration(g.between(0, 700)) * time.Second))
	pod := &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "shop", UID: types.UID(name), Labels: map[string]string{"job": "sum"},
			// No two were made at once, so that it is never open which goes first.
			CreationTimestamp: metav1.NewTime(ended.Add(-time.Duration(100+i*1000) * time.Second)),
			Finalizers:        []string{batchv1.JobTrackingFinalizer},
			OwnerReferences:   []metav1.OwnerReference{*metav1.NewControllerRef(j, batchv1.SchemeGroupVersion.WithKind("Job"))},
			Annotations:       map[string]string{}},
		Spec:   v1.PodSpec{NodeName: pick(g, "", "n1", "n2"), Containers: []v1.Container{{Name: "main"}}},
		Status: v1.PodStatus{Phase: pick(g, v1.PodPending, v1.PodRunning, v1.PodRunning, v1.PodSucceeded, v1.PodFailed, v1.PodFailed)},
	}
	if g.oneIn(10) {
		pod.Finalizers = nil
	}
	if j.Spec.CompletionMode != nil && *j.Spec.CompletionMode == batchv1.IndexedCompletion {
		pod.Annotations[batchv1.JobCompletionIndexAnnotation] = strconv.Itoa(g.IntN(int(*j.Spec.Completions) + 1))
		if j.Spec.BackoffLimitPerIndex != nil {
			pod.Annotations[batchv1.JobIndexFailureCountAnnotation] = strconv.Itoa(g.IntN(3))
		}
	}
	main := v1.ContainerStatus{Name: "main", RestartCount: int32(pick(g, 0, 0, 1, 2))}
	if pod.Status.Phase == v1.PodSucceeded || pod.Status.Phase == v1.PodFailed {
		main.State.Terminated = &v1.ContainerStateTerminated{FinishedAt: ended}
		if pod.Status.Phase == v1.PodFailed {
			main.State.Terminated.ExitCode = pick(g, int32(1), 42, 137)
			if g.oneIn(3) {
				pod.Status.Conditions = append(pod.Status.Conditions, v1.PodCondition{Type: v1.DisruptionTarget, Status: v1.ConditionTrue})
			}
		}
	} else {
		if pod.Status.Phase == v1.PodRunning && g.oneIn(2) {
			pod.Status.Conditions = append(pod.Status.Conditions, v1.PodCondition{Type: v1.PodReady, Status: v1.ConditionTrue, LastTransitionTime: ended})
		}
		if g.oneIn(6) {
			pod.DeletionTimestamp = pointer(metav1.NewTime(ended.Add(30 * time.Second)))
			pod.DeletionGracePeriodSeconds = pointer(int64(30))
		}
	}
	if !g.oneIn(8) {
		pod.Status.ContainerStatuses = []v1.ContainerStatus{main}
	}
	return pod
}

// Notes when the controller wants to be called again.
type listeningQueue struct {
	workqueue.TypedRateLimitingInterface[string]
	after *[]time.Duration
}

func (q listeningQueue) AddAfter(_ string, after time.Duration) { *q.after = append(*q.after, after) }

// Whether an index with a limit of its own has several failed pods: which of them is the last depends on their order in
// the controller's cache.
func failedTwice(j *batchv1.Job, pods []*v1.Pod) bool {
	seen := map[string]bool{}
	for _, pod := range pods {
		index := pod.Annotations[batchv1.JobCompletionIndexAnnotation]
		if j.Spec.BackoffLimitPerIndex == nil || (pod.Status.Phase != v1.PodFailed && pod.DeletionTimestamp == nil) {
			continue
		}
		if seen[index] {
			return true
		}
		seen[index] = true
	}
	return false
}

func jobProgress(g generator) (map[string]any, map[string]any) {
	now := epoch
	j := g.job(now)
	pods := []*v1.Pod{}
	for i := range g.between(0, 8) {
		pods = append(pods, g.jobPod(j, i, now))
	}
	if failedTwice(j, pods) {
		return nil, nil
	}
	args := map[string]any{"job": j.DeepCopy(), "pods": pods, "now": now.Format(time.RFC3339)}
	ctx := context.Background()
	client := fake.NewClientset(j)
	factory := informers.NewSharedInformerFactory(client, 0)
	controller, err := newJobController(ctx, client, clocktesting.NewFakeClock(now), factory.Core().V1().Pods(), factory.Batch().V1().Jobs(), nil, nil)
	must(err)
	after := []time.Duration{}
	_, queue := fieldOf(controller, "queue")
	(*(*workqueue.TypedRateLimitingInterface[string])(queue)) = listeningQueue{*(*workqueue.TypedRateLimitingInterface[string])(queue), &after}
	if g.oneIn(3) {
		last := now.Add(-time.Duration(g.between(0, 600)) * time.Second)
		failures := int32(g.between(1, 8))
		_, store := fieldOf(controller, "podBackoffStore")
		must(updateBackoffRecord(*(*unsafe.Pointer)(store), backoffRecord{"shop/sum", failures, &last}))
		args["failures_since_success"] = failures
		args["last_failure"] = last.Format(time.RFC3339)
	}
	must(factory.Batch().V1().Jobs().Informer().GetIndexer().Add(j))
	for _, pod := range pods {
		must(factory.Core().V1().Pods().Informer().GetIndexer().Add(pod))
	}
	created, deleted, indexes := 0, []string{}, []int{}
	client.PrependReactor("*", "pods", func(action k8stesting.Action) (bool, runtime.Object, error) {
		switch act := action.(type) {
		case k8stesting.CreateActionImpl:
			created++
			pod := act.GetObject().(*v1.Pod)
			if index, ok := pod.Annotations[batchv1.JobCompletionIndexAnnotation]; ok {
				number, err := strconv.Atoi(index)
				must(err)
				indexes = append(indexes, number)
			}
			return true, pod, nil
		case k8stesting.DeleteActionImpl:
			deleted = append(deleted, act.GetName())
		}
		return true, &v1.Pod{}, nil
	})
	must(syncJob(controller, ctx, "shop/sum"))
	status, err := client.BatchV1().Jobs("shop").Get(ctx, "sum", metav1.GetOptions{})
	must(err)
	sort.Strings(deleted)
	sort.Ints(indexes)
	conditions := []map[string]any{}
	for _, condition := range status.Status.Conditions {
		if condition.Type != batchv1.JobSuspended {
			conditions = append(conditions, map[string]any{"type": condition.Type, "reason": condition.Reason})
		}
	}
	expect := map[string]any{
		"active": status.Status.Active, "succeeded": status.Status.Succeeded, "failed": status.Status.Failed,
		"creates": created, "deletes": deleted, "conditions": conditions, "next_sync_seconds": nil,
	}
	if len(after) > 0 {
		soonest := after[0]
		for _, one := range after {
			soonest = min(soonest, one)
		}
		expect["next_sync_seconds"] = soonest.Seconds()
	}
	if *j.Spec.CompletionMode == batchv1.IndexedCompletion {
		expect["created_indexes"] = indexes
		expect["completed_indexes"] = status.Status.CompletedIndexes
		if j.Spec.BackoffLimitPerIndex != nil {
			expect["failed_indexes"] = *status.Status.FailedIndexes
		}
	}
	return args, expect
}
