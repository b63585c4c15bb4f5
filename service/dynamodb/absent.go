package dynamodb

import (
	"context"
	"slices"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/table"
)

// Here is what no table has, since it cannot be asked for: it reads as on a table
// without it, for tools that read all that a table may have.

// look finds a table that must be there, and its index unless that is nil.
func (s *Service) look(ctx context.Context, name string, index *string) (found string, err error) {
	r, err := s.ref(ctx, name)
	if err != nil {
		return "", err
	}
	return r.name, s.Store.View(ctx, func(tx *kv.Tx) error {
		t, err := s.describe(tx, r)
		switch {
		case err != nil:
			return err
		case index != nil && !slices.ContainsFunc(t.Indexes(), func(i *table.Index) bool { return i.Name == *index }):
			return &api.ResourceNotFoundException{Message: "Requested resource not found: Index: " + *index + " for table: " + r.name}
		}
		return nil
	})
}

// DescribeContributorInsights tells that nobody counts who contributes most.
//
// Spec: DynamoDB API Reference, DescribeContributorInsights.
func (s *Service) DescribeContributorInsights(ctx context.Context, in *api.DescribeContributorInsightsInput) (*api.DescribeContributorInsightsOutput, error) {
	name, err := s.look(ctx, in.TableName, in.IndexName)
	if err != nil {
		return nil, err
	}
	return &api.DescribeContributorInsightsOutput{
		TableName: &name, IndexName: in.IndexName, ContributorInsightsStatus: new(api.ContributorInsightsStatusDisabled),
	}, nil
}

// ListContributorInsights lists none.
//
// Spec: DynamoDB API Reference, ListContributorInsights.
func (s *Service) ListContributorInsights(ctx context.Context, in *api.ListContributorInsightsInput) (*api.ListContributorInsightsOutput, error) {
	if in.TableName != nil {
		if _, err := s.look(ctx, *in.TableName, nil); err != nil {
			return nil, err
		}
	}
	return &api.ListContributorInsightsOutput{ContributorInsightsSummaries: []api.ContributorInsightsSummary{}}, nil
}

// DescribeKinesisStreamingDestination tells that a table streams to nowhere.
//
// Spec: DynamoDB API Reference, DescribeKinesisStreamingDestination.
func (s *Service) DescribeKinesisStreamingDestination(ctx context.Context, in *api.DescribeKinesisStreamingDestinationInput) (*api.DescribeKinesisStreamingDestinationOutput, error) {
	name, err := s.look(ctx, in.TableName, nil)
	if err != nil {
		return nil, err
	}
	return &api.DescribeKinesisStreamingDestinationOutput{TableName: &name, KinesisDataStreamDestinations: []api.KinesisDataStreamDestination{}}, nil
}

// GetResourcePolicy finds no policy.
//
// Spec: DynamoDB API Reference, GetResourcePolicy.
func (s *Service) GetResourcePolicy(ctx context.Context, in *api.GetResourcePolicyInput) (*api.GetResourcePolicyOutput, error) {
	if _, err := s.look(ctx, in.ResourceArn, nil); err != nil {
		return nil, err
	}
	return nil, &api.PolicyNotFoundException{Message: "Resource-based policy not found for the provided ResourceArn: " + in.ResourceArn}
}

// ListBackups lists none.
//
// Spec: DynamoDB API Reference, ListBackups.
func (s *Service) ListBackups(context.Context, *api.ListBackupsInput) (*api.ListBackupsOutput, error) {
	return &api.ListBackupsOutput{BackupSummaries: []api.BackupSummary{}}, nil
}

// ListExports lists none.
//
// Spec: DynamoDB API Reference, ListExports.
func (s *Service) ListExports(context.Context, *api.ListExportsInput) (*api.ListExportsOutput, error) {
	return &api.ListExportsOutput{ExportSummaries: []api.ExportSummary{}}, nil
}

// ListImports lists none.
//
// Spec: DynamoDB API Reference, ListImports.
func (s *Service) ListImports(context.Context, *api.ListImportsInput) (*api.ListImportsOutput, error) {
	return &api.ListImportsOutput{ImportSummaryList: []api.ImportSummary{}}, nil
}

// ListGlobalTables lists none.
//
// Spec: DynamoDB API Reference, ListGlobalTables.
func (s *Service) ListGlobalTables(context.Context, *api.ListGlobalTablesInput) (*api.ListGlobalTablesOutput, error) {
	return &api.ListGlobalTablesOutput{GlobalTables: []api.GlobalTable{}}, nil
}
