package habits

import (
	"sync"

	"kith/internal/baseline"
)

// cacheBytes bounds the decoded rows that are kept at hand, as they are stored;
// decoded they take about three times as much.
const cacheBytes = 16 << 20

// cache keeps decoded rows, in two generations: what was not asked for while a
// generation filled goes with the older one. That is as good as an order of last
// use here, and costs no list. Safe for concurrent use.
type cache struct {
	mu         sync.Mutex
	young, old map[baseline.Row]entry
	size       int
	folds      int // rises with each fold: a row that was read before must not replace a newer one
}

type entry struct {
	p    *baseline.Profile
	size int
}

func newCache() *cache {
	return &cache{young: make(map[baseline.Row]entry), old: make(map[baseline.Row]entry)}
}

func (c *cache) get(r baseline.Row) (*baseline.Profile, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.young[r]; ok {
		return e.p, true
	}
	e, ok := c.old[r]
	if ok {
		c.add(r, e)
	}
	return e.p, ok
}

// stamp is to be taken before a row is read from the store and given to put.
func (c *cache) stamp() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.folds
}

func (c *cache) put(r baseline.Row, p *baseline.Profile, size, stamp int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if stamp == c.folds {
		c.add(r, entry{p, size})
	}
}

// entryBytes is what a row costs beside its data.
const entryBytes = 160

// add is called with mu held.
func (c *cache) add(r baseline.Row, e entry) {
	if was, ok := c.young[r]; ok {
		c.size -= was.size + entryBytes
	}
	c.young[r] = e
	c.size += e.size + entryBytes
	if c.size > cacheBytes/2 {
		c.old, c.young, c.size = c.young, make(map[baseline.Row]entry), 0
	}
}

// clear lets go of everything.
func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.folds++
	clear(c.young)
	clear(c.old)
	c.size = 0
}

// replace puts the rows of a fold in the place of what was there. Rows that nobody
// asked for stay out.
func (c *cache) replace(rows map[baseline.Row]*baseline.Profile) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.folds++
	for r, p := range rows {
		if e, ok := c.young[r]; ok {
			c.add(r, entry{p, e.size})
		} else if e, ok := c.old[r]; ok {
			delete(c.old, r)
			c.add(r, entry{p, e.size})
		}
	}
}
