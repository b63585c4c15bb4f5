package rest_test

import (
	"crypto/tls"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// A stage with a client certificate shows it to its servers; one without shows
// none, nor uses a connection on which another has shown its own.
func TestAStageShowsItsClientCertificate(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, c := range r.TLS.PeerCertificates {
			_ = pem.Encode(w, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
		}
	}))
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	s.StartTLS()
	t.Cleanup(s.Close)
	a := newEnv(t).restAPI()
	a.method("GET /", &apigateway.PutMethodInput{}, &apigateway.PutIntegrationInput{
		Type: types.IntegrationTypeHttpProxy, IntegrationHttpMethod: aws.String("GET"), Uri: aws.String(s.URL),
		TlsConfig: &types.TlsConfig{InsecureSkipVerification: true},
	})
	a.deploy("prod")
	a.deploy("plain")
	c := must[*apigateway.GenerateClientCertificateOutput](t)(a.APIGateway().GenerateClientCertificate(t.Context(), &apigateway.GenerateClientCertificateInput{}))
	a.call("GET /", "").is(t, 200, "", "")
	a.patch("prod", "/clientCertificateId", *c.ClientCertificateId)
	a.call("GET /", "").is(t, 200, "", *c.PemEncodedCertificate)
	a.patch("prod", "/description", "a change elsewhere keeps the connections")
	a.call("GET /", "").is(t, 200, "", *c.PemEncodedCertificate)
	a.do("GET", "/_maru/execute-api/"+a.id+"/plain/", "").is(t, 200, "", "")
}
