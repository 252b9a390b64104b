package batchfile

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/otpworker/otpworker/schema"
)

const (
	metadataPrefix = "metadata."
	// maxColumns bounds the columns of the results. NDJSON may have other
	// metadata on each line.
	maxColumns = 64
)

// cells yields the columns that a row fills, beside its number and code, and
// what stands there.
func cells(j schema.Job) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, c := range [][2]string{
			{"templateId", number(j.TemplateID)}, {"flowId", number(j.FlowID)}, {"channel", channel(j)},
			{"orderId", j.OrderID}, {"replyTo", j.ReplyTo}, {"ttlSeconds", number(int64(j.TTLSeconds))},
		} {
			if c[1] != "" && !yield(c[0], c[1]) {
				return
			}
		}
		for key, value := range j.Metadata {
			if !yield(metadataPrefix+key, value) {
				return
			}
		}
	}
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// channel leaves out the usual one, which NDJSON rows have without saying so.
func channel(j schema.Job) string {
	if j.Channel == schema.ChannelSMS {
		return ""
	}
	return string(j.Channel)
}

// inOrder puts metadata at the end.
func inOrder(names map[string]bool) []string {
	return slices.SortedFunc(maps.Keys(names), func(a, b string) int {
		return cmp.Or(cmp.Compare(metadataLast(a), metadataLast(b)), strings.Compare(a, b))
	})
}

func metadataLast(name string) int {
	if strings.HasPrefix(name, metadataPrefix) {
		return 1
	}
	return 0
}
