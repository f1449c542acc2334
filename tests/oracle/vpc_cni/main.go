// Command vpc_cni asks the real data store of the Amazon VPC CNI, an unchanged module, what it does in generated
// sequences of operations, and writes the answers as cases of the decision call address_store.
//
//	go run . -seed 7 -sequences 100 > cases.jsonl
//	go run . -replay cases.jsonl
//
// Time is that of testing/synctest: it moves only where an operation says so, and the goroutines in which the data store
// sleeps wake by it. Where the data store takes the first of several choices in Go's order of maps, which no seed fixes,
// the choice is recorded. A seed therefore fixes the purposes of a sequence and not every step.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"os"
	"testing"
	"testing/synctest"
)

func main() {
	testing.Init()
	seed := flag.Uint64("seed", 1, "of the generator")
	sequences := flag.Int("sequences", 100, "how many cases to write")
	steps := flag.Int("operations", 0, "write cases until they have so many operations, instead of -sequences")
	given := flag.String("replay", "", "a file of cases to answer and compare, instead of writing any")
	flag.Parse()

	// synctest wants to be called from a test, and a test framework reports on its standard output.
	cases := os.Stdout
	os.Stdout = os.Stderr
	testing.Main(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{
		Name: "oracle",
		F: func(t *testing.T) {
			if *given != "" {
				replay(t, *given)
				return
			}
			write(t, cases, *seed, *sequences, *steps)
		},
	}}, nil, nil)
}

func write(t *testing.T, to *os.File, seed uint64, sequences, steps int) {
	out := bufio.NewWriter(to)
	defer out.Flush()
	lines := json.NewEncoder(out)
	written := 0
	isEnough := func(i int) bool {
		if steps > 0 {
			return written >= steps
		}
		return i >= sequences
	}
	for i := 0; !isEnough(i); i++ {
		synctest.Test(t, func(*testing.T) {
			c := generate(seed, uint64(i))
			written += len(c.Args.Ops)
			must(lines.Encode(c))
		})
	}
}
