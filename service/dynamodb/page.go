package dynamodb

import (
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
	"maru.dev/maru/wire"
)

// reply returns the items for a reply: nothing when only their number is wanted.
func (f *found) reply() wire.Emitter {
	if f.items == nil {
		return nil
	}
	return f.items
}

// maxLimitKept is how many items room is made for before they are found.
const maxLimitKept = 100

// maxPage is how many bytes of items one Query or Scan looks at.
const maxPage = 1 << 20

// search is what Query and Scan have in common: what to keep of the rows that
// they meet, and when to stop.
type search struct {
	ref        ref
	index      string // "" is the table
	sel        string // Select
	want       expr.Projection
	filter     *expr.Condition
	limit      int // rows looked at; 0 is no limit
	start      attr.Item
	consistent bool
	count      bool
	wanted     *string // ReturnConsumedCapacity
	// keyFilter names the filter parameter that must not hold key attributes.
	keyFilter string
}

// found is one page.
type found struct {
	items   attr.Items
	count   int32
	scanned int32
	last    wire.Emitter
	used    *api.ConsumedCapacity
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
func newSearch(r ref, q searchRequest, params *expr.Params) (search, error) {
	f := search{
		ref: r, index: value(q.index), limit: int(value(q.limit)), consistent: value(q.consistent),
		wanted: q.capacity, sel: value(q.sel),
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
			return f, invalid("The provided starting key is invalid: %s", message(err))
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
		return invalid("Cannot specify the %s when choosing to get only the Count", projects)
	case !f.want.All() && f.sel != "" && f.sel != api.SelectSpecificAttributes:
		return invalid("Cannot specify the %s when choosing to get %s", projects, f.sel)
	case f.want.All() && f.sel == api.SelectSpecificAttributes:
		return invalid("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
	case f.sel == api.SelectAllProjectedAttributes && f.index == "":
		return invalid("ALL_PROJECTED_ATTRIBUTES can be used only when %s using an IndexName", q.verb)
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
		return nil, invalid("The table does not have the specified index: %s", f.index)
	case !x.Local && f.consistent:
		return nil, invalid("Consistent reads are not supported on global secondary indexes")
	case !x.Local && x.Status == table.Creating:
		return nil, invalid("Cannot read from backfilling global secondary index: %s", f.index)
	case !x.Local && f.sel == api.SelectAllAttributes && x.Projection != table.All:
		return nil, invalidValue("Select type ALL_ATTRIBUTES is not supported for global secondary index %s because its projection type is not ALL", f.index)
	}
	if missing := f.unprojected(x); !x.Local && len(missing) > 0 {
		return nil, invalidValue("Global secondary index %s does not project [%s]", f.index, strings.Join(missing, ", "))
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
		return invalid("The provided starting key is invalid")
	}
	for _, name := range names {
		v := f.start.Get(name)
		switch {
		case v.Kind == attr.Missing:
			return invalid("The provided starting key is invalid")
		case v.Kind.String() != t.Types[name]:
			return invalid("The provided starting key is invalid: %s", schema.KeyMismatch)
		case v.Text == "":
			return invalid("The provided starting key is invalid: "+schema.EmptyKey, schema.EmptyName(v.Kind), name)
		}
	}
	return nil
}

// run looks at the rows of r, a range of t or of x, until the page is full.
func (f *search) run(tx *kv.Tx, t *table.Table, x *table.Index, r kv.Range) (*found, error) {
	if f.start != nil {
		r = r.After(t.At(x, f.start))
	}
	r.Limit = f.limit // so that no more rows are read than looked at
	out := &found{}
	if !f.count {
		out.items = make(attr.Items, 0, min(f.limit, maxLimitKept))
	}
	look := look{search: f, tx: tx, table: t, fetch: f.fetches(x)}
	for pair, err := range tx.Scan(r) {
		if err != nil {
			return nil, err
		}
		row, err := table.Open(pair.Value)
		if err != nil {
			return nil, err
		}
		if err := look.at(row, out); err != nil {
			return nil, err
		}
		if int(out.scanned) == f.limit || look.page >= maxPage {
			last, err := row.Item()
			if err != nil {
				return nil, err
			}
			out.last = attr.Reply(table.Pick(last, t.StartKeys(x)))
			break
		}
	}
	m := capacity.Meter{Wanted: f.wanted}
	m.Read(t, x, capacity.Reading(look.size, f.consistent))
	if look.fetched > 0 {
		m.Read(t, nil, look.fetched)
	}
	out.used = m.One(t)
	return out, nil
}

// look is a search under way.
type look struct {
	*search
	tx      *kv.Tx
	table   *table.Table
	fetch   bool // rows are completed from the table
	size    int  // bytes of rows
	page    int  // bytes of all that was looked at
	fetched float64
}

// at looks at one row, and adds to out what is wanted of it. A row of which
// all is wanted without a condition goes into the reply as it is.
func (l *look) at(row table.Stored, out *found) error {
	out.scanned++
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
		out.count++
		if !l.count {
			out.items = append(out.items, row.Raw())
		}
		return nil
	}
	item, err := row.Item()
	if err != nil || !l.filter.Eval(item) {
		return err
	}
	out.count++
	switch {
	case l.count:
	case l.want.All():
		out.items = append(out.items, row.Raw())
	default:
		out.items = append(out.items, l.want.Apply(item).Encode())
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
