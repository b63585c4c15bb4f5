package logs

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/logs/insights"
	"maru.dev/maru/task"
)

// StartQuery starts a query in the language of Logs Insights about the events of
// groups in a span of time. It runs as a task, so it goes on after a restart.
//
// Spec: CloudWatch Logs API Reference, StartQuery.
func (s *Service) StartQuery(ctx context.Context, in *api.StartQueryInput) (*api.StartQueryOutput, error) {
	if in.QueryLanguage != nil && *in.QueryLanguage != string(api.QueryLanguageCwli) {
		return nil, invalid("The query language %s is not supported; use CWLI.", *in.QueryLanguage)
	}
	now := s.Clock.Now()
	parsed, err := insights.Parse(in.QueryString, now)
	if err != nil {
		return nil, malformed(err)
	}
	h, info := homeOf(ctx), call.From(ctx)
	q := query{
		ID: s.IDs.UUID(), Text: in.QueryString, From: millis(in.StartTime), To: millis(in.EndTime), Limit: insights.MaxResults,
		Created: now.UnixMilli(), Status: string(api.QueryStatusScheduled), Identity: info.Principal.ARN,
	}
	if in.EndTime == q.To/1000 {
		q.To += 999 // all of the last second
	}
	if q.To < q.From {
		return nil, invalid("End time should not be before start time.")
	}
	if in.Limit != nil {
		q.Limit = int(*in.Limit)
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if n, err := tx.Count(h.runningKey()); err != nil {
			return err
		} else if n >= maxQueries {
			return &api.LimitExceededException{Message: "Account maximum query concurrency limit of [100] reached."}
		}
		if q.Groups, err = queryGroups(tx, h, in, parsed); err != nil {
			return err
		}
		return s.schedule(tx, h, &q, info.TraceID)
	})
	if err != nil {
		return nil, err
	}
	return &api.StartQueryOutput{QueryId: &q.ID}, nil
}

// malformed is the answer to a query that cannot be read.
func malformed(err error) error {
	e, ok := errors.AsType[*insights.SyntaxError](err)
	if !ok {
		return err
	}
	return &api.MalformedQueryException{
		Message: e.Message,
		QueryCompileError: &api.QueryCompileError{
			Message:  &e.Message,
			Location: &api.QueryCompileErrorLocation{StartCharOffset: new(int32(e.Start)), EndCharOffset: new(int32(e.End))},
		},
	}
}

// queryGroups finds the groups that a request, or else its query, names.
func queryGroups(tx *kv.Tx, h home, in *api.StartQueryInput, parsed *insights.Query) ([]queried, error) {
	identifiers := slices.Concat(in.LogGroupNames, in.LogGroupIdentifiers)
	if in.LogGroupName != nil {
		identifiers = append(identifiers, *in.LogGroupName)
	}
	named := 0
	for _, yes := range []bool{in.LogGroupName != nil, len(in.LogGroupNames) > 0, len(in.LogGroupIdentifiers) > 0} {
		if yes {
			named++
		}
	}
	switch {
	case named > 1:
		return nil, invalid("Only one of logGroupName, logGroupNames and logGroupIdentifiers can be specified.")
	case named == 1 && parsed.Source != nil:
		return nil, invalid("Log groups are named by the request and by the query's SOURCE command; only one is allowed.")
	case parsed.Source != nil:
		return sourceGroups(tx, h, parsed.Source)
	case named == 0:
		return nil, invalid("One of logGroupName, logGroupNames and logGroupIdentifiers must be specified.")
	case len(identifiers) > maxQueryGroups:
		return nil, invalid("A query can be about %d log groups at most.", maxQueryGroups)
	}
	var out []queried
	for _, id := range identifiers {
		where, name, err := groupIdentified(h, id)
		if err != nil {
			return nil, err
		}
		g, err := loadGroup(tx, where, name)
		if err != nil {
			return nil, err
		}
		if one := (queried{where.Account, where.Region, g.Name, g.ID}); !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out, nil
}

// sourceGroups finds the groups that a SOURCE command is about.
func sourceGroups(tx *kv.Tx, h home, src *insights.Source) (out []queried, err error) {
	if len(src.Accounts) > 0 && !slices.Contains(src.Accounts, h.Account) {
		return nil, nil
	}
	for row, err := range kv.Scan[group](tx, kv.Prefix(h.key("g"))) {
		if err != nil {
			return nil, err
		}
		g := row.Value
		wanted := len(src.Prefixes) == 0 || slices.ContainsFunc(src.Prefixes, func(p string) bool { return strings.HasPrefix(g.Name, p) })
		if wanted && (src.Class == "" || src.Class == g.Class) {
			out = append(out, queried{h.Account, h.Region, g.Name, g.ID})
		}
	}
	return out, nil
}

// schedule writes a query, with the tasks that run it and remove it.
func (s *Service) schedule(tx *kv.Tx, h home, q *query, trace string) error {
	if err := kv.Put(tx, h.queryKey(q.ID), *q); err != nil {
		return err
	}
	if err := tx.Put(h.queryOrderKey(q), nil); err != nil {
		return err
	}
	if err := tx.Add(h.runningKey(), 1); err != nil {
		return err
	}
	t := task.Task{
		Kind: queryKind, Owner: "logs.query:" + q.ID, Key: q.ID, Body: queryWork{h.Account, h.Region, q.ID},
		Account: h.Account, Region: h.Region, TraceID: trace, Policy: task.Policy{MaxAttempts: 3},
	}
	if _, err := s.Tasks.Add(tx, t); err != nil {
		return err
	}
	t.Kind, t.Due, t.Policy = queryEndKind, time.UnixMilli(q.Created).Add(queryKept), task.Policy{}
	_, err := s.Tasks.Add(tx, t)
	return err
}
