package lambda

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/api/s3"
	"maru.dev/maru/blob"
	"maru.dev/maru/call"
	"maru.dev/maru/compute/code"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// maxZip is how large an uploaded archive may be: 50 MiB.
const maxZip = 50 << 20

// codeSource is where a request says that its archive is.
type codeSource struct {
	zip                  []byte
	bucket, key, version *string
	image                *string
}

// storeArchive puts the archive that src names into the blob store and checks
// it. Until it is linked in a transaction it is swept after an hour.
func (s *Service) storeArchive(ctx context.Context, src codeSource) (archive, error) {
	switch {
	case src.image != nil:
		return archive{}, invalid("maru has no container engine for functions: package the function as a zip archive.")
	case src.zip != nil && (src.bucket != nil || src.key != nil):
		return archive{}, invalid("Please do not provide other FunctionCode parameters when providing a ZipFile.")
	case src.zip != nil:
		if len(src.zip) == 0 {
			return archive{}, invalid("Uploaded file must be a non-empty zip")
		}
		if len(src.zip) > maxZip {
			return archive{}, &api.RequestTooLargeException{Type: new("User"), Message: fmt.Sprintf("Zipped size must be smaller than %d bytes", maxZip)}
		}
		return s.putArchive(ctx, bytes.NewReader(src.zip))
	case src.bucket == nil || src.key == nil:
		return archive{}, invalid("Please provide a source for function code.")
	}
	out, err := call.Do[*s3.GetObjectOutput](ctx, s.Caller, "s3", "GetObject", &s3.GetObjectInput{
		Bucket: *src.bucket, Key: *src.key, VersionId: src.version,
	})
	if fault, ok := errors.AsType[wire.Error](err); ok {
		return archive{}, invalid("Error occurred while GetObject. S3 Error Code: %s. S3 Error Message: %s", fault.ErrorCode(), fault.ErrorMessage())
	}
	if err != nil {
		return archive{}, fmt.Errorf("get code from S3: %w", err)
	}
	if c, ok := out.Body.(io.Closer); ok {
		defer c.Close()
	}
	return s.putArchive(ctx, io.LimitReader(out.Body, code.MaxUnzipped+1))
}

// putArchive stores and checks an archive.
func (s *Service) putArchive(ctx context.Context, r io.Reader) (archive, error) {
	ref, size, err := s.Blobs.Put(ctx, r)
	if err != nil {
		return archive{}, fmt.Errorf("store code: %w", err)
	}
	if err := s.inspect(ref, size); err != nil {
		return archive{}, err
	}
	return archive{Ref: ref, Size: size, SHA256: sha256Base64(ref)}, nil
}

// inspect checks a stored archive.
func (s *Service) inspect(ref blob.Ref, size int64) error {
	f, err := s.openArchive(ref)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = code.Inspect(f, size)
	if errors.Is(err, code.ErrArchive) || errors.Is(err, code.ErrEmpty) || errors.Is(err, code.ErrTooLarge) {
		return invalid("%s", err.Error())
	}
	return err
}

// openArchive opens a stored archive as a file.
func (s *Service) openArchive(ref blob.Ref) (*os.File, error) {
	path, err := s.Blobs.Path(ref)
	if err != nil {
		return nil, fmt.Errorf("find code: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open code: %w", err)
	}
	return f, nil
}

// unpack returns the folder of a stored archive's files.
func (s *Service) unpack(a archive) (string, error) {
	dir, err := s.code.Path(string(a.Ref), func() (*os.File, error) { return s.openArchive(a.Ref) })
	if err != nil {
		return "", fmt.Errorf("unpack code: %w", err)
	}
	return dir, nil
}

// link counts a version's archives in the blob store.
func (s *Service) link(tx *kv.Tx, v *version) error {
	for _, a := range v.archives() {
		if err := s.Blobs.Link(tx, a.Ref); err != nil {
			return fmt.Errorf("keep code: %w", err)
		}
	}
	return nil
}

// unlink takes a version's archives out of the count.
func (s *Service) unlink(tx *kv.Tx, v *version) error {
	for _, a := range v.archives() {
		if err := s.Blobs.Unlink(tx, a.Ref); err != nil {
			return fmt.Errorf("let go of code: %w", err)
		}
	}
	return nil
}

// archives are all archives that a version needs.
func (v *version) archives() []archive {
	all := []archive{v.Code}
	for _, l := range v.Layers {
		all = append(all, l.Code)
	}
	return all
}
