package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Zones that change their clocks in all the ways there are: at midnight, by half an hour, twice around Ramadan, never.
var zones = []string{
	"UTC", "Etc/UTC", "Europe/London", "Europe/Berlin", "America/New_York", "America/St_Johns", "America/Havana",
	"America/Sao_Paulo", "America/Santiago", "America/Asuncion", "Africa/Cairo", "Africa/Casablanca", "Asia/Beirut",
	"Asia/Gaza", "Asia/Tehran", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Australia/Sydney",
	"Pacific/Apia", "Pacific/Chatham", "Pacific/Kiritimati", "Atlantic/Azores",
}

type field struct {
	least, most int
	names       []string // of least, least+1, ...
}

var fields = []field{
	{0, 59, nil},
	{0, 23, nil},
	{1, 31, nil},
	{1, 12, []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}},
	{0, 6, []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}},
}

func pick[T any](r *rand.Rand, choices ...T) T { return choices[r.IntN(len(choices))] }

func generate(r *rand.Rand) arguments {
	args := arguments{Schedule: schedule(r), Count: 1 + r.IntN(6)}
	year, in := 2018+r.IntN(13), time.UTC
	switch {
	case r.IntN(30) == 0:
		year = 2096 + r.IntN(8) // around a year that is no leap year; time zones are not laid down so far ahead
	case r.IntN(20) == 0:
		args.TimeZone = pick(r, "Mars/Olympus", "Europe/Londn", "europe london")
	case r.IntN(8) == 0 && !strings.HasPrefix(args.Schedule, " "):
		args.Schedule = pick(r, "TZ=", "CRON_TZ=") + pick(r, zones...) + " " + args.Schedule
		if r.IntN(6) == 0 {
			args.TimeZone = pick(r, zones...)
		}
	case r.IntN(4) != 0:
		args.TimeZone = pick(r, zones...)
	}
	if zone, err := time.LoadLocation(args.TimeZone); err == nil {
		in = zone
	}
	args.After = instant(r, year, in).UTC().Format(time.RFC3339Nano)
	return args
}

// instant is any moment of a year, or one close to a change of clocks in it.
func instant(r *rand.Rand, year int, in *time.Location) time.Time {
	t := time.Date(year, 1, 1, 0, 0, r.IntN(366*86400), 0, time.UTC)
	if r.IntN(2) == 0 {
		if _, end := time.Date(year, 1, 1, 0, 0, 0, 0, in).ZoneBounds(); !end.IsZero() && end.Year() < year+2 {
			if _, second := end.ZoneBounds(); !second.IsZero() && second.Year() < year+2 && r.IntN(2) == 0 {
				end = second
			}
			t = end.Add(time.Duration(r.IntN(3*86400)-2*86400) * time.Second)
		}
	}
	switch r.IntN(4) {
	case 0:
		t = t.Truncate(time.Minute)
	case 1:
		t = t.Add(time.Duration(1+r.IntN(999)) * time.Millisecond)
	}
	return t
}

func schedule(r *rand.Rand) string {
	switch r.IntN(20) {
	case 0:
		return pick(r, "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly", "@Hourly", "@never", "@every")
	case 1:
		return "@every " + pick(r, "1h30m10s", "500ms", "1.5s", "90m", "0s", "-5m", "24h", "1h1m1.75s", "10", "soon", "")
	}
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = list(r, f, i < 2 || r.IntN(3) == 0)
	}
	if r.IntN(60) == 0 { // a field too few or too many
		parts = pick(r, parts[1:], append(parts, "*"))
	}
	text := strings.Join(parts, pick(r, " ", " ", " ", "  "))
	if r.IntN(40) == 0 {
		text = " " + text + " "
	}
	return text
}

// list is one field; one that is not to be busy is mostly a star.
func list(r *rand.Rand, f field, busy bool) string {
	if !busy && r.IntN(4) != 0 {
		return pick(r, "*", "*", "*", "?")
	}
	members := []string{member(r, f)}
	for r.IntN(4) == 0 {
		members = append(members, member(r, f))
	}
	if r.IntN(80) == 0 {
		members = append(members, "")
	}
	return strings.Join(members, ",")
}

func member(r *rand.Rand, f field) string {
	low := f.least + r.IntN(f.most-f.least+1)
	text := value(r, f, low)
	switch r.IntN(6) {
	case 0:
		text = pick(r, "*", "*", "?", "*-5", "?-5")
	case 1, 2:
		text += "-" + value(r, f, low+r.IntN(f.most-low+1))
	}
	if r.IntN(4) == 0 {
		text += "/" + strconv.Itoa(1+r.IntN(pick(r, 5, 30, 100)))
	}
	switch r.IntN(250) { // wrong in each of the ways there are
	case 0:
		text = strconv.Itoa(f.most + 1)
	case 1:
		text = fmt.Sprintf("%d-%d", f.most, f.least)
	case 2:
		text += "/0"
	case 3:
		text += pick(r, "-1-2", "/2/2", "x", "-", "/")
	case 4:
		text = pick(r, "-1", "FOO", "1.5", "L", "#")
	}
	return text
}

// value writes a number in one of the ways that are understood.
func value(r *rand.Rand, f field, number int) string {
	if f.names != nil && r.IntN(3) == 0 {
		name := f.names[number-f.least]
		return pick(r, name, strings.ToLower(name), name[:1]+strings.ToLower(name[1:]))
	}
	if r.IntN(30) == 0 {
		return pick(r, "0", "+") + strconv.Itoa(number)
	}
	return strconv.Itoa(number)
}
