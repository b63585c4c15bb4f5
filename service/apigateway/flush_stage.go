package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
)

// FlushStageCache forgets the answers that a stage has kept.
//
// Spec: API Gateway API Reference, FlushStageCache.
func (s *Service) FlushStageCache(ctx context.Context, in *api.FlushStageCacheInput) (*api.FlushStageCacheOutput, error) {
	_, err := s.changeStage(ctx, in.RestApiId, in.StageName, func(r *stageRecord) error {
		r.CacheEpoch++
		return nil
	})
	return &api.FlushStageCacheOutput{}, err
}

// FlushStageAuthorizersCache forgets what authorizers have told a stage.
//
// Spec: API Gateway API Reference, FlushStageAuthorizersCache.
func (s *Service) FlushStageAuthorizersCache(ctx context.Context, in *api.FlushStageAuthorizersCacheInput) (*api.FlushStageAuthorizersCacheOutput, error) {
	_, err := s.changeStage(ctx, in.RestApiId, in.StageName, func(r *stageRecord) error {
		r.AuthorizerEpoch++
		return nil
	})
	return &api.FlushStageAuthorizersCacheOutput{}, err
}
