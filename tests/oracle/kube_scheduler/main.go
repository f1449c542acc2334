// Command kube_scheduler asks the real scheduling framework of Kubernetes with its in-tree plugins, an unchanged module,
// what it decides for generated clusters, and writes the answers as cases of the decision calls schedule_one,
// schedule_all and preempt.
//
//	go run . -seed 7 -cases 1000 > cases.jsonl
//
// The same seed gives the same cases. Of ten cases eight are of schedule_one; volumes are not generated.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
)

type testCase struct {
	ID     string    `json:"id"`
	From   string    `json:"from"`
	Call   string    `json:"call"`
	Args   arguments `json:"args"`
	Expect any       `json:"expect"`
}

func main() {
	seed := flag.Uint64("seed", 1, "of the generator")
	cases := flag.Int("cases", 1000, "how many to write")
	flag.Parse()
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for i := range *cases {
		call := []string{"schedule_one", "schedule_all", "preempt"}[max(0, i%10-7)]
		args := generate(rand.New(rand.NewPCG(*seed, uint64(i))), call)
		expect := answer(call, &args) // and where pods were bound, in args
		if err := lines.Encode(testCase{
			ID:     fmt.Sprintf("%s-%d-%06d", call, *seed, i),
			From:   "k8s.io/kubernetes v1.36.3",
			Call:   call,
			Args:   args,
			Expect: expect,
		}); err != nil {
			panic(err)
		}
	}
}
