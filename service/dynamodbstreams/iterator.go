package dynamodbstreams

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"maru.dev/maru/service/dynamodb/stream"
)

// iteratorLife is how long an iterator can be used.
const iteratorLife = 15 * time.Minute

// iterator is a place in a shard, as clients hold it.
type iterator struct {
	arn    string
	shard  int
	at     stream.Position
	issued time.Time
}

// String writes the iterator: the stream in the open, as AWS has it, and the
// rest in base 64.
func (i iterator) String() string {
	rest := fmt.Sprintf("%d %d %d %d", i.shard, i.at.Version, i.at.Index, i.issued.UnixMilli())
	return i.arn + "|1|" + base64.StdEncoding.EncodeToString([]byte(rest))
}

// parseIterator reads what String wrote.
func parseIterator(s string) (iterator, error) {
	name, rest, ok := strings.Cut(s, "|1|")
	if !ok {
		return iterator{}, invalid("Invalid ShardIterator")
	}
	raw, err := base64.StdEncoding.DecodeString(rest)
	if err != nil {
		return iterator{}, invalid("Invalid ShardIterator")
	}
	i := iterator{arn: name}
	var ms int64
	if _, err := fmt.Sscanf(string(raw), "%d %d %d %d", &i.shard, &i.at.Version, &i.at.Index, &ms); err != nil || i.shard < 0 {
		return iterator{}, invalid("Invalid ShardIterator")
	}
	i.issued = time.UnixMilli(ms)
	return i, nil
}
