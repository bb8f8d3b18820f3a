package testenv

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/docker/docker/client"
)

// TLS is an engine behind TLS that takes no client without a certificate.
type TLS struct {
	Host string // such as "tcp://127.0.0.1:41234"
	// Dir holds ca.pem, cert.pem and key.pem, as DOCKER_CERT_PATH wants them.
	Dir string
}

// NewTLS opens a way to the engine that [Require] returns over TLS, with
// certificates of its own, until the test ends.
func NewTLS(tb testing.TB) *TLS {
	tb.Helper()
	target, err := client.ParseHostURL(Require(tb).Host)
	if err != nil {
		tb.Fatal(err)
	}
	ca := NewAuthority(tb)
	clients := x509.NewCertPool()
	clients.AddCert(ca.certificate)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	closing, end := context.WithCancel(context.Background())
	server := &http.Server{
		Handler: (&Proxy{closing: closing}).handler(target),
		TLSConfig: &tls.Config{
			Certificates: []tls.Certificate{ca.Issue("server")}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients, MinVersion: tls.VersionTLS12,
		},
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}, // the engine speaks HTTP/1.1
		ErrorLog:     log.New(io.Discard, "", 0),                               // refusing connections is what it is for
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.ServeTLS(listener, "", "")
	}()
	tb.Cleanup(func() {
		end()
		_ = server.Close()
		<-served
	})
	return &TLS{Host: "tcp://" + listener.Addr().String(), Dir: ca.Write("client")}
}

// Authority signs certificates for 127.0.0.1 and localhost.
type Authority struct {
	tb          testing.TB
	certificate *x509.Certificate
	key         crypto.Signer
}

// NewAuthority returns one that nothing else trusts.
func NewAuthority(tb testing.TB) *Authority {
	tb.Helper()
	a := &Authority{tb: tb, key: newSigner(tb)}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "an authority of tests"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	made, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		tb.Fatal(err)
	}
	if a.certificate, err = x509.ParseCertificate(made); err != nil {
		tb.Fatal(err)
	}
	return a
}

func newSigner(tb testing.TB) crypto.Signer {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// Issue returns a certificate, and its key, that serves both ends.
func (a *Authority) Issue(name string) tls.Certificate {
	a.tb.Helper()
	key := newSigner(a.tb)
	made, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: a.certificate.NotBefore, NotAfter: a.certificate.NotAfter,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.certificate, key.Public(), a.key)
	if err != nil {
		a.tb.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{made}, PrivateKey: key}
}

// Write issues a certificate and returns a directory with ca.pem, cert.pem and key.pem.
func (a *Authority) Write(name string) (dir string) {
	a.tb.Helper()
	issued := a.Issue(name)
	key, err := x509.MarshalPKCS8PrivateKey(issued.PrivateKey)
	if err != nil {
		a.tb.Fatal(err)
	}
	dir = a.tb.TempDir()
	for name, block := range map[string]*pem.Block{
		"ca.pem":   {Type: "CERTIFICATE", Bytes: a.certificate.Raw},
		"cert.pem": {Type: "CERTIFICATE", Bytes: issued.Certificate[0]},
		"key.pem":  {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			a.tb.Fatal(err)
		}
	}
	return dir
}
