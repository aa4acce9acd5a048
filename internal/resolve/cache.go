package resolve

import "container/list"

// Cache is a map that is bounded by the sum of the costs of its entries and
// forgets the entry that was used longest ago. It is not safe for concurrent
// use: its owner holds a lock, because the owner mostly has more to do under
// the same lock.
type Cache[K comparable, V any] struct {
	limit, cost int
	byKey       map[K]*list.Element
	order       *list.List // front = used last
}

type cached[K comparable, V any] struct {
	key   K
	value V
	cost  int
}

// NewCache returns a Cache whose entries' costs sum to at most limit.
func NewCache[K comparable, V any](limit int) *Cache[K, V] {
	return &Cache[K, V]{limit: limit, byKey: make(map[K]*list.Element), order: list.New()}
}

// Get returns the value of a key and marks it as used.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	e, ok := c.byKey[key]
	if !ok {
		var zero V
		return zero, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*cached[K, V]).value, true
}

// Put stores a value, replacing an older one, and drops what no longer fits.
// A value that costs more than an eighth of the whole cache is not kept, so
// that no single answer can empty it. Costs below one count as one.
func (c *Cache[K, V]) Put(key K, value V, cost int) {
	if e, ok := c.byKey[key]; ok {
		c.drop(e)
	}
	cost = max(cost, 1)
	if cost > c.limit/8 {
		return
	}
	c.byKey[key] = c.order.PushFront(&cached[K, V]{key, value, cost})
	c.cost += cost
	for c.cost > c.limit {
		c.drop(c.order.Back())
	}
}

// Len returns the number of entries, Cost the sum of their costs.
func (c *Cache[K, V]) Len() int  { return len(c.byKey) }
func (c *Cache[K, V]) Cost() int { return c.cost }

func (c *Cache[K, V]) drop(e *list.Element) {
	it := c.order.Remove(e).(*cached[K, V])
	delete(c.byKey, it.key)
	c.cost -= it.cost
}
