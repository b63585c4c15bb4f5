package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/account"
	"maru.dev/maru/service/apigateway/stage"
	"maru.dev/maru/wire"
)

// maxStages is how many stages an API has.
const maxStages = 10

// addStage completes, checks and writes a new stage.
func (s *Service) addStage(tx *kv.Tx, at service.Home, apiID string, st *api.Stage) error {
	if there, err := has(tx, at, stages(), apiID, *st.StageName); err != nil || there {
		return or(err, conflict("Stage already exists"))
	}
	n, err := stages().Count(tx, at, apiID)
	if err != nil {
		return err
	}
	if n >= maxStages {
		return limitExceeded("Maximum number of stages for this API has been reached. Please contact AWS if you need additional stages.")
	}
	st.CreatedDate = s.now()
	return s.putStage(tx, at, apiID, &stageRecord{Stage: *st}, st)
}

// putStage completes and checks a stage, and what it names, and writes it. out is
// where it is shown.
func (s *Service) putStage(tx *kv.Tx, at service.Home, apiID string, record *stageRecord, out *api.Stage) error {
	st := &record.Stage
	st.LastUpdatedDate = s.now()
	stage.Complete(st)
	if err := stage.Check(st); err != nil {
		return err
	}
	ids := []string{wire.Value(st.DeploymentId)}
	if c := st.CanarySettings; c != nil {
		ids = append(ids, *c.DeploymentId)
	}
	for _, id := range ids {
		if there, err := has(tx, at, deployments(), apiID, id); err != nil || !there {
			return or(err, badRequest("Deployment id does not exist"))
		}
	}
	if id := wire.Value(st.ClientCertificateId); id != "" {
		if c, err := account.ClientCertificate(tx, at, id); err != nil || c == nil {
			return or(err, badRequest("Invalid Client Certificate identifier specified"))
		}
	}
	if v := wire.Value(st.DocumentationVersion); v != "" {
		if there, err := has(tx, at, documentationVersions(), apiID, v); err != nil || !there {
			return or(err, badRequest("Invalid Documentation version specified"))
		}
	}
	*out = *st
	return stages().Put(tx, *record, at, apiID, *st.StageName)
}

// changeStage runs how on a stage of the caller, and writes it back.
func (s *Service) changeStage(ctx context.Context, apiID, name string, how func(*stageRecord) error) (out api.Stage, err error) {
	err = s.change(ctx, apiID, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		record, err := stages().Need(tx, at, apiID, name)
		if err != nil {
			return err
		}
		if err := how(&record); err != nil {
			return err
		}
		return s.putStage(tx, at, apiID, &record, &out)
	})
	return out, err
}
