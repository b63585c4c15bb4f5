package apigateway_test

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/account"
)

func TestAClientCertificateIsOneThatGatewaysCanProve(t *testing.T) {
	t.Parallel()
	w := start(t)
	made := must(w.GenerateClientCertificate(t.Context(), &sdk.GenerateClientCertificateInput{Description: aws.String("d")}))(t)
	block, _ := pem.Decode([]byte(*made.PemEncodedCertificate))
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	key, ok := c.PublicKey.(*rsa.PublicKey)
	if !ok || key.N.BitLen() != 2048 || !c.NotAfter.Equal(*made.ExpirationDate) || made.ExpirationDate.Sub(*made.CreatedDate) != 365*24*time.Hour {
		t.Errorf("certificate %+v for %v", made, c.PublicKey)
	}
	if err := c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature); err != nil {
		t.Errorf("it does not sign itself: %v", err)
	}
	err = w.e.Store().View(t.Context(), func(tx *kv.Tx) error {
		c, err := account.ClientCertificate(tx, service.Home{Account: testenv.Account, Region: testenv.Region}, *made.ClientCertificateId)
		if err != nil {
			return err
		}
		_, err = tls.X509KeyPair(c.PEM, c.Key)
		return err
	})
	if err != nil {
		t.Errorf("its key: %v", err)
	}
	id := made.ClientCertificateId
	got := must(w.UpdateClientCertificate(t.Context(), &sdk.UpdateClientCertificateInput{ClientCertificateId: id, PatchOperations: []types.PatchOperation{op("replace", "/description", "e")}}))(t)
	if *got.Description != "e" || *got.PemEncodedCertificate != *made.PemEncodedCertificate {
		t.Errorf("patched %+v", got)
	}
	if list := must(w.GetClientCertificates(t.Context(), &sdk.GetClientCertificatesInput{}))(t).Items; len(list) != 1 || *list[0].Description != "e" {
		t.Errorf("list %+v", list)
	}
	must(w.DeleteClientCertificate(t.Context(), &sdk.DeleteClientCertificateInput{ClientCertificateId: id}))(t)
	_, err = w.GetClientCertificate(t.Context(), &sdk.GetClientCertificateInput{ClientCertificateId: id})
	refused(t, err, "NotFoundException", "Invalid Client Certificate identifier specified")
}

func TestAVpcLinkLeadsToOneNetworkLoadBalancer(t *testing.T) {
	t.Parallel()
	w := start(t)
	const balancer = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/n/0123456789abcdef"
	made := must(w.CreateVpcLink(t.Context(), &sdk.CreateVpcLinkInput{Name: aws.String("l"), TargetArns: []string{balancer}, Tags: map[string]string{"a": "b"}}))(t)
	if made.Status != types.VpcLinkStatusAvailable || len(*made.Id) != 6 {
		t.Errorf("made %+v", made)
	}
	must(w.UpdateVpcLink(t.Context(), &sdk.UpdateVpcLinkInput{VpcLinkId: made.Id, PatchOperations: []types.PatchOperation{op("replace", "/name", "m"), op("replace", "/description", "d")}}))(t)
	got := must(w.GetVpcLink(t.Context(), &sdk.GetVpcLinkInput{VpcLinkId: made.Id}))(t)
	if *got.Name != "m" || *got.Description != "d" || got.Tags["a"] != "b" {
		t.Errorf("patched %+v", got)
	}
	_, err := w.CreateVpcLink(t.Context(), &sdk.CreateVpcLinkInput{Name: aws.String("l"), TargetArns: []string{balancer, balancer}})
	refused(t, err, "BadRequestException", "VpcLink must have exactly one target ARN")
	_, err = w.CreateVpcLink(t.Context(), &sdk.CreateVpcLinkInput{Name: aws.String("l"), TargetArns: []string{"arn:aws:s3:::b"}})
	refused(t, err, "BadRequestException", "Invalid target ARN specified: arn:aws:s3:::b. The target must be a network load balancer")
	must(w.DeleteVpcLink(t.Context(), &sdk.DeleteVpcLinkInput{VpcLinkId: made.Id}))(t)
	if list := must(w.GetVpcLinks(t.Context(), &sdk.GetVpcLinksInput{}))(t).Items; len(list) != 0 {
		t.Errorf("left %+v", list)
	}
}

func TestSDKTypesTellWhatTheirGeneratorsAreTold(t *testing.T) {
	t.Parallel()
	w := start(t)
	if list := must(w.GetSdkTypes(t.Context(), &sdk.GetSdkTypesInput{}))(t).Items; len(list) != 6 {
		t.Errorf("types %+v", list)
	}
	swift := must(w.GetSdkType(t.Context(), &sdk.GetSdkTypeInput{Id: aws.String("swift")}))(t)
	if p := swift.ConfigurationProperties; len(p) != 1 || *p[0].Name != "classPrefix" || !p[0].Required {
		t.Errorf("swift %+v", p)
	}
	_, err := w.GetSdkType(t.Context(), &sdk.GetSdkTypeInput{Id: aws.String("cobol")})
	refused(t, err, "NotFoundException", "Invalid SDK type specified: cobol")
}
