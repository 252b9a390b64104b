package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"sigs.k8s.io/yaml"
)

func printJSON(w io.Writer, s settings) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(s.Queue.Stored())
}

// printNACK writes buckets as the streams that they are: NACK knows them as
// KeyValue too, but only in one of its two modes.
func printNACK(w io.Writer, s settings) error {
	if _, err := io.WriteString(w, "# Written by: otpworker streams --print nack\n"); err != nil {
		return err
	}
	for _, stored := range s.Queue.Stored() {
		spec, err := nackSpec(stored)
		if err != nil {
			return fmt.Errorf("print %s: %w", stored.Name, err)
		}
		data, err := yaml.Marshal(map[string]any{
			"apiVersion": "jetstream.nats.io/v1beta2",
			"kind":       "Stream",
			"metadata":   map[string]any{"name": strings.ToLower(strings.ReplaceAll(stored.Name, "_", "-"))},
			"spec":       spec,
		})
		if err == nil {
			_, err = fmt.Fprintf(w, "---\n%s", data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// nackNames are the fields of JetStream's API as NACK spells them.
var nackNames = map[string]string{
	"allow_direct": "allowDirect", "compression": "compression", "allow_msg_ttl": "allowMsgTtl", "allow_rollup_hdrs": "allowRollup",
	"deny_delete": "denyDelete", "deny_purge": "denyPurge", "description": "description",
	"discard": "discard", "duplicate_window": "duplicateWindow", "max_age": "maxAge", "max_bytes": "maxBytes",
	"max_consumers": "maxConsumers", "max_msg_size": "maxMsgSize", "max_msgs": "maxMsgs",
	"max_msgs_per_subject": "maxMsgsPerSubject", "metadata": "metadata", "name": "name",
	"num_replicas": "replicas", "retention": "retention", "storage": "storage",
	"subject_delete_marker_ttl": "subjectDeleteMarkerTtl", "subjects": "subjects",
}

// nackSpec fails on a field that it has no name for: left out in silence it
// would be another stream.
func nackSpec(stream jetstream.StreamConfig) (map[string]any, error) {
	data, err := json.Marshal(stream)
	if err != nil {
		return nil, err
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, err
	}
	spec := map[string]any{}
	var faults []error
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		value := fields[field]
		if isUnset(value) {
			continue
		}
		name, ok := nackNames[field]
		if !ok {
			faults = append(faults, fmt.Errorf("field %s has no name in NACK", field))
		}
		spec[name] = nackValue(field, value)
	}
	return spec, errors.Join(faults...)
}

func isUnset(v any) bool {
	value := reflect.ValueOf(v)
	switch {
	case !value.IsValid():
		return true
	case value.Kind() == reflect.Map || value.Kind() == reflect.Slice:
		return value.Len() == 0
	}
	return value.IsZero()
}

// nackValue writes a time as Go does, and a number as a whole one.
func nackValue(field string, v any) any {
	n, ok := v.(float64)
	switch {
	case !ok:
		return v
	case field == "max_age" || field == "duplicate_window" || field == "subject_delete_marker_ttl":
		return short(time.Duration(n))
	}
	return int64(n)
}
