package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/kubernetes/pkg/controller/deployment"
	"k8s.io/kubernetes/pkg/controller/deployment/util"
)

var epoch = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)

func templateOf(image string) v1.PodTemplateSpec {
	return v1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "web"}},
		Spec:       v1.PodSpec{Containers: []v1.Container{{Name: "web", Image: image}}},
	}
}

func (g generator) amount(replicas int) *intstr.IntOrString {
	if g.oneIn(2) {
		return pointer(intstr.FromString(strconv.Itoa(g.between(0, 100)) + "%"))
	}
	return pointer(intstr.FromInt(g.between(0, replicas/2+1)))
}

func (g generator) deployment() *appsv1.Deployment {
	replicas := pick(g, 0, 1, 2, 3, 5, 7, 10, 13, 20, 50)
	d := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "shop", UID: "d", Generation: 1},
		Spec: appsv1.DeploymentSpec{
			Replicas:             pointer(int32(replicas)),
			Selector:             &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}},
			Template:             templateOf("web:now"),
			RevisionHistoryLimit: pointer(int32(pick(g, 10, 10, 1, 0))),
			Strategy:             appsv1.DeploymentStrategy{Type: appsv1.RecreateDeploymentStrategyType},
		},
		Status: appsv1.DeploymentStatus{ObservedGeneration: 1},
	}
	if !g.oneIn(5) {
		d.Spec.Strategy = appsv1.DeploymentStrategy{
			Type:          appsv1.RollingUpdateDeploymentStrategyType,
			RollingUpdate: &appsv1.RollingUpdateDeployment{MaxSurge: g.amount(replicas), MaxUnavailable: g.amount(replicas)},
		}
	}
	return d
}

func (g generator) replicaSets(d *appsv1.Deployment) []*appsv1.ReplicaSet {
	replicas := int(*d.Spec.Replicas)
	before := replicas // when the sizes were set
	if g.oneIn(4) {
		before = g.between(0, 2*replicas+1)
	}
	most := before + int(util.MaxSurge(*d))
	count := pick(g, 1, 1, 2, 2, 2, 3, 4)
	newest := pick(g, count-1, count-1, count-1, count, 0) // count: not made yet
	sets := []*appsv1.ReplicaSet{}
	for i := range count {
		image := fmt.Sprintf("web:%d", i)
		if i == newest {
			image = d.Spec.Template.Spec.Containers[0].Image
		}
		template := templateOf(image)
		hash := fmt.Sprintf("h%d", i)
		template.Labels["pod-template-hash"] = hash
		size := g.between(0, max(before, 1))
		if g.oneIn(3) {
			size = 0
		}
		pods := size
		if g.oneIn(3) {
			pods = g.between(0, size)
		}
		if g.oneIn(8) {
			pods += g.between(0, 2) // it is on its way down
		}
		available := pods
		if g.oneIn(2) {
			available = g.between(0, pods)
		}
		set := &appsv1.ReplicaSet{
			ObjectMeta: metav1.ObjectMeta{
				Name: "web-" + hash, Namespace: "shop", UID: types.UID(hash), Labels: template.Labels,
				CreationTimestamp: metav1.NewTime(epoch.Add(time.Duration(i) * time.Hour)),
				Annotations: map[string]string{
					util.DesiredReplicasAnnotation: strconv.Itoa(before),
					util.MaxReplicasAnnotation:     strconv.Itoa(most),
					util.RevisionAnnotation:        strconv.Itoa(i + 1),
				},
				OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))},
			},
			Spec: appsv1.ReplicaSetSpec{
				Replicas: pointer(int32(size)), Template: template,
				Selector: &metav1.LabelSelector{MatchLabels: template.Labels},
			},
			Status: appsv1.ReplicaSetStatus{Replicas: int32(pods), AvailableReplicas: int32(available), ReadyReplicas: int32(available)},
		}
		if g.oneIn(10) {
			delete(set.Annotations, util.MaxReplicasAnnotation)
		}
		sets = append(sets, set)
	}
	return sets
}

func setStatus(d *appsv1.Deployment, sets []*appsv1.ReplicaSet) {
	status := appsv1.DeploymentStatus{ObservedGeneration: d.Generation, Conditions: d.Status.Conditions}
	for _, set := range sets {
		status.Replicas += set.Status.Replicas
		status.AvailableReplicas += set.Status.AvailableReplicas
		status.ReadyReplicas += set.Status.ReadyReplicas
		if util.EqualIgnoreHash(&set.Spec.Template, &d.Spec.Template) {
			status.UpdatedReplicas += set.Status.Replicas
		}
	}
	d.Status = status
}

// One sync of the real controller; the Deployment and its sets afterwards, and the names of those that it deleted.
func syncOnce(d *appsv1.Deployment, sets []*appsv1.ReplicaSet, pods []*v1.Pod) (*appsv1.Deployment, []*appsv1.ReplicaSet, []string) {
	ctx := context.Background()
	client := fake.NewClientset(d)
	factory := informers.NewSharedInformerFactory(client, 0)
	controller, err := deployment.NewDeploymentController(ctx, factory.Apps().V1().Deployments(), factory.Apps().V1().ReplicaSets(),
		factory.Core().V1().Pods(), client)
	must(err)
	must(factory.Apps().V1().Deployments().Informer().GetIndexer().Add(d))
	for _, set := range sets {
		must(client.Tracker().Add(set))
		must(factory.Apps().V1().ReplicaSets().Informer().GetIndexer().Add(set))
	}
	for _, pod := range pods {
		must(factory.Core().V1().Pods().Informer().GetIndexer().Add(pod))
	}
	must(syncDeployment(controller, ctx, "shop/web"))
	d, err = client.AppsV1().Deployments("shop").Get(ctx, "web", metav1.GetOptions{})
	must(err)
	after, err := client.AppsV1().ReplicaSets("shop").List(ctx, metav1.ListOptions{})
	must(err)
	left := map[string]bool{}
	result := []*appsv1.ReplicaSet{}
	for i := range after.Items {
		set := &after.Items[i]
		left[set.Name] = true
		if set.UID == "" { // just made
			set.UID = types.UID(set.Name)
			set.CreationTimestamp = metav1.NewTime(epoch.Add(1000 * time.Hour))
		}
		result = append(result, set)
	}
	gone := []string{}
	for _, set := range sets {
		if !left[set.Name] {
			gone = append(gone, set.Name)
		}
	}
	return d, result, gone
}

func sizesOf(sets []*appsv1.ReplicaSet, known map[string]bool) map[string]any {
	sizes := map[string]any{}
	for _, set := range sets {
		name := set.Name
		if !known[name] {
			name = "(new)"
		}
		sizes[name] = *set.Spec.Replicas
	}
	return sizes
}

func same(a, b map[string]any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

func rollingUpdate(g generator) (map[string]any, map[string]any) {
	d := g.deployment()
	sets := g.replicaSets(d)
	setStatus(d, sets)
	known := map[string]bool{}
	for _, set := range sets {
		known[set.Name] = true
	}
	pods := []*v1.Pod{}
	if d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType && g.oneIn(2) {
		owner := pick(g, sets...)
		pods = append(pods, &v1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: "web-1", Namespace: "shop", Labels: owner.Labels,
				OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(owner, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))}},
			Status: v1.PodStatus{Phase: pick(g, v1.PodRunning, v1.PodPending, v1.PodFailed)},
		})
	}
	args := map[string]any{"deployment": d.DeepCopy(), "replica_sets": copies(sets), "pods": pods}
	d, sets, gone := syncOnce(d, sets, pods)
	surge, unavailable := util.MaxSurge(*d), util.MaxUnavailable(*d)
	expect := map[string]any{"max_surge": surge, "max_unavailable": unavailable, "sizes": sizesOf(sets, known), "deleted": gone}
	sequence := []map[string]any{}
	// All pods follow their sets before the next sync; until two syncs change nothing.
	for quiet := 0; quiet < 2 && len(sequence) < 200; {
		last := sizesOf(sets, known)
		for _, set := range sets {
			set.Status.Replicas, set.Status.AvailableReplicas, set.Status.ReadyReplicas = *set.Spec.Replicas, *set.Spec.Replicas, *set.Spec.Replicas
		}
		setStatus(d, sets)
		d, sets, _ = syncOnce(d, sets, nil)
		if now := sizesOf(sets, known); !same(last, now) {
			sequence = append(sequence, now)
			quiet = 0
		} else {
			quiet++
		}
	}
	expect["sequence"] = sequence
	return args, expect
}

func copies(sets []*appsv1.ReplicaSet) []*appsv1.ReplicaSet {
	result := []*appsv1.ReplicaSet{}
	for _, set := range sets {
		result = append(result, set.DeepCopy())
	}
	return result
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
