package states

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/machine"
)

// maxVersions is how many versions a state machine may have.
const maxVersions = 1000

// versionARN is the ARN of a version.
func versionARN(h machine.Home, name string, number int64) string {
	return h.MachineARN(name) + ":" + strconv.FormatInt(number, 10)
}

// publishVersion gives the current revision of m the next number. The caller
// writes m.
func publishVersion(tx *kv.Tx, h machine.Home, m *machine.Machine, description *string, now time.Time) (machine.Version, error) {
	count := 0
	for _, err := range tx.Scan(kv.Prefix(h.Key("v", m.Name))) {
		if err != nil {
			return machine.Version{}, fmt.Errorf("count versions: %w", err)
		}
		count++
	}
	if count >= maxVersions {
		return machine.Version{}, &api.ServiceQuotaExceededException{Message: "The maximum number of state machine versions has been reached: " + strconv.Itoa(maxVersions)}
	}
	m.Versions++
	m.Published, m.Last = m.Versions, m.Versions
	v := machine.Version{Number: m.Versions, Revision: m.Current.ID, Description: description, Created: now}
	return v, kv.Put(tx, h.VersionKey(m.Name, v.Number), v)
}

// PublishStateMachineVersion makes a version of the current revision, or returns
// the one that it has.
//
// Spec: Step Functions API Reference, PublishStateMachineVersion.
func (s *Service) PublishStateMachineVersion(ctx context.Context, in *api.PublishStateMachineVersionInput) (*api.PublishStateMachineVersionOutput, error) {
	r, err := parseUnqualified(in.StateMachineArn)
	if err != nil {
		return nil, err
	}
	out := &api.PublishStateMachineVersionOutput{}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		m, err := live(tx, r)
		if err != nil {
			return err
		}
		current := m.Current.ID
		if m.Current.First {
			current = machine.Initial
		}
		if in.RevisionId != nil && *in.RevisionId != current {
			return &api.ConflictException{Message: fmt.Sprintf("Failed to publish the State Machine version for revision %s. The current State Machine revision is %s.", *in.RevisionId, current)}
		}
		if m.Published != 0 {
			v, ok, err := kv.Get[machine.Version](tx, r.VersionKey(r.Name, m.Published))
			if err != nil {
				return fmt.Errorf("load version: %w", err)
			}
			if ok {
				out.CreationDate, out.StateMachineVersionArn = v.Created, versionARN(r.Home, r.Name, v.Number)
				return nil
			}
		}
		v, err := publishVersion(tx, r.Home, &m, in.Description, s.Clock.Now())
		if err != nil {
			return err
		}
		out.CreationDate, out.StateMachineVersionArn = v.Created, versionARN(r.Home, r.Name, v.Number)
		return kv.Put(tx, r.MachineKey(r.Name), m)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteStateMachineVersion removes a version that no alias names.
//
// Spec: Step Functions API Reference, DeleteStateMachineVersion.
func (s *Service) DeleteStateMachineVersion(ctx context.Context, in *api.DeleteStateMachineVersionInput) (*api.DeleteStateMachineVersionOutput, error) {
	r, err := parseMachine(in.StateMachineVersionArn)
	if err != nil {
		return nil, err
	}
	if r.Version == 0 {
		return nil, invalidARN("Resource type not valid in this context: state machine version expected")
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := load(tx, r); err != nil {
			return err
		}
		var names []string
		for row, err := range kv.Scan[machine.Alias](tx, kv.Prefix(r.Key("a", r.Name))) {
			if err != nil {
				return fmt.Errorf("load aliases: %w", err)
			}
			for _, route := range row.Value.Routes {
				if route.Version == r.Version {
					names = append(names, row.Value.Name)
				}
			}
		}
		if len(names) > 0 {
			return &api.ConflictException{Message: "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [" + strings.Join(names, ", ") + "]"}
		}
		return tx.Delete(r.VersionKey(r.Name, r.Version))
	})
	return &api.DeleteStateMachineVersionOutput{}, err
}

// ListStateMachineVersions lists the versions of a state machine, the latest first.
//
// Spec: Step Functions API Reference, ListStateMachineVersions.
func (s *Service) ListStateMachineVersions(ctx context.Context, in *api.ListStateMachineVersionsInput) (*api.ListStateMachineVersionsOutput, error) {
	r, err := parseUnqualified(in.StateMachineArn)
	if err != nil {
		return nil, err
	}
	after, paged, err := readToken("v"+r.Name, in.NextToken)
	if err != nil {
		return nil, err
	}
	span := kv.Prefix(r.Key("v", r.Name))
	span.Reverse = true
	if paged {
		n, err := strconv.ParseInt(after, 10, 64)
		if err != nil {
			return nil, errToken()
		}
		span = span.After(r.VersionKey(r.Name, n))
	}
	limit := pageSize(in.MaxResults)
	out := &api.ListStateMachineVersionsOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		out.StateMachineVersions, out.NextToken = []api.StateMachineVersionListItem{}, nil
		if _, err := load(tx, r); err != nil {
			return err
		}
		last := int64(0)
		for row, err := range kv.Scan[machine.Version](tx, span) {
			if err != nil {
				return fmt.Errorf("list versions: %w", err)
			}
			if len(out.StateMachineVersions) == limit {
				out.NextToken = writeToken("v"+r.Name, strconv.FormatInt(last, 10))
				return nil
			}
			last = row.Value.Number
			out.StateMachineVersions = append(out.StateMachineVersions, api.StateMachineVersionListItem{
				StateMachineVersionArn: versionARN(r.Home, r.Name, last), CreationDate: row.Value.Created,
			})
		}
		return nil
	})
	return out, err
}
