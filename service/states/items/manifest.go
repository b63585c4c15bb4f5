package items

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"strings"

	"maru.dev/maru/service/states/asl"
)

// Object is an object of S3 that a manifest leads to, and how it is read.
type Object struct {
	Bucket, Key string
	Reader      *asl.ItemReader
}

// Manifest reads which objects a manifest leads to: that of an S3 inventory,
// whose lists are CSV files without a header, or of an Athena query, which has an
// address a line.
//
// Spec: Step Functions Developer Guide, ItemReader (Map).
func Manifest(r *asl.ItemReader, file io.Reader) iter.Seq2[Object, error] {
	if r.ManifestType == "ATHENA_DATA" {
		return athena(r, file)
	}
	return func(yield func(Object, error) bool) {
		list, err := inventory(file)
		if err != nil {
			yield(Object{}, err)
			return
		}
		for _, o := range list {
			if !yield(o, nil) {
				return
			}
		}
	}
}

// maxManifest is how large the manifest of an inventory may be.
const maxManifest = 16 << 20

// inventory reads the manifest.json of an S3 inventory.
//
// Spec: Amazon S3 User Guide, Locating your inventory list.
func inventory(file io.Reader) ([]Object, error) {
	text, err := io.ReadAll(io.LimitReader(file, maxManifest+1))
	if err != nil {
		return nil, err
	}
	var m struct {
		DestinationBucket, FileFormat, FileSchema string
		Files                                     []struct{ Key string }
	}
	if err := json.Unmarshal(text, &m); err != nil || len(text) > maxManifest {
		return nil, faulty("Unable to parse the manifest of the S3 inventory")
	}
	if !strings.EqualFold(m.FileFormat, "CSV") {
		return nil, faulty("The S3 inventory's file format is %q, and only CSV is supported", m.FileFormat)
	}
	bucket := m.DestinationBucket[strings.LastIndexByte(m.DestinationBucket, ':')+1:]
	if bucket == "" || m.FileSchema == "" {
		return nil, faulty("The manifest of the S3 inventory has no destinationBucket or no fileSchema")
	}
	reader := &asl.ItemReader{InputType: "CSV"}
	for name := range strings.SplitSeq(m.FileSchema, ",") {
		reader.CSVHeaders = append(reader.CSVHeaders, strings.TrimSpace(name))
	}
	out := make([]Object, len(m.Files))
	for i, f := range m.Files {
		out[i] = Object{bucket, f.Key, reader}
	}
	return out, nil
}

// athena reads the manifest of a query's data.
//
// Spec: Amazon Athena User Guide, UNLOAD.
func athena(r *asl.ItemReader, file io.Reader) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		lines := bufio.NewScanner(file)
		for lines.Scan() {
			line := strings.Trim(strings.TrimSpace(lines.Text()), `"`)
			if line == "" {
				continue
			}
			bucket, key, ok := strings.Cut(strings.TrimPrefix(line, "s3://"), "/")
			if !ok || !strings.HasPrefix(line, "s3://") {
				yield(Object{}, faulty("The manifest has a line that is no address of an object: %s", line))
				return
			}
			if !yield(Object{bucket, key, r}, nil) {
				return
			}
		}
		err := lines.Err()
		if errors.Is(err, bufio.ErrTooLong) {
			err = faulty("A line of the manifest is too long")
		}
		if err != nil {
			yield(Object{}, err)
		}
	}
}
