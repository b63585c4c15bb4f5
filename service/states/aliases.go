package states

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/machine"
)

// maxAliases is how many aliases a state machine may have.
const maxAliases = 100

// routesOf reads a routing configuration: its routes, and the state machine that
// they lead to.
func routesOf(list []api.RoutingConfigurationListItem) (ref, []machine.Route, error) {
	badRouting := func(format string, args ...any) error {
		return &api.ValidationException{Message: fmt.Sprintf(format, args...), Reason: new(api.ValidationExceptionReasonInvalidRoutingConfiguration)}
	}
	var of ref
	var routes []machine.Route
	var arns, weights []string
	sum := int32(0)
	for _, item := range list {
		arns = append(arns, item.StateMachineVersionArn)
		weights = append(weights, fmt.Sprint(item.Weight))
		sum += item.Weight
	}
	if len(list) == 0 || len(list) > 2 {
		return of, nil, badRouting("Routing configuration must contain one or two state machine version ARNs. Received: [%s]", strings.Join(arns, ", "))
	}
	for i, item := range list {
		r, err := parseMachine(item.StateMachineVersionArn)
		if err != nil || r.Version == 0 {
			return of, nil, badRouting("Routing configuration must contain state machine version ARNs. Received: [%s]", strings.Join(arns, ", "))
		}
		if i > 0 && (r.Name != of.Name || r.Home != of.Home) {
			return of, nil, badRouting("Routing configuration must contain state machine version ARNs of the same state machine. Received: [%s]", strings.Join(arns, ", "))
		}
		of = r
		routes = append(routes, machine.Route{Version: r.Version, Weight: item.Weight})
	}
	if len(routes) == 2 && routes[0].Version == routes[1].Version {
		return of, nil, badRouting("Routing configuration must contain distinct state machine version ARNs. Received: [%s]", strings.Join(arns, ", "))
	}
	if sum != 100 {
		return of, nil, badRouting("Sum of routing configuration weights must equal 100. Received: [%s]", strings.Join(weights, ", "))
	}
	of.Version = 0
	return of, routes, nil
}

// checkRoutes sees that the versions of routes are there.
func checkRoutes(tx *kv.Tx, r ref, routes []machine.Route) error {
	for _, route := range routes {
		_, ok, err := tx.Get(r.VersionKey(r.Name, route.Version))
		if err != nil {
			return fmt.Errorf("load version: %w", err)
		}
		if !ok {
			return &api.ResourceNotFound{Message: "Request references a resource that does not exist.", ResourceName: new(versionARN(r.Home, r.Name, route.Version))}
		}
	}
	return nil
}

// CreateStateMachineAlias gives one version, or two that share what is started, a
// name.
//
// Spec: Step Functions API Reference, CreateStateMachineAlias.
func (s *Service) CreateStateMachineAlias(ctx context.Context, in *api.CreateStateMachineAliasInput) (*api.CreateStateMachineAliasOutput, error) {
	if !aliasName.MatchString(in.Name) {
		return nil, validation("1 validation error detected: Value '%s' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$", in.Name)
	}
	r, routes, err := routesOf(in.RoutingConfiguration)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	out := &api.CreateStateMachineAliasOutput{StateMachineAliasArn: r.ARN() + ":" + in.Name}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := live(tx, r); err != nil {
			return err
		}
		if err := checkRoutes(tx, r, routes); err != nil {
			return err
		}
		count := 0
		for row, err := range kv.Scan[machine.Alias](tx, kv.Prefix(r.Key("a", r.Name))) {
			if err != nil {
				return fmt.Errorf("load aliases: %w", err)
			}
			count++
			old := row.Value
			if old.Name != in.Name {
				continue
			}
			if !reflect.DeepEqual(old.Routes, routes) || !reflect.DeepEqual(old.Description, in.Description) {
				return &api.ConflictException{Message: "Failed to create alias because an alias with the same name and a different routing configuration already exists."}
			}
			out.CreationDate = old.Created
			return nil
		}
		if count >= maxAliases {
			return &api.ServiceQuotaExceededException{Message: fmt.Sprintf("The maximum number of state machine aliases has been reached: %d", maxAliases)}
		}
		out.CreationDate = now
		return kv.Put(tx, r.AliasKey(r.Name, in.Name), machine.Alias{Name: in.Name, Description: in.Description, Routes: routes, Created: now, Updated: now})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// aliasRef reads an alias's ARN.
func aliasRef(text string) (ref, error) {
	r, err := parseMachine(text)
	if err == nil && r.Alias == "" {
		err = invalidARN("Invalid ARN: " + text)
	}
	return r, err
}

// loadAlias reads an alias.
func loadAlias(tx *kv.Tx, r ref, text string) (machine.Alias, error) {
	alias, ok, err := kv.Get[machine.Alias](tx, r.AliasKey(r.Name, r.Alias))
	if err != nil {
		return alias, fmt.Errorf("load alias: %w", err)
	}
	if !ok {
		return alias, &api.ResourceNotFound{Message: "Request references a resource that does not exist.", ResourceName: &text}
	}
	return alias, nil
}

// UpdateStateMachineAlias changes what an alias leads to.
//
// Spec: Step Functions API Reference, UpdateStateMachineAlias.
func (s *Service) UpdateStateMachineAlias(ctx context.Context, in *api.UpdateStateMachineAliasInput) (*api.UpdateStateMachineAliasOutput, error) {
	r, err := aliasRef(in.StateMachineAliasArn)
	if err != nil {
		return nil, err
	}
	if in.Description == nil && in.RoutingConfiguration == nil {
		return nil, &api.MissingRequiredParameter{Message: "Either the description or the RoutingConfiguration must be specified"}
	}
	var routes []machine.Route
	if in.RoutingConfiguration != nil {
		of, list, err := routesOf(in.RoutingConfiguration)
		if err != nil {
			return nil, err
		}
		if of.Name != r.Name || of.Home != r.Home {
			return nil, validation("Routing configuration must contain versions of the state machine %s", r.ARN())
		}
		routes = list
	}
	now := s.Clock.Now()
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		alias, err := loadAlias(tx, r, in.StateMachineAliasArn)
		if err != nil {
			return err
		}
		if err := checkRoutes(tx, r, routes); err != nil {
			return err
		}
		if in.Description != nil {
			alias.Description = in.Description
		}
		if routes != nil {
			alias.Routes = routes
		}
		alias.Updated = now
		return kv.Put(tx, r.AliasKey(r.Name, r.Alias), alias)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateStateMachineAliasOutput{UpdateDate: now}, nil
}

// DeleteStateMachineAlias removes an alias.
//
// Spec: Step Functions API Reference, DeleteStateMachineAlias.
func (s *Service) DeleteStateMachineAlias(ctx context.Context, in *api.DeleteStateMachineAliasInput) (*api.DeleteStateMachineAliasOutput, error) {
	r, err := aliasRef(in.StateMachineAliasArn)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := loadAlias(tx, r, in.StateMachineAliasArn); err != nil {
			return err
		}
		return tx.Delete(r.AliasKey(r.Name, r.Alias))
	})
	return &api.DeleteStateMachineAliasOutput{}, err
}

// DescribeStateMachineAlias returns an alias.
//
// Spec: Step Functions API Reference, DescribeStateMachineAlias.
func (s *Service) DescribeStateMachineAlias(ctx context.Context, in *api.DescribeStateMachineAliasInput) (*api.DescribeStateMachineAliasOutput, error) {
	r, err := aliasRef(in.StateMachineAliasArn)
	if err != nil {
		return nil, err
	}
	var out *api.DescribeStateMachineAliasOutput
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		alias, err := loadAlias(tx, r, in.StateMachineAliasArn)
		if err != nil {
			return err
		}
		out = &api.DescribeStateMachineAliasOutput{
			StateMachineAliasArn: &in.StateMachineAliasArn, Name: &alias.Name, Description: alias.Description,
			CreationDate: &alias.Created, UpdateDate: &alias.Updated,
		}
		for _, route := range alias.Routes {
			out.RoutingConfiguration = append(out.RoutingConfiguration, api.RoutingConfigurationListItem{
				StateMachineVersionArn: versionARN(r.Home, r.Name, route.Version), Weight: route.Weight,
			})
		}
		return nil
	})
	return out, err
}

// ListStateMachineAliases lists the aliases of a state machine, or of a version.
//
// Spec: Step Functions API Reference, ListStateMachineAliases.
func (s *Service) ListStateMachineAliases(ctx context.Context, in *api.ListStateMachineAliasesInput) (*api.ListStateMachineAliasesOutput, error) {
	r, err := parseMachine(in.StateMachineArn)
	if err != nil {
		return nil, err
	}
	if r.Alias != "" {
		return nil, invalidARN("Resource type not valid in this context: alias")
	}
	after, paged, err := readToken("a"+r.Name, in.NextToken)
	if err != nil {
		return nil, err
	}
	limit := pageSize(in.MaxResults)
	out := &api.ListStateMachineAliasesOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		out.StateMachineAliases, out.NextToken = []api.StateMachineAliasListItem{}, nil
		if _, err := load(tx, r); err != nil {
			return err
		}
		span := kv.Prefix(r.Key("a", r.Name))
		if paged {
			span = span.After(r.AliasKey(r.Name, after))
		}
		last := ""
		for row, err := range kv.Scan[machine.Alias](tx, span) {
			if err != nil {
				return fmt.Errorf("list aliases: %w", err)
			}
			if r.Version != 0 && !leadsTo(row.Value.Routes, r.Version) {
				continue
			}
			if len(out.StateMachineAliases) == limit {
				out.NextToken = writeToken("a"+r.Name, last)
				return nil
			}
			last = row.Value.Name
			out.StateMachineAliases = append(out.StateMachineAliases, api.StateMachineAliasListItem{
				StateMachineAliasArn: r.ARN() + ":" + last, CreationDate: row.Value.Created,
			})
		}
		return nil
	})
	return out, err
}

// leadsTo tells whether one of the routes is to a version.
func leadsTo(routes []machine.Route, version int64) bool {
	for _, route := range routes {
		if route.Version == version {
			return true
		}
	}
	return false
}
