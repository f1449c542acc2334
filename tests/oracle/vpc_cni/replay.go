package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"testing"
	"testing/synctest"
)

// replay executes the operations of given cases on the real data store, each choice as the case has it, and compares
// what it answers.
func replay(t *testing.T, name string) {
	in, err := os.Open(name)
	must(err)
	defer in.Close()
	lines := json.NewDecoder(bufio.NewReader(in))
	cases, steps, differing := 0, 0, 0
	for {
		var c testCase
		if err := lines.Decode(&c); err == io.EOF {
			break
		} else if err != nil {
			panic(err)
		}
		synctest.Test(t, func(*testing.T) {
			n := newNode(c.Args.Settings)
			defer n.end()
			for i, op := range c.Args.Ops {
				got := plain(n.execute(op))
				if want := plain(c.Expect[i]); !reflect.DeepEqual(want, got) {
					t.Errorf("%s, operation %d %v:\n  expected %v\n  got      %v", c.ID, i, op, want, got)
					differing++
					return
				}
				steps++
			}
		})
		cases++
	}
	fmt.Printf("%d cases, %d operations agree, %d cases differ\n", cases, steps, differing)
}

// plain is a value as JSON shows it.
func plain(value any) any {
	text, err := json.Marshal(value)
	must(err)
	var read any
	must(json.Unmarshal(text, &read))
	return read
}
