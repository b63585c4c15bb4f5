package main

import (
	"bytes"
	"crypto/md5"
	"errors"
	"fmt"
	"strings"
)

// bucket is where objects are.
const bucket = "/bench-objects"

// s3 sends a request about an object, or the bucket.
func s3(c *conn, method, path string, body []byte) error {
	_, err := c.send(method, path, "localhost", "s3", "X-Amz-Content-Sha256: UNSIGNED-PAYLOAD\r\n", body)
	return err
}

// makeBucket makes the bucket, unless it is there.
func makeBucket(s *server) error {
	err := once(s.address, func(c *conn) error { return s3(c, "PUT", bucket, nil) })
	var refused *refusal
	if errors.As(err, &refused) && strings.Contains(refused.body, "BucketAlreadyOwnedByYou") {
		return nil
	}
	return err
}

// putObjects prepares for objects of a size.
func putObjects(size int) func(*server) (step, error) {
	body := bytes.Repeat([]byte("0123456789abcdef"), size/16)
	return func(s *server) (step, error) {
		return func(c *conn) error {
			return s3(c, "PUT", fmt.Sprintf("%s/%d/%s/%d", bucket, size, c.own, c.n), body)
		}, makeBucket(s)
	}
}

// getObjects prepares a hundred objects of a size, and reads one of them.
func getObjects(size int) func(*server) (step, error) {
	body := bytes.Repeat([]byte("0123456789abcdef"), size/16)
	at := func(i int) string { return fmt.Sprintf("%s/get/%d/%d", bucket, size, i%100) }
	return func(s *server) (step, error) {
		if err := makeBucket(s); err != nil {
			return nil, err
		}
		get := func(c *conn) error { return s3(c, "GET", at(c.n), nil) }
		return get, times(s.address, 100, func(c *conn, i int) error { return s3(c, "PUT", at(i), body) })
	}
}

// putParts uploads an object in two parts.
func putParts(s *server) (step, error) {
	part := bytes.Repeat([]byte("0123456789abcdef"), 5<<20/16)
	tag := fmt.Sprintf("%x", md5.Sum(part))
	return func(c *conn) error {
		at := fmt.Sprintf("%s/parts/%s/%d", bucket, c.own, c.n)
		out, err := c.send("POST", at+"?uploads", "localhost", "s3", "", nil)
		if err != nil {
			return err
		}
		_, rest, _ := strings.Cut(string(out), "<UploadId>")
		upload, _, _ := strings.Cut(rest, "</UploadId>")
		whole := ""
		for n := range 2 {
			if err := s3(c, "PUT", fmt.Sprintf("%s?partNumber=%d&uploadId=%s", at, n+1, upload), part); err != nil {
				return err
			}
			whole += fmt.Sprintf("<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", n+1, tag)
		}
		return s3(c, "POST", at+"?uploadId="+upload, []byte("<CompleteMultipartUpload>"+whole+"</CompleteMultipartUpload>"))
	}, makeBucket(s)
}
