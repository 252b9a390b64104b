package sandbox

// fifo is a map that forgets its oldest keys beyond limit.
type fifo[V any] struct {
	limit  int
	values map[string]V
	keys   []string
}

func newFIFO[V any](limit int) fifo[V] {
	return fifo[V]{limit: limit, values: map[string]V{}}
}

func (f *fifo[V]) get(key string) (V, bool) {
	v, ok := f.values[key]
	return v, ok
}

func (f *fifo[V]) len() int { return len(f.values) }

func (f *fifo[V]) put(key string, v V) {
	if _, known := f.values[key]; !known {
		if len(f.keys) >= f.limit {
			delete(f.values, f.keys[0])
			f.keys = f.keys[1:]
		}
		f.keys = append(f.keys, key)
	}
	f.values[key] = v
}
