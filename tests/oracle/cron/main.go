// Command cron asks the real parser and clockwork of robfig/cron, an unchanged module, when generated schedules are due,
// and writes the answers as cases of the decision call cron_next.
//
//	go run . -seed 7 -cases 1000 -zoneinfo DIR > cases.jsonl
//
// DIR holds compiled time zones, for example those of PyPI's tzdata package, so that both sides read the same release.
// The same seed gives the same cases.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/robfig/cron/v3"
)

type arguments struct {
	Schedule string `json:"schedule"`
	After    string `json:"after"`
	Count    int    `json:"count"`
	TimeZone string `json:"time_zone,omitempty"`
}

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
	zones := flag.String("zoneinfo", "", "folder with compiled time zones; default: those of the system")
	flag.Parse()
	if *zones != "" {
		os.Setenv("ZONEINFO", *zones)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for i := range *cases {
		args := generate(rand.New(rand.NewPCG(*seed, uint64(i))))
		if err := lines.Encode(testCase{
			ID:     fmt.Sprintf("cron-next-%d-%06d", *seed, i),
			From:   "robfig/cron v3.0.1",
			Call:   "cron_next",
			Args:   args,
			Expect: answer(args),
		}); err != nil {
			panic(err)
		}
	}
}

// answer lists the activations, or says that the schedule is none. The CronJob controller hands a time zone over as a
// prefix of the schedule.
func answer(args arguments) any {
	text := args.Schedule
	if args.TimeZone != "" {
		text = "TZ=" + args.TimeZone + " " + text
	}
	schedule, err := cron.ParseStandard(text)
	if err != nil {
		return map[string]bool{"error": true}
	}
	t, err := time.Parse(time.RFC3339Nano, args.After)
	if err != nil {
		panic(err)
	}
	due := []string{}
	for range args.Count {
		if t = schedule.Next(t); t.IsZero() {
			break
		}
		due = append(due, t.UTC().Format(time.RFC3339Nano))
	}
	return due
}
