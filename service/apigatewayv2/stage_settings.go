package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// changeStage changes one stage's settings.
func (s *Service) changeStage(ctx context.Context, apiID, name string, how func(st *stageRecord) error) error {
	return s.change(ctx, apiID, settings, func(tx *kv.Tx, h service.Home, _ *apiRecord) error {
		st, err := stages().Need(tx, h, apiID, name)
		if err != nil {
			return err
		}
		if err := how(&st); err != nil {
			return err
		}
		st.Stage.LastUpdatedDate = new(s.Clock.Now())
		return stages().Put(tx, st, h, apiID, name)
	})
}

// DeleteAccessLogSettings ends a stage's access log.
//
// Spec: API Gateway V2 API Reference, DeleteAccessLogSettings.
func (s *Service) DeleteAccessLogSettings(ctx context.Context, in *api.DeleteAccessLogSettingsInput) (*api.DeleteAccessLogSettingsOutput, error) {
	err := s.changeStage(ctx, in.ApiId, in.StageName, func(st *stageRecord) error {
		st.Stage.AccessLogSettings = nil
		return nil
	})
	return &api.DeleteAccessLogSettingsOutput{}, err
}

// DeleteRouteSettings takes the settings of one route off a stage.
//
// Spec: API Gateway V2 API Reference, DeleteRouteSettings.
func (s *Service) DeleteRouteSettings(ctx context.Context, in *api.DeleteRouteSettingsInput) (*api.DeleteRouteSettingsOutput, error) {
	err := s.changeStage(ctx, in.ApiId, in.StageName, func(st *stageRecord) error {
		if _, ok := st.Stage.RouteSettings[in.RouteKey]; !ok {
			return &api.NotFoundException{Message: "Invalid route key specified"}
		}
		delete(st.Stage.RouteSettings, in.RouteKey)
		return nil
	})
	return &api.DeleteRouteSettingsOutput{}, err
}

// ResetAuthorizersCache forgets what authorizers have said for a stage.
//
// Spec: API Gateway V2 API Reference, ResetAuthorizersCache.
func (s *Service) ResetAuthorizersCache(ctx context.Context, in *api.ResetAuthorizersCacheInput) (*api.ResetAuthorizersCacheOutput, error) {
	err := s.changeStage(ctx, in.ApiId, in.StageName, func(st *stageRecord) error {
		st.CacheEpoch++
		return nil
	})
	return &api.ResetAuthorizersCacheOutput{}, err
}

// DeleteCorsConfiguration takes the CORS configuration off an API.
//
// Spec: API Gateway V2 API Reference, DeleteCorsConfiguration.
func (s *Service) DeleteCorsConfiguration(ctx context.Context, in *api.DeleteCorsConfigurationInput) (*api.DeleteCorsConfigurationOutput, error) {
	err := s.change(ctx, in.ApiId, routing, func(_ *kv.Tx, _ service.Home, a *apiRecord) error {
		a.API.CorsConfiguration = nil
		return nil
	})
	return &api.DeleteCorsConfigurationOutput{}, err
}
