// Command pod_autoscaler asks the real controller of HorizontalPodAutoscalers, an unchanged module, how many replicas it
// wants and what it decides in one reconcile, and writes the answers as cases of the decision calls hpa_replicas and
// hpa_decide.
//
//	go run . -seed 7 -cases 1000 > cases.jsonl
//
// The same seed gives the same cases. The controller reads the clock, so each case runs in a bubble of testing/synctest,
// where time stands still; that package wants to be called by a test, which is why this program is one test in disguise.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"testing"

	"k8s.io/klog/v2"
)

type testCase struct {
	ID     string         `json:"id"`
	From   string         `json:"from"`
	Call   string         `json:"call"`
	Args   map[string]any `json:"args"`
	Expect map[string]any `json:"expect"`
}

func main() {
	seed := flag.Uint64("seed", 1, "of the generator")
	cases := flag.Int("cases", 1000, "how many to write")
	flag.Parse()
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	out := bufio.NewWriter(os.Stdout)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	os.Stdout = os.Stderr // where the testing package says that it passed
	write := func(t *testing.T) {
		calls := []struct {
			name string
			make func(*testing.T, generator) (args, expect map[string]any)
		}{{"hpa_replicas", hpaReplicas}, {"hpa_decide", hpaDecide}}
		for i := range *cases {
			call := calls[i%len(calls)]
			args, expect := call.make(t, generator{rand.New(rand.NewPCG(*seed, uint64(i)))})
			must(lines.Encode(testCase{
				ID:     fmt.Sprintf("%s-%d-%06d", call.name, *seed, i),
				From:   "k8s.io/kubernetes v1.37.2",
				Call:   call.name,
				Args:   args,
				Expect: expect,
			}))
		}
		must(out.Flush())
	}
	all := func(_, _ string) (bool, error) { return true, nil }
	testing.Main(all, []testing.InternalTest{{Name: "cases", F: write}}, nil, nil)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
