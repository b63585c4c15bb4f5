package logs

import (
	"context"
	"fmt"
	"strings"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// maxDefinitions is how many definitions an account may have.
const maxDefinitions = 1000

// definition is a query that is kept to be run again.
type definition struct {
	ID       string
	Name     string
	Text     string
	Groups   []string
	Modified int64
	Token    string // of the request that made it
}

func (h home) definitionKey(id string) kv.Key { return h.key("qd", id) }

// PutQueryDefinition keeps a query, or changes one that is kept.
//
// Spec: CloudWatch Logs API Reference, PutQueryDefinition.
func (s *Service) PutQueryDefinition(ctx context.Context, in *api.PutQueryDefinitionInput) (*api.PutQueryDefinitionOutput, error) {
	if in.QueryLanguage != nil && *in.QueryLanguage != string(api.QueryLanguageCwli) {
		return nil, invalid("The query language %s is not supported; use CWLI.", *in.QueryLanguage)
	}
	h := homeOf(ctx)
	d := definition{ID: s.IDs.UUID(), Name: in.Name, Text: in.QueryString, Groups: in.LogGroupNames, Modified: s.Clock.Now().UnixMilli()}
	if in.ClientToken != nil {
		d.Token = *in.ClientToken
	}
	if in.QueryDefinitionId != nil {
		d.ID = *in.QueryDefinitionId
	}
	made := d.ID
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		d.ID = made
		if in.QueryDefinitionId != nil {
			if err := mustHaveDefinition(tx, h, d.ID); err != nil {
				return err
			}
			return kv.Put(tx, h.definitionKey(d.ID), d)
		}
		n := 0
		for row, err := range kv.Scan[definition](tx, kv.Prefix(h.key("qd"))) {
			if err != nil {
				return err
			}
			if n++; d.Token != "" && row.Value.Token == d.Token {
				d.ID = row.Value.ID // the request was made before
				return nil
			}
		}
		if n >= maxDefinitions {
			return &api.LimitExceededException{Message: "The account has 1000 query definitions."}
		}
		return kv.Put(tx, h.definitionKey(d.ID), d)
	})
	if err != nil {
		return nil, err
	}
	return &api.PutQueryDefinitionOutput{QueryDefinitionId: &d.ID}, nil
}

// mustHaveDefinition refuses an id of no definition.
func mustHaveDefinition(tx *kv.Tx, h home, id string) error {
	_, ok, err := tx.Get(h.definitionKey(id))
	switch {
	case err != nil:
		return fmt.Errorf("load query definition: %w", err)
	case !ok:
		return &api.ResourceNotFoundException{Message: "The specified query definition does not exist."}
	}
	return nil
}

// DescribeQueryDefinitions returns the queries that are kept.
//
// Spec: CloudWatch Logs API Reference, DescribeQueryDefinitions.
func (s *Service) DescribeQueryDefinitions(ctx context.Context, in *api.DescribeQueryDefinitionsInput) (*api.DescribeQueryDefinitionsOutput, error) {
	h := homeOf(ctx)
	r := kv.Prefix(h.key("qd"))
	if in.NextToken != nil {
		id, err := readPage(h.key("qd"), *in.NextToken)
		if err != nil {
			return nil, err
		}
		r = r.After(h.definitionKey(id))
	}
	most := 1000
	if in.MaxResults != nil {
		most = int(*in.MaxResults)
	}
	out := &api.DescribeQueryDefinitionsOutput{QueryDefinitions: []api.QueryDefinition{}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		for row, err := range kv.Scan[definition](tx, r) {
			if err != nil {
				return err
			}
			d := row.Value
			if in.QueryDefinitionNamePrefix != nil && !strings.HasPrefix(d.Name, *in.QueryDefinitionNamePrefix) {
				continue
			}
			if n := len(out.QueryDefinitions); n == most {
				out.NextToken = service.PageToken(h.key("qd"), *out.QueryDefinitions[n-1].QueryDefinitionId)
				return nil
			}
			if d.Groups == nil {
				d.Groups = []string{}
			}
			out.QueryDefinitions = append(out.QueryDefinitions, api.QueryDefinition{
				QueryDefinitionId: &d.ID, Name: &d.Name, QueryString: &d.Text, LastModified: &d.Modified, LogGroupNames: d.Groups,
				QueryLanguage: new(string(api.QueryLanguageCwli)),
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteQueryDefinition drops a query that is kept.
//
// Spec: CloudWatch Logs API Reference, DeleteQueryDefinition.
func (s *Service) DeleteQueryDefinition(ctx context.Context, in *api.DeleteQueryDefinitionInput) (*api.DeleteQueryDefinitionOutput, error) {
	h := homeOf(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := mustHaveDefinition(tx, h, in.QueryDefinitionId); err != nil {
			return err
		}
		return tx.Delete(h.definitionKey(in.QueryDefinitionId))
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteQueryDefinitionOutput{Success: new(true)}, nil
}
