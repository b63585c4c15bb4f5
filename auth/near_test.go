package auth

import "testing"

func TestThisMachineIsNoStrangersName(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost":               true,
		"LOCALHOST:4566":          true,
		"bucket.s3.localhost:80":  true,
		"localhost.:4566":         true,
		"127.0.0.1:4566":          true,
		"127.9.9.9":               true,
		"[::1]:4566":              true,
		"[::1]":                   true,
		"::1":                     true,
		"":                        false,
		"10.0.0.1":                false,
		"0.0.0.0:4566":            false,
		"example.com:4566":        false,
		"localhost.example.com":   false,
		"notlocalhost":            false,
		"127.0.0.1.example.com:1": false,
	} {
		if got := ThisMachine(host); got != want {
			t.Errorf("%q is this machine: %t", host, got)
		}
	}
}
