// Command kube_controllers asks the real Deployment, ReplicaSet and Job controllers of Kubernetes, unchanged modules,
// what they do in one sync, and writes the answers as cases of the decision calls rolling_update, delete_order and
// job_progress.
//
//	go run . -seed 7 -cases 1000 > cases.jsonl
//
// The same seed gives the same cases. They act on a fake clientset, whose calls are the answer.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"

	"k8s.io/klog/v2"
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
	calls := []struct {
		name string
		make func(generator) (args, expect map[string]any)
	}{{"rolling_update", rollingUpdate}, {"delete_order", deleteOrder}, {"job_progress", jobProgress}, {"job_progress", jobProgress}}
	for i, written := 0, 0; written < *cases; i++ {
		call := calls[i%len(calls)]
		args, expect := call.make(generator{rand.New(rand.NewPCG(*seed, uint64(i)))})
		if expect == nil {
			continue // the real controller leaves the answer open
		}
		written++
		if err := lines.Encode(testCase{
			ID:     fmt.Sprintf("%s-%d-%06d", call.name, *seed, i),
			From:   "k8s.io/kubernetes v1.36.3",
			Call:   call.name,
			Args:   args,
			Expect: expect,
		}); err != nil {
			panic(err)
		}
	}
}
