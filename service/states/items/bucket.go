package items

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"iter"
	"strings"

	s3api "maru.dev/maru/api/s3"
	"maru.dev/maru/call"
	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/wire"
)

// Bucket reads items from S3, in the name of whoever a context says.
type Bucket struct{ Caller call.Caller }

// Argument is one of a reader's or writer's arguments.
func Argument(args any, name string) string {
	o, ok := args.(*value.Object)
	if !ok {
		return ""
	}
	v, _ := o.Get(name)
	text, _ := v.(string)
	return text
}

// Placed gives items the place that they come from.
func Placed(list Seq, source string) iter.Seq2[flow.MapItem, error] {
	return func(yield func(flow.MapItem, error) bool) {
		for it, err := range list {
			if !yield(flow.MapItem{Key: it.Key, HasKey: it.HasKey, Source: source, Value: it.Value}, err) {
				return
			}
		}
	}
}

// Numbered numbers items and stops after so many; 0 is no limit.
func Numbered(list iter.Seq2[flow.MapItem, error], limit int64) iter.Seq2[flow.MapItem, error] {
	return func(yield func(flow.MapItem, error) bool) {
		n := int64(0)
		for it, err := range list {
			it.Index = n
			if !yield(it, err) {
				return
			}
			if n++; n == limit {
				return
			}
		}
	}
}

// Read reads the items that a reader leads to: the objects of a list, what those
// hold, what a file holds, or what the files hold that a manifest names.
//
// Spec: Step Functions Developer Guide, ItemReader (Map).
func (b Bucket) Read(ctx context.Context, reader *asl.ItemReader, set flow.ReaderSettings) iter.Seq2[flow.MapItem, error] {
	bucket, key := Argument(set.Arguments, "Bucket"), Argument(set.Arguments, "Key")
	if reader.Resource.Action == "listObjectsV2" {
		prefix := Argument(set.Arguments, "Prefix")
		list := b.listObjects(ctx, bucket, prefix)
		if reader.Transformation != "LOAD_AND_FLATTEN" {
			return Placed(list, "s3://"+bucket+"/"+prefix)
		}
		return b.readAll(ctx, set.ItemsPointer, func(yield func(Object, error) bool) {
			for it, err := range list {
				o := Object{Bucket: bucket, Reader: reader}
				if err == nil {
					o.Key = Argument(it.Value, "Key")
				}
				if strings.HasSuffix(o.Key, "/") {
					continue // a console's folder holds nothing
				}
				if !yield(o, err) {
					return
				}
			}
		})
	}
	in := &s3api.GetObjectInput{Bucket: bucket, Key: key}
	if version := Argument(set.Arguments, "VersionId"); version != "" {
		in.VersionId = &version
	}
	if reader.ManifestType == "" && reader.InputType != "MANIFEST" {
		return Placed(b.readObject(ctx, in, func(file io.Reader) Seq { return Read(reader, set.ItemsPointer, file) }), "s3://"+bucket+"/"+key)
	}
	return func(yield func(flow.MapItem, error) bool) {
		file, err := b.open(ctx, in)
		if err != nil {
			yield(flow.MapItem{}, err)
			return
		}
		defer file.Close()
		b.readAll(ctx, set.ItemsPointer, Manifest(reader, file))(yield)
	}
}

// readAll reads the items of each of many objects.
func (b Bucket) readAll(ctx context.Context, pointer string, list iter.Seq2[Object, error]) iter.Seq2[flow.MapItem, error] {
	return func(yield func(flow.MapItem, error) bool) {
		for o, err := range list {
			if err != nil {
				yield(flow.MapItem{}, err)
				return
			}
			in := &s3api.GetObjectInput{Bucket: o.Bucket, Key: o.Key}
			found := b.readObject(ctx, in, func(file io.Reader) Seq { return Read(o.Reader, pointer, file) })
			for it, err := range Placed(found, "s3://"+o.Bucket+"/"+o.Key) {
				if !yield(it, err) || err != nil {
					return
				}
			}
		}
	}
}

// readObject reads the items of one object while they are asked for.
func (b Bucket) readObject(ctx context.Context, in *s3api.GetObjectInput, how func(file io.Reader) Seq) Seq {
	return func(yield func(Item, error) bool) {
		file, err := b.open(ctx, in)
		if err != nil {
			yield(Item{}, err)
			return
		}
		defer file.Close()
		how(file)(yield)
	}
}

// open opens an object; one whose name ends in .gz is decompressed.
func (b Bucket) open(ctx context.Context, in *s3api.GetObjectInput) (io.ReadCloser, error) {
	out, err := call.Do[*s3api.GetObjectOutput](ctx, b.Caller, "s3", "GetObject", in)
	if err != nil {
		return nil, err
	}
	file, ok := out.Body.(io.ReadCloser)
	if !ok {
		file = io.NopCloser(out.Body)
	}
	if !strings.HasSuffix(in.Key, ".gz") {
		return file, nil
	}
	plain, err := gzip.NewReader(file)
	if err != nil {
		return nil, errors.Join(&Error{Cause: "Unable to decompress the file " + in.Key}, file.Close())
	}
	return unzipped{plain, file}, nil
}

// unzipped is a decompressed file.
type unzipped struct {
	*gzip.Reader

	file io.Closer
}

// Read makes what is wrong with the file the map's failure.
func (u unzipped) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	if errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = &Error{Cause: "Unable to decompress the file: " + err.Error()}
	}
	return n, err
}

// Close closes the file.
func (u unzipped) Close() error { return errors.Join(u.Reader.Close(), u.file.Close()) }

// listObjects lists a bucket's objects as items.
func (b Bucket) listObjects(ctx context.Context, bucket, prefix string) Seq {
	return func(yield func(Item, error) bool) {
		in := &s3api.ListObjectsV2Input{Bucket: bucket}
		if prefix != "" {
			in.Prefix = &prefix
		}
		for {
			page, err := call.Do[*s3api.ListObjectsV2Output](ctx, b.Caller, "s3", "ListObjectsV2", in)
			if err != nil {
				yield(Item{}, err)
				return
			}
			for i := range page.Contents {
				if !yield(Item{Value: listedObject(&page.Contents[i])}, nil) {
					return
				}
			}
			if page.NextContinuationToken == nil {
				return
			}
			in.ContinuationToken = page.NextContinuationToken
		}
	}
}

// listedObject is an object of a list as an item.
func listedObject(o *s3api.Object) *value.Object {
	item := value.NewObject(5)
	item.Set("Etag", wire.Value(o.ETag))
	item.Set("Key", wire.Value(o.Key))
	if o.LastModified != nil {
		item.Set("LastModified", o.LastModified.Unix())
	}
	if o.Size != nil {
		item.Set("Size", *o.Size)
	}
	item.Set("StorageClass", wire.Value(o.StorageClass))
	return item
}
