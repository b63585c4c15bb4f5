// Package managed is the table of AWS's own managed policies: the name, path,
// default version and date of each, and the documents of those that
// applications on maru are likely to read.
package managed

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"
)

//go:embed names.txt
var names string

//go:embed documents.json
var documents []byte

// arnPrefix begins the ARN of every managed policy of AWS.
const arnPrefix = "arn:aws:iam::aws:policy/"

// Policy is a managed policy of AWS.
type Policy struct {
	Name, Path, ARN string
	Version         int // the default one, and the only one that is told
	Created         time.Time
	Document        string // empty when the table does not have it
}

// Table finds managed policies of AWS.
type Table struct {
	byARN   map[string]*Policy
	ordered []*Policy // by name
}

// Load reads the table.
func Load() (*Table, error) {
	var texts map[string]json.RawMessage
	if err := json.Unmarshal(documents, &texts); err != nil {
		return nil, fmt.Errorf("documents of managed policies: %w", err)
	}
	t := &Table{byARN: make(map[string]*Policy, 1500)}
	for line := range strings.Lines(names) {
		p, err := parse(line)
		if err != nil {
			return nil, fmt.Errorf("table of managed policies: %q: %w", line, err)
		}
		p.Document = string(texts[p.Name])
		t.byARN[p.ARN] = p
		t.ordered = append(t.ordered, p)
	}
	sort.Slice(t.ordered, func(i, j int) bool { return t.ordered[i].ARN < t.ordered[j].ARN })
	return t, nil
}

// parse reads "name path version date", where path is "-" for none.
func parse(line string) (*Policy, error) {
	fields := strings.Fields(line)
	if len(fields) != 4 {
		return nil, fmt.Errorf("%d fields, want 4", len(fields))
	}
	name, path := fields[0], fields[1]
	number, err := strconv.Atoi(strings.TrimPrefix(fields[2], "v"))
	if err != nil {
		return nil, err
	}
	created, err := time.Parse(time.DateOnly, fields[3])
	if err != nil {
		return nil, err
	}
	p := &Policy{Name: name, Path: "/", Version: number, Created: created}
	if path != "-" {
		p.Path = "/" + path + "/"
	}
	p.ARN = arnPrefix + strings.TrimPrefix(p.Path, "/") + name
	return p, nil
}

// IsARN tells whether an ARN is in AWS's own name space.
func IsARN(arn string) bool { return strings.HasPrefix(arn, arnPrefix) }

// Find returns the policy with an ARN, or nil.
func (t *Table) Find(arn string) *Policy { return t.byARN[arn] }

// All returns every policy, in the order of ARNs.
func (t *Table) All() []*Policy { return t.ordered }
