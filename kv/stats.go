package kv

import "context"

// Stats are numbers of a store's work since it was opened, for people.
type Stats struct {
	Commits        uint64 // the version of the newest one: they are numbered from the store's beginning
	DiskBytes      uint64
	WALBytes       uint64 // what the log has on disk
	WALWritten     uint64
	CompactionDebt uint64
	CacheBytes     int64  // of Options.Cache
	CacheLimit     int64  // Options.Cache
	MemTableBytes  uint64 // of what was written and is not in files yet
	RowsRead       uint64 // by transactions, those included that are looked for and are not there
	Counted        int    // prefixes whose keys are all known (see Tx.Fresh)
}

// counted is an engine that tells of its work.
type counted interface{ stats() Stats }

// Stats tells of the store's work. It is zero for an engine that counts
// nothing, and after Close.
func (s *Store) Stats() Stats {
	e, err := s.enter(context.Background())
	if err != nil {
		return Stats{}
	}
	defer s.running.Done()
	c, ok := e.(counted)
	if !ok {
		return Stats{}
	}
	stats := c.stats()
	stats.RowsRead = s.rowsRead.Load()
	return stats
}

// stats implements counted.
func (e *pebbleEngine) stats() Stats {
	e.mu.Lock()
	commits := e.version
	e.mu.Unlock()
	m := e.db.Metrics()
	return Stats{
		CacheBytes: m.BlockCache.Size, CacheLimit: e.cacheSize, MemTableBytes: m.MemTable.Size,
		Commits: commits, DiskBytes: m.DiskSpaceUsage(), WALBytes: m.WAL.PhysicalSize,
		WALWritten: m.WAL.BytesWritten, CompactionDebt: m.Compact.EstimatedDebt, Counted: e.census.Complete(),
	}
}
