package s3

import (
	"context"
	"errors"
	"fmt"
	"io"

	"maru.dev/maru/kv"
)

// maxParts is the highest number of a part.
const maxParts = 10_000

// pieces reads the parts of an object one behind the other, and has one of them
// open at a time. A page of their records is read ahead.
type pieces struct {
	service *Service
	ctx     context.Context //nolint:containedctx // a reader gets none
	bucket  *bucket
	data    string
	last    kv.Key // of the records that were read
	page    []part
	skip    int64 // bytes before the first that is wanted
	left    int64
	open    io.ReadCloser
}

// piecesPage is how many records are read at once.
const piecesPage = 64

// openParts returns some bytes of an object that was uploaded in parts.
func (s *Service) openParts(ctx context.Context, f *found) (io.ReadCloser, error) {
	return &pieces{service: s, ctx: ctx, bucket: f.bucket, data: f.object.Data, skip: f.at.from, left: f.at.size}, nil
}

// Read reads.
func (p *pieces) Read(to []byte) (int, error) {
	for p.left > 0 {
		if p.open == nil {
			if err := p.next(); err != nil {
				return 0, err
			}
		}
		n, err := p.open.Read(to)
		p.left -= int64(n)
		if errors.Is(err, io.EOF) {
			err = errors.Join(p.open.Close())
			p.open = nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.EOF
}

// next opens the part that the next byte is in.
func (p *pieces) next() error {
	for {
		if len(p.page) == 0 {
			if err := p.read(); err != nil {
				return err
			}
		}
		one := p.page[0]
		p.page = p.page[1:]
		if p.skip >= one.Size {
			p.skip -= one.Size
			continue
		}
		at := span{p.skip, min(one.Size-p.skip, p.left)}
		p.skip = 0
		file, err := p.service.openBlob(one.Ref, at)
		if err != nil {
			return fmt.Errorf("open part: %w", err)
		}
		p.open = file
		return nil
	}
}

// read reads the next page of records.
func (p *pieces) read() error {
	rows := kv.Prefix(p.bucket.partsKey(p.data))
	if p.last != nil {
		rows = rows.After(p.last)
	}
	rows.Limit = piecesPage
	err := p.service.Store.View(p.ctx, func(tx *kv.Tx) error {
		for row, err := range kv.Scan[part](tx, rows) {
			if err != nil {
				return err
			}
			p.page, p.last = append(p.page, row.Value), row.Key
		}
		return nil
	})
	if err == nil && len(p.page) == 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("load parts: %w", err)
	}
	return nil
}

// Close lets go of what is open.
func (p *pieces) Close() error {
	if p.open == nil {
		return nil
	}
	return p.open.Close()
}
