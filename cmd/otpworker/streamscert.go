package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// How long the certificates are valid. That of the authority is at every client.
const (
	authorityLife = 10 * 365 * 24 * time.Hour
	certLife      = 2 * 365 * 24 * time.Hour
)

// An authority signs the servers' certificate.
type authority struct {
	cert            *x509.Certificate
	key             *ecdsa.PrivateKey
	certPEM, keyPEM []byte
}

func newAuthority() (*authority, error) {
	a := &authority{}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "otpworker"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(authorityLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, fmt.Errorf("make authority: %w", err)
	}
	if a.certPEM, a.keyPEM, err = sign(template, template, a.key, a.key); err != nil {
		return nil, fmt.Errorf("make authority: %w", err)
	}
	a.cert = template
	return a, nil
}

// readAuthority reads one that was made earlier.
func readAuthority(certFile, keyFile string) (*authority, error) {
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("read authority: %w", err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok || !pair.Leaf.IsCA {
		return nil, fmt.Errorf("read authority: %s and %s are none that otpworker made", certFile, keyFile)
	}
	return &authority{cert: pair.Leaf, key: key}, nil
}

// ends is when a certificate of now ends: not after its authority.
func (a *authority) ends() time.Time {
	ends := time.Now().Add(certLife)
	if ends.After(a.cert.NotAfter) {
		return a.cert.NotAfter
	}
	return ends
}

// issue makes a certificate that a server shows to clients and to the other
// servers of its cluster.
func (a *authority) issue(hosts []string) (certPEM, keyPEM []byte, err error) {
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "nats"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: a.ends(),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err == nil {
		certPEM, keyPEM, err = sign(template, a.cert, key, a.key)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("make server certificate: %w", err)
	}
	return certPEM, keyPEM, nil
}

func sign(template, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) (certPEM, keyPEM []byte, err error) {
	cert, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		return nil, nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), nil
}

// serial is 120 random bits; rand.Read never fails.
func serial() *big.Int {
	var bits [15]byte
	_, _ = rand.Read(bits[:])
	return new(big.Int).SetBytes(bits[:])
}
