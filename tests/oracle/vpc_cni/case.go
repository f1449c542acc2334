package main

// operation and result are what a case holds for one step: JSON objects, numbers as float64.
type (
	operation map[string]any
	result    map[string]any
)

func (o operation) name() string                { return o["op"].(string) }
func (o operation) text(field string) string    { return o[field].(string) }
func (o operation) flag(field string) bool      { return o[field].(bool) }
func (o operation) number(field string) float64 { return o[field].(float64) }
func (o operation) integer(field string) int    { return int(o.number(field)) }
func (o operation) has(field string) bool       { return o[field] != nil }

func (o operation) texts(field string) []string {
	return textsOf(o[field])
}

func textsOf(value any) []string {
	var texts []string
	for _, one := range value.([]any) {
		texts = append(texts, one.(string))
	}
	return texts
}

type settings struct {
	PrefixDelegation bool    `json:"prefix_delegation"`
	CooldownSeconds  float64 `json:"cooldown_seconds"`
}

type arguments struct {
	Settings settings    `json:"settings"`
	Ops      []operation `json:"ops"`
}

type testCase struct {
	ID     string    `json:"id"`
	From   string    `json:"from"`
	Call   string    `json:"call"`
	Args   arguments `json:"args"`
	Expect []result  `json:"expect"`
}
