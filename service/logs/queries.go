package logs

import (
	"fmt"
	"math"
	"time"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/kv"
)

const (
	// queryKind is the task that runs a query.
	queryKind = "logs.query"
	// queryEndKind is the task that removes a query with its results.
	queryEndKind = "logs.query-end"
	// queryKept is how long results can be had.
	queryKept = 7 * 24 * time.Hour
	// queryLasts is how long a query may run.
	queryLasts = time.Hour
	// maxQueries is how many queries of an account may run at a time.
	maxQueries = 100
	// maxQueryGroups is how many groups one may be about.
	maxQueryGroups = 50
)

// queried is a group that a query is about.
type queried struct {
	Account, Region, Name, ID string
}

// query is a query that was started. Its times are milliseconds.
type query struct {
	ID       string
	Text     string
	Groups   []queried
	From, To int64 // both are included
	Limit    int
	Created  int64
	Ended    int64 `cbor:",omitempty"`
	Status   string
	Identity string
	Scanned  int64 // events
	Bytes    int64
	Matched  int64
	Pages    int // of results that are stored
	Run      int // of the task; results of an earlier one are void
}

// resultPage is a part of a query's results.
type resultPage struct{ Rows [][]cell }

// cell is a field of a row of results.
type cell struct {
	Name  string `cbor:"n"`
	Value string `cbor:"v"`
}

func (h home) queryKey(id string) kv.Key { return h.key("q", id) }

func (h home) queryOrderKey(q *query) kv.Key { return h.key("qo", q.Created, q.ID) }

func (h home) queryPageKey(id string, run, page int) kv.Key { return h.key("qr", id, run, page) }

// queryTopic is woken when a query's status changes.
func (h home) queryTopic(id string) kv.Key { return h.key("q", id) }

// runningKey counts the queries that run.
func (h home) runningKey() kv.Key { return h.key("qn") }

// running says whether a query has not ended.
func (q *query) running() bool {
	return q.Status == string(api.QueryStatusScheduled) || q.Status == string(api.QueryStatusRunning)
}

// loadQuery reads a query.
func loadQuery(tx *kv.Tx, h home, id string) (query, error) {
	q, ok, err := kv.Get[query](tx, h.queryKey(id))
	switch {
	case err != nil:
		return q, fmt.Errorf("load query: %w", err)
	case !ok:
		return q, &api.ResourceNotFoundException{Message: "Query does not exist: " + id}
	}
	return q, nil
}

// end ends a query, and frees its place among those that run.
func (q *query) end(tx *kv.Tx, h home, status string, now time.Time) error {
	if q.running() {
		if err := tx.Add(h.runningKey(), -1); err != nil {
			return err
		}
	}
	q.Status, q.Ended = status, now.UnixMilli()
	tx.Wake(h.queryTopic(q.ID))
	return kv.Put(tx, h.queryKey(q.ID), *q)
}

// statistics is what a query has looked at.
func (q *query) statistics() *api.QueryStatistics {
	return &api.QueryStatistics{
		RecordsMatched: new(float64(q.Matched)), RecordsScanned: new(float64(q.Scanned)), BytesScanned: new(float64(q.Bytes)),
		EstimatedRecordsSkipped: new(0.0), EstimatedBytesSkipped: new(0.0), LogGroupsScanned: new(float64(len(q.Groups))),
	}
}

// millis reads a time of a request: in seconds, as is documented, or in
// milliseconds, as clients often have it.
func millis(t int64) int64 {
	if t > math.MaxInt32*20 {
		return t
	}
	return t * 1000
}
