package client

import (
	"encoding/json"
	"errors"
)

var (
	errNoID    = errors.New("the answer's list has an entry without an id")
	errBigItem = errors.New("the answer's list has an entry of more than 64 KiB")
)

// decodeList reads every entry or fails: a list that silently lacks one would
// have it made a second time.
func decodeList[T any](data json.RawMessage, id string, decode func(json.RawMessage) (T, error), idOf func(T) string) ([]T, error) {
	items, err := listItems(data, id)
	if err != nil {
		return nil, err
	}
	list := make([]T, 0, len(items))
	for _, item := range items {
		if len(item) > maxBody {
			return nil, errBigItem
		}
		entry, err := decode(item)
		if err == nil && idOf(entry) == "" {
			err = errNoID
		}
		if err != nil {
			return nil, err
		}
		list = append(list, entry)
	}
	return list, nil
}
