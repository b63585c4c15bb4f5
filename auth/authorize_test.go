package auth_test

import (
	"strings"
	"testing"

	"maru.dev/maru/api/apigateway"
	"maru.dev/maru/api/sqs"
	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/wire"
)

func TestADenialNamesTheActionAsPoliciesDo(t *testing.T) {
	t.Parallel()
	who := call.Info{Account: "000000000000", Principal: call.Principal{Kind: call.Role, Account: "000000000000"}}
	for name, tt := range map[string]struct {
		model     *wire.Service
		operation string
		want      string
	}{
		"by its name":        {sqs.Model, "SendMessage", " sqs:SendMessage "},
		"by its HTTP method": {apigateway.Model, "CreateRestApi", " apigateway:POST "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i := range tt.model.Operations {
				op := &tt.model.Operations[i]
				if op.Name != tt.operation {
					continue
				}
				err := auth.RootOnly{}.Authorize(t.Context(), who, tt.model, op, nil)
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%v does not say%s", err, tt.want)
				}
			}
		})
	}
}
