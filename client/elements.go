package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// maxItems bounds a list of templates or flows.
const maxItems = 10_000

var (
	errTooMany    = errors.New("the answer's list is longer than is read")
	errIncomplete = errors.New("the answer's list has fewer entries than its total says")
)

// listItems takes the list of an answer apart. The provider's page calls data
// an object although it is a collection, so it may be an array, one item (told
// by its id or name), or an object that holds an array. Pages are not
// documented; a total beside the array that is larger tells that there are some.
func listItems(data json.RawMessage, id string) ([]json.RawMessage, error) {
	data = bytes.TrimSpace(data)
	if len(data) == 0 || data[0] != '{' {
		return elements(data, maxItems)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	_, err := dec.Token() // the brace
	var list json.RawMessage
	var total int64
	for err == nil && dec.More() {
		var key json.Token
		var value json.RawMessage
		if key, err = dec.Token(); err != nil {
			break
		}
		if key == id || key == "name" {
			return []json.RawMessage{data}, nil
		}
		if err = dec.Decode(&value); err == nil && len(list) == 0 && value[0] == '[' {
			list = value
		}
		if err == nil && (key == "total" || key == "totalCount" || key == "count") {
			total = max(total, count(value))
		}
	}
	if err != nil {
		return nil, errNoObject
	}
	items, err := elements(list, maxItems)
	if err == nil && int64(len(items)) < total {
		return nil, errIncomplete
	}
	return items, err
}

// count is 0 for what is no number.
func count(value json.RawMessage) int64 {
	var t text
	_ = t.UnmarshalJSON(value)
	n, _ := parseNumber(strings.TrimSpace(string(t)))
	return n
}

// elements returns what is in an array, without its nulls; nothing and null
// are an empty one. It stops reading at the first element too many.
func elements(data json.RawMessage, most int) ([]json.RawMessage, error) {
	if absent(data) {
		return nil, nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if open, err := dec.Token(); err != nil || open != json.Delim('[') {
		return nil, errNoObject
	}
	var items []json.RawMessage
	for dec.More() {
		var item json.RawMessage
		if dec.Decode(&item) != nil {
			return nil, errNoObject
		}
		if string(item) == "null" {
			continue
		}
		if len(items) == most {
			return nil, errTooMany
		}
		items = append(items, item)
	}
	return items, nil
}
