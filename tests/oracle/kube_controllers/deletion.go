package main

import (
	"fmt"
	"sort"
	"strconv"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/kubernetes/pkg/controller"
)

func (g generator) activePod(i int, now time.Time) *v1.Pod {
	name := fmt.Sprintf("p%d", i)
	ago := func() metav1.Time {
		return metav1.NewTime(now.Add(-time.Duration(g.between(1, 1<<g.between(1, 20))) * time.Second))
	}
	pod := &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "shop", UID: types.UID(fmt.Sprintf("%08x", g.Uint32())), CreationTimestamp: ago()},
		Status:     v1.PodStatus{Phase: pick(g, v1.PodPending, v1.PodRunning, v1.PodRunning, v1.PodRunning, v1.PodUnknown)},
	}
	if g.oneIn(20) {
		pod.CreationTimestamp = metav1.Time{}
	}
	if !g.oneIn(4) {
		pod.Spec.NodeName = pick(g, "n1", "n2", "n3")
	}
	if g.oneIn(5) {
		pod.Annotations = map[string]string{"controller.kubernetes.io/pod-deletion-cost": pick(g, "10", "-5", "0", "x", "05", strconv.Itoa(g.IntN(3)))}
	}
	ready := v1.PodCondition{Type: v1.PodReady, Status: pick(g, v1.ConditionTrue, v1.ConditionTrue, v1.ConditionFalse)}
	if !g.oneIn(10) {
		ready.LastTransitionTime = ago()
	}
	pod.Status.Conditions = []v1.PodCondition{ready}
	for c := range g.between(0, 2) {
		pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, v1.ContainerStatus{Name: fmt.Sprintf("c%d", c), RestartCount: int32(pick(g, 0, 0, 0, 1, 4))})
	}
	if g.oneIn(3) {
		pod.Spec.InitContainers = []v1.Container{{Name: "s"}}
		if g.oneIn(2) {
			pod.Spec.InitContainers[0].RestartPolicy = pointer(v1.ContainerRestartPolicyAlways)
		}
		pod.Status.InitContainerStatuses = []v1.ContainerStatus{{Name: "s", RestartCount: int32(g.IntN(3))}}
	}
	return pod
}

func namesOf(pods []*v1.Pod) []string {
	names := []string{}
	for _, pod := range pods {
		names = append(names, pod.Name)
	}
	return names
}

func deleteOrder(g generator) (map[string]any, map[string]any) {
	now := epoch
	pods := []*v1.Pod{}
	for i := range g.between(2, 9) {
		pods = append(pods, g.activePod(i, now))
	}
	ofJob := g.oneIn(4)
	args := map[string]any{"pods": append([]*v1.Pod{}, pods...), "now": now.Format(time.RFC3339)}
	if ofJob {
		args["owner"] = "Job"
	}
	onNode := map[string]int{}
	for _, pod := range pods {
		onNode[pod.Spec.NodeName]++
	}
	order := func(list []*v1.Pod) []string {
		if ofJob {
			sort.Sort(controller.ActivePods(list))
			return namesOf(list)
		}
		ranks := []int{}
		for _, pod := range list {
			ranks = append(ranks, onNode[pod.Spec.NodeName])
		}
		sort.Sort(controller.ActivePodsWithRanks{Pods: list, Rank: ranks, Now: metav1.NewTime(now)})
		return namesOf(list)
	}
	first := order(append([]*v1.Pod{}, pods...))
	// Where pods tie, or go round in a circle, the outcome depends on the order in which they are listed.
	for range 20 {
		shuffled := append([]*v1.Pod{}, pods...)
		g.Shuffle(len(shuffled), func(a, b int) { shuffled[a], shuffled[b] = shuffled[b], shuffled[a] })
		if fmt.Sprint(order(shuffled)) != fmt.Sprint(first) {
			return args, nil
		}
	}
	return args, map[string]any{"order": first}
}
