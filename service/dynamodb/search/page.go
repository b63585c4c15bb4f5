// Package search reads pages of items: what Query, Scan and PartiQL's SELECT
// have in common, and what each of them adds. It is given a table and a
// transaction; which table is meant is its callers' to find.
package search

import (
	"errors"
	"slices"
	"strings"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/capacity"
	"maru.dev/maru/service/dynamodb/expr"
	"maru.dev/maru/service/dynamodb/request"
	"maru.dev/maru/service/dynamodb/schema"
	"maru.dev/maru/service/dynamodb/table"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// Reply returns the items for a reply.
func (p *Page) Reply() wire.Emitter {
	if p.Items == nil {
		return nil
	}
	return p.Items
}

// maxLimitKept is how many items room is made for before they are found.
const maxLimitKept = 100

// maxPage is how many bytes of items one Query or Scan looks at.
const maxPage = 1 << 20

// search is what Query and Scan have in common: what to keep of the rows that
// they meet, and when to stop.
type search struct {
	index      string // "" is the table
	sel        string // Select
	want       expr.Projection
	reshape    func(attr.Item) attr.Item // in place of want, if it is set
	filter     *expr.Condition
	limit      int // rows looked at; 0 is no limit
	start      attr.Item
	consistent bool
	count      bool
	wanted     *string // ReturnConsumedCapacity
	// keyFilter names the filter parameter that must not hold key attributes.
	keyFilter string
}

// Page is what a search has found.
type Page struct {
	Items   attr.Items // nil when only their number is wanted
	Count   int32
	Scanned int32
	Last    attr.Raw // key of the row behind which the next page begins; nil at the end
	Used    *api.ConsumedCapacity

	meter capacity.Meter
	read  reading
}

// reading is what a search has read, in units of capacity.
type reading struct {
	table   *table.Table
	index   *table.Index
	units   float64 // of the index or, without one, of the table
	fetched float64 // of the table, to complete rows of the index
}

// Publish tells metrics what the search has consumed.
func (p *Page) Publish(metrics *telemetry.Family) {
	if p.read.table == nil {
		return
	}
	m := capacity.Meter{Metrics: metrics}
	m.Read(p.read.table, p.read.index, p.read.units)
	if p.read.fetched > 0 {
		m.Read(p.read.table, nil, p.read.fetched)
	}
}

// searchRequest is what Query and Scan requests have in common.
type searchRequest struct {
	index      *string
	sel        *string
	projection *string
	attributes []string
	limit      *int32
	start      map[string]api.AttributeValue
	consistent *bool
	capacity   *string
	verb       string // Querying or Scanning, for messages
}

// newSearch reads what Query and Scan have in common.
func newSearch(q searchRequest, params *expr.Params) (search, error) {
	f := search{
		index: wire.Value(q.index), limit: int(wire.Value(q.limit)), consistent: wire.Value(q.consistent),
		wanted: q.capacity, sel: wire.Value(q.sel),
	}
	var err error
	if f.want, err = request.Projection(q.projection, params, q.attributes); err != nil {
		return f, err
	}
	if err := f.readSelect(q); err != nil {
		return f, err
	}
	if q.start != nil {
		if f.start, err = request.Item(q.start); err != nil {
			return f, expr.Invalid("The provided starting key is invalid: %s", message(err))
		}
	}
	return f, nil
}

// message is the text of an error for people.
func message(err error) string {
	if e, ok := err.(interface{ ErrorMessage() string }); ok {
		return e.ErrorMessage()
	}
	return err.Error()
}

// readSelect checks Select against the projection, and fills in its default.
func (f *search) readSelect(q searchRequest) error {
	projects := "AttributesToGet"
	if q.projection != nil {
		projects = expr.ProjectionExpression
	}
	switch {
	case !f.want.All() && f.sel == api.SelectCount:
		return expr.Invalid("Cannot specify the %s when choosing to get only the Count", projects)
	case !f.want.All() && f.sel != "" && f.sel != api.SelectSpecificAttributes:
		return expr.Invalid("Cannot specify the %s when choosing to get %s", projects, f.sel)
	case f.want.All() && f.sel == api.SelectSpecificAttributes:
		return expr.Invalid("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
	case f.sel == api.SelectAllProjectedAttributes && f.index == "":
		return expr.Invalid("ALL_PROJECTED_ATTRIBUTES can be used only when %s using an IndexName", q.verb)
	case f.sel != "":
	case !f.want.All():
		f.sel = api.SelectSpecificAttributes
	case f.index != "":
		f.sel = api.SelectAllProjectedAttributes
	default:
		f.sel = api.SelectAllAttributes
	}
	f.count = f.sel == api.SelectCount
	return nil
}

// place finds the index of a search, if it has one, and checks what the search
// asks of it.
func (f *search) place(t *table.Table) (*table.Index, error) {
	if f.index == "" {
		return nil, schema.CheckScalars(t, nil, f.want.Paths())
	}
	x := t.Index(f.index)
	switch {
	case x == nil:
		return nil, expr.Invalid("The table does not have the specified index: %s", f.index)
	case !x.Local && f.consistent:
		return nil, expr.Invalid("Consistent reads are not supported on global secondary indexes")
	case !x.Local && x.Status == table.Creating:
		return nil, expr.Invalid("Cannot read from backfilling global secondary index: %s", f.index)
	case !x.Local && f.sel == api.SelectAllAttributes && x.Projection != table.All:
		return nil, expr.InvalidValue("Select type ALL_ATTRIBUTES is not supported for global secondary index %s because its projection type is not ALL", f.index)
	}
	if missing := f.unprojected(x); !x.Local && len(missing) > 0 {
		return nil, expr.InvalidValue("Global secondary index %s does not project [%s]", f.index, strings.Join(missing, ", "))
	}
	return x, schema.CheckScalars(t, x, f.want.Paths())
}

// unprojected lists the wanted attributes that x does not hold.
func (f *search) unprojected(x *table.Index) []string {
	var missing []string
	for _, name := range f.want.Tops() {
		if !x.Projects(name) {
			missing = append(missing, name)
		}
	}
	return missing
}

// fetches tells whether rows of x, a local index, have to be completed from
// the table.
func (f *search) fetches(x *table.Index) bool {
	if x == nil || !x.Local || x.Projection == table.All {
		return false
	}
	if f.sel == api.SelectAllAttributes || len(f.unprojected(x)) > 0 {
		return true
	}
	return f.filter != nil && slices.ContainsFunc(f.filter.Paths(), func(p expr.Path) bool { return !x.Projects(p.Top()) })
}

// checkStart holds an exclusive start key against the table and index.
func (f *search) checkStart(t *table.Table, x *table.Index) error {
	if f.start == nil {
		return nil
	}
	names := t.StartKeys(x)
	if len(f.start) != len(names) {
		return expr.Invalid("The provided starting key is invalid")
	}
	for _, name := range names {
		v := f.start.Get(name)
		switch {
		case v.Kind == attr.Missing:
			return expr.Invalid("The provided starting key is invalid")
		case v.Kind.String() != t.Types[name]:
			return expr.Invalid("The provided starting key is invalid: %s", schema.KeyMismatch)
		case v.Text == "":
			return expr.Invalid("The provided starting key is invalid: "+schema.EmptyKey, schema.EmptyName(v.Kind), name)
		}
	}
	return nil
}

// run looks at the rows of r, a range of t or of x, until the page is full.
func (f *search) run(tx *kv.Tx, t *table.Table, x *table.Index, r kv.Range) (*Page, error) {
	out := f.newPage()
	if err := f.extend(tx, t, x, r, out); err != nil {
		return nil, err
	}
	out.Used = out.meter.One(t)
	return out, nil
}

// newPage returns a page with room for what it may hold.
func (f *search) newPage() *Page {
	out := &Page{meter: capacity.Meter{Wanted: f.wanted}}
	if !f.count {
		out.Items = make(attr.Items, 0, min(f.limit, maxLimitKept))
	}
	return out
}

// extend adds to a page what is in r, until it is full.
func (f *search) extend(tx *kv.Tx, t *table.Table, x *table.Index, r kv.Range, out *Page) error {
	if f.start != nil {
		r = r.After(t.At(x, f.start))
	}
	r.Limit = f.limit // so that no more rows are read than looked at
	look := look{search: f, tx: tx, table: t, fetch: f.fetches(x)}
	for pair, err := range tx.Scan(r) {
		if err != nil {
			return err
		}
		row, err := table.Open(pair.Value)
		if err != nil {
			return err
		}
		if err := look.at(row, out); err != nil {
			return err
		}
		if look.rows == f.limit || look.page >= maxPage {
			last, err := row.Item()
			if err != nil {
				return err
			}
			out.Last = table.Pick(last, t.StartKeys(x)).Encode()
			break
		}
	}
	units := capacity.Reading(look.size, f.consistent)
	out.read.table, out.read.index = t, x
	out.read.units += units
	out.read.fetched += look.fetched
	out.meter.Read(t, x, units)
	if look.fetched > 0 {
		out.meter.Read(t, nil, look.fetched)
	}
	return nil
}

// look is a search under way.
type look struct {
	*search
	tx      *kv.Tx
	table   *table.Table
	fetch   bool // rows are completed from the table
	rows    int
	size    int // bytes of rows
	page    int // bytes of all that was looked at
	fetched float64
}

// at looks at one row, and adds to out what is wanted of it. A row of which
// all is wanted without a condition goes into the reply as it is.
func (l *look) at(row table.Stored, out *Page) error {
	l.rows++
	out.Scanned++
	l.size += row.Size
	l.page += row.Size
	if l.fetch {
		item, err := row.Item()
		if err != nil {
			return err
		}
		if row, err = l.complete(l.tx, l.table, item); err != nil {
			return err
		}
		l.fetched += capacity.Reading(row.Size, l.consistent)
		l.page += row.Size
	}
	if l.filter == nil && l.want.All() {
		out.Count++
		if !l.count {
			out.Items = append(out.Items, row.Raw())
		}
		return nil
	}
	item, err := row.Item()
	if err != nil || !l.filter.Eval(item) {
		return err
	}
	out.Count++
	switch {
	case l.count:
	case l.want.All():
		out.Items = append(out.Items, row.Raw())
	case l.reshape != nil:
		out.Items = append(out.Items, l.reshape(item).Encode())
	default:
		out.Items = append(out.Items, l.want.Apply(item).Encode())
	}
	return nil
}

// complete reads the whole item of an index row.
func (f *search) complete(tx *kv.Tx, t *table.Table, row attr.Item) (table.Stored, error) {
	stored, ok, err := table.Get(tx, t.Row(row))
	if err == nil && !ok {
		return stored, errLostItem
	}
	return stored, err
}

// errLostItem is an index row whose item is not there, which a transaction
// never leaves behind.
var errLostItem = errors.New("index row without an item")
