package account

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/rest/plan"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/service/rows"
)

// What client certificates are made with.
const (
	certificateBits = 2048
	certificateLife = 365 * day
	maxCertificates = 60 // of an account in a region
)

// certificate is a stored client certificate. Its key, in PEM, is shown to nobody:
// gateways prove by it who they are.
type certificate struct {
	Certificate api.ClientCertificate
	Key         []byte
}

// certificates are an account's client certificates.
func certificates() rows.Table[certificate] {
	return record.Table[certificate]("certificate", "Invalid Client Certificate identifier specified")
}

// newCertificate makes a key and a certificate that it signs itself.
func newCertificate(id string, now time.Time) (c certificate, err error) {
	key, err := rsa.GenerateKey(rand.Reader, certificateBits)
	if err != nil {
		return c, fmt.Errorf("make a client certificate's key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return c, fmt.Errorf("number a client certificate: %w", err)
	}
	name := pkix.Name{CommonName: "ApiGateway", Country: []string{"US"}, Province: []string{"Washington"}, Locality: []string{"Seattle"}, Organization: []string{"Amazon.com"}}
	form := &x509.Certificate{
		SerialNumber: serial, Subject: name, NotBefore: now, NotAfter: now.Add(certificateLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		return c, fmt.Errorf("make a client certificate: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	c.Certificate = api.ClientCertificate{
		ClientCertificateId: &id, PemEncodedCertificate: new(string(text)), CreatedDate: &now, ExpirationDate: new(now.Add(certificateLife)),
	}
	c.Key = pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	return c, nil
}

// insertCertificate writes a new client certificate.
func insertCertificate(tx *kv.Tx, at service.Home, c certificate) error {
	n, err := certificates().Count(tx, at)
	if err != nil {
		return err
	}
	if n >= maxCertificates {
		return fault.LimitExceeded("Maximum number of client certificates for this account in this region has been reached")
	}
	return certificates().Put(tx, c, at, *c.Certificate.ClientCertificateId)
}

// ClientCertificate is what a gateway proves by; nil for a certificate that is not
// there.
func ClientCertificate(tx *kv.Tx, at service.Home, id string) (*plan.Certificate, error) {
	c, ok, err := certificates().Get(tx, at, id)
	if err != nil || !ok {
		return nil, err
	}
	return &plan.Certificate{PEM: []byte(*c.Certificate.PemEncodedCertificate), Key: c.Key}, nil
}
