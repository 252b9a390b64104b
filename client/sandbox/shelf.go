package sandbox

// maxItems is how many apps, templates or flows an account may have: the
// provider knows a cap (-23) and does not say which.
const maxItems = 1000

// shelf holds the items of one kind. No two have the same name.
type shelf[K comparable, V any] struct {
	items  map[K]V
	order  []K // as they came
	nameOf map[K]string
	byName map[string]K
}

func newShelf[K comparable, V any]() shelf[K, V] {
	return shelf[K, V]{items: map[K]V{}, nameOf: map[K]string{}, byName: map[string]K{}}
}

// put adds an item, or replaces the one of its id.
func (s *shelf[K, V]) put(id K, name string, v V) (status string) {
	if owner, taken := s.byName[name]; taken && owner != id {
		return statusExists
	}
	old, known := s.nameOf[id]
	switch {
	case known:
		delete(s.byName, old)
	case len(s.order) >= maxItems:
		return statusCap
	default:
		s.order = append(s.order, id)
	}
	s.items[id], s.nameOf[id], s.byName[name] = v, name, id
	return statusOK
}

func (s *shelf[K, V]) get(id K) (V, bool) {
	v, known := s.items[id]
	return v, known
}

func (s *shelf[K, V]) all() []V {
	list := make([]V, 0, len(s.order))
	for _, id := range s.order {
		list = append(list, s.items[id])
	}
	return list
}
