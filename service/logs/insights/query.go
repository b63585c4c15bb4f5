package insights

// Limits of a query.
const (
	// MaxResults is how many rows a query returns.
	MaxResults = 10_000
	maxLength  = 10_000
	maxStats   = 2
)

// Source is which log groups a query names itself.
type Source struct {
	Prefixes []string
	Accounts []string
	Class    string
}

// Query is a query that has been read.
type Query struct {
	Source *Source // nil when the request names the groups

	commands []command
	shown    []string // fields in the order in which they are shown; nil is the default
	rows     bool     // results are rows of stats or pattern: they have no @ptr
	diff     *offset
	members  *members
}

// offset is how far back the time is that diff compares with.
type offset struct {
	days   int
	months int
	length bool // as far as the queried time is long
}

// command is one step of a query.
type command interface{ isCommand() }

// named is an expression with the name of its column.
type named struct {
	name string
	expr expr
}

type (
	// fieldsCommand adds fields, or with show only says which ones are shown.
	fieldsCommand struct{ list []named }
	// filterCommand keeps records for which a condition holds.
	filterCommand struct {
		cond  expr
		maybe func(text string) bool // see needle
	}
	// parseCommand takes parts of a field.
	parseCommand struct {
		of    expr
		parts func(s string) []string
		names []string
	}
	// unnestCommand makes a record of each element of a list.
	unnestCommand struct {
		of   expr
		name string
	}
	sortKey struct {
		expr expr
		desc bool
	}
	// sortCommand orders records.
	sortCommand struct{ keys []sortKey }
	// dedupCommand keeps the first record of each combination of values.
	dedupCommand struct{ of []expr }
	// limitCommand keeps the first records.
	limitCommand struct{ n int }
	// statsCommand aggregates records.
	statsCommand struct {
		columns    []named
		by         []named
		aggregates []*aggregate
	}
	// patternCommand clusters text.
	patternCommand struct{ of expr }
)

func (fieldsCommand) isCommand()  {}
func (filterCommand) isCommand()  {}
func (parseCommand) isCommand()   {}
func (unnestCommand) isCommand()  {}
func (sortCommand) isCommand()    {}
func (dedupCommand) isCommand()   {}
func (limitCommand) isCommand()   {}
func (statsCommand) isCommand()   {}
func (patternCommand) isCommand() {}
