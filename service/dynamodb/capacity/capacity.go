// Package capacity counts the units of capacity that requests consume, and tells
// them as ReturnConsumedCapacity asks.
package capacity

import (
	"slices"
	"strings"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/table"
	"maru.dev/maru/telemetry"
)

// The bytes that one unit of capacity moves.
const (
	writeUnit = 1 << 10
	readUnit  = 4 << 10
)

// units rounds bytes up to units; even nothing costs one.
func units(bytes, unit int) float64 { return float64(max(1, (bytes+unit-1)/unit)) }

// Reading is what reading so many bytes costs.
func Reading(bytes int, consistent bool) float64 {
	if consistent {
		return units(bytes, readUnit)
	}
	return units(bytes, readUnit) / 2
}

// Meter adds up the capacity that a request consumes, by table and index.
type Meter struct {
	Wanted *string // ReturnConsumedCapacity
	// Writes and Reads say which members of the answer a transaction fills in.
	Writes, Reads bool
	// Metrics are told of what is consumed, whoever wants to know. It may be nil.
	Metrics *telemetry.Family
	tables  map[string]*consumption
}

// consumption is what a request takes from one table.
type consumption struct {
	table   float64
	locals  map[string]float64
	globals map[string]float64
}

// of returns the consumption of a table.
func (m *Meter) of(name string) *consumption {
	if m.tables == nil {
		m.tables = make(map[string]*consumption, 1)
	}
	if m.tables[name] == nil {
		m.tables[name] = &consumption{}
	}
	return m.tables[name]
}

// off tells whether nobody wants to know.
func (m *Meter) off() bool { return m.Wanted == nil || *m.Wanted == api.ReturnConsumedCapacityNone }

// Wrote adds a change. factor is 2 in a transaction.
func (m *Meter) Wrote(t *table.Table, u table.Usage, factor float64) {
	if m.off() && m.Metrics == nil {
		return
	}
	var none consumption
	c := &none
	if !m.off() {
		c = m.of(t.Name)
	}
	c.table += factor * units(u.Table, writeUnit)
	m.tell(t, nil, Writes, factor*units(u.Table, writeUnit))
	for i, x := range t.Indexes() {
		if i >= len(u.Indexes) {
			break
		}
		for _, bytes := range u.Indexes[i] {
			if bytes > 0 {
				c.index(x, factor*units(bytes, writeUnit))
				m.tell(t, x, Writes, factor*units(bytes, writeUnit))
			}
		}
	}
}

// Read adds units read from t or, when x is not nil, from x.
func (m *Meter) Read(t *table.Table, x *table.Index, units float64) {
	m.tell(t, x, Reads, units)
	if m.off() {
		return
	}
	if c := m.of(t.Name); x == nil {
		c.table += units
	} else {
		c.index(x, units)
	}
}

// index adds units to an index.
func (c *consumption) index(x *table.Index, units float64) {
	into := &c.globals
	if x.Local {
		into = &c.locals
	}
	if *into == nil {
		*into = make(map[string]float64, 1)
	}
	(*into)[x.Name] += units
}

// One is the answer for a request to a single table.
func (m *Meter) One(t *table.Table) *api.ConsumedCapacity {
	if m.off() {
		return nil
	}
	return new(m.answer(t.Name, m.of(t.Name)))
}

// All is the answer for a request to several tables.
func (m *Meter) All() []api.ConsumedCapacity {
	if m.off() {
		return nil
	}
	out := make([]api.ConsumedCapacity, 0, len(m.tables))
	for name, c := range m.tables {
		out = append(out, m.answer(name, c))
	}
	slices.SortFunc(out, func(a, b api.ConsumedCapacity) int { return strings.Compare(*a.TableName, *b.TableName) })
	return out
}

// answer writes one table's consumption.
func (m *Meter) answer(name string, c *consumption) api.ConsumedCapacity {
	total := c.table
	for _, byIndex := range []map[string]float64{c.locals, c.globals} {
		for _, u := range byIndex {
			total += u
		}
	}
	whole := m.capacity(total)
	out := api.ConsumedCapacity{
		TableName: &name, CapacityUnits: whole.CapacityUnits,
		ReadCapacityUnits: whole.ReadCapacityUnits, WriteCapacityUnits: whole.WriteCapacityUnits,
	}
	if *m.Wanted != api.ReturnConsumedCapacityIndexes {
		return out
	}
	out.Table = new(m.capacity(c.table))
	out.LocalSecondaryIndexes = m.capacities(c.locals)
	out.GlobalSecondaryIndexes = m.capacities(c.globals)
	return out
}

// capacity writes a number of units.
func (m *Meter) capacity(units float64) api.Capacity {
	c := api.Capacity{CapacityUnits: &units}
	if m.Writes {
		c.WriteCapacityUnits = &units
	}
	if m.Reads {
		c.ReadCapacityUnits = &units
	}
	return c
}

// capacities writes the units of several indexes.
func (m *Meter) capacities(in map[string]float64) map[string]api.Capacity {
	if len(in) == 0 {
		return nil
	}
	out := make(map[string]api.Capacity, len(in))
	for name, u := range in {
		out[name] = m.capacity(u)
	}
	return out
}

// Collection is ItemCollectionMetrics for a change, if they are wanted and the
// table has local indexes. The size is the coarsest estimate that is true of
// any collection within AWS's limit.
func Collection(wanted *string, t *table.Table, item attr.Item) *api.ItemCollectionMetrics {
	if wanted == nil || *wanted != api.ReturnItemCollectionMetricsSize || len(t.Locals) == 0 {
		return nil
	}
	return &api.ItemCollectionMetrics{
		ItemCollectionKey:   attr.Reply(table.Pick(item, []string{t.Hash})),
		SizeEstimateRangeGB: []float64{0, 1},
	}
}
