package states

import (
	"context"
	"errors"
)

// mapRunList finds the list of a map run's executions.
func (s *Service) mapRunList(context.Context, string) (executionList, error) {
	return executionList{}, errors.New("map runs are not there yet")
}
