package sqs

import (
	"context"
	"strings"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// maxPage is how many queues a page holds.
const maxPage = 1000

// ListQueues returns the caller's queues by name, a page at a time.
//
// Spec: SQS API Reference, ListQueues.
func (s *Service) ListQueues(ctx context.Context, in *api.ListQueuesInput) (*api.ListQueuesOutput, error) {
	h := homeOf(call.From(ctx))
	prefix := ""
	if in.QueueNamePrefix != nil {
		prefix = *in.QueueNamePrefix
	}
	r := kv.Prefix(h.key("q"))
	if prefix != "" {
		r.From = h.queueKey(prefix)
	}
	p, err := newPage(r, h.key("q"), in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.ListQueuesOutput{}
	out.QueueUrls, out.NextToken, err = s.listNames(ctx, h, p, prefix)
	return out, err
}

// page is which names to list.
type page struct {
	folder kv.Key
	rows   kv.Range
	limit  int
	// told is whether the caller asked for pages: otherwise none is named.
	told bool
}

// newPage returns the page that a request asks for, of the names behind folder.
func newPage(r kv.Range, folder kv.Key, maxResults *int32, token *string) (page, error) {
	p := page{folder: folder, rows: r, limit: maxPage}
	if maxResults != nil {
		if *maxResults < 1 || *maxResults > maxPage {
			return p, invalidValue("Value %d for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000.", *maxResults)
		}
		p.limit, p.told = int(*maxResults), true
	}
	var ok bool
	p.rows.Limit = p.limit + 1 // one more tells that there are more; what is behind it need not be read
	if p.rows, ok = service.AfterToken(folder, p.rows, token); !ok {
		return p, invalidValue("Value %s for parameter NextToken is invalid. Reason: Invalid NextToken value.", *token)
	}
	return p, nil
}

// listNames returns the URLs of the queues whose names are the last parts of a
// page's rows, and a token when there are more.
func (s *Service) listNames(ctx context.Context, h home, p page, prefix string) (urls []string, token *string, err error) {
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		var last kv.Key
		for row, err := range tx.Scan(p.rows) {
			if err != nil {
				return err
			}
			parts, err := row.Key.Parts()
			if err != nil {
				return err
			}
			name, _ := parts[len(parts)-1].(string)
			if !strings.HasPrefix(name, prefix) {
				return nil
			}
			if len(urls) == p.limit {
				if p.told {
					token = service.RowToken(p.folder, last)
				}
				return nil
			}
			urls, last = append(urls, s.urlOf(ctx, h, name)), row.Key
		}
		return nil
	})
	return urls, token, err
}
