package ledger

import (
	"sync"

	"kith/internal/store"
)

// flights are the deliveries that this process is at work on, and those whose
// confirmation still waits for the store.
//
// A sender that loses patience comes again while the first attempt still runs
// (Postfix: lmtp_data_done_timeout, or a restart of it). Two attempts side by
// side would deliver twice though nothing is in doubt; the second one is told to
// come later. And while the store cannot take outcomes, what the next hop has
// confirmed must be known all the same.
type flights struct {
	mu    sync.Mutex
	by    map[store.Key]flight
	round int // of the replay that began last
}

type flight struct {
	owed  bool   // it is over and confirmed, and the store does not know yet
	round int    // the value of flights.round when it became owed
	reply string // of an owed one
}

// claim is what was known of a delivery when a transaction came for it.
type claim struct {
	mine  bool   // the transaction has it now
	reply string // else, where confirmed: the next hop's words
	known bool   // confirmed
}

// maxFlights bounds what is remembered while the store is gone; about 200 bytes
// each.
const maxFlights = 200_000

// take claims each key that is free.
func (f *flights) take(keys []store.Key) []claim {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.by == nil {
		f.by = make(map[store.Key]flight)
	}
	out := make([]claim, len(keys))
	for i, k := range keys {
		fl, there := f.by[k]
		if !there {
			f.by[k] = flight{}
		}
		out[i] = claim{mine: !there, known: fl.owed, reply: fl.reply}
	}
	return out
}

// land ends what take claimed.
func (f *flights) land(keys []store.Key, claims []claim) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, k := range keys {
		if claims[i].mine && !f.by[k].owed {
			delete(f.by, k)
		}
	}
}

// owe remembers what the store could not be told.
func (f *flights) owe(out []store.Settled) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range out {
		if _, there := f.by[s.Key]; there && s.State == store.Confirmed && !s.Doubt && len(f.by) < maxFlights {
			f.by[s.Key] = flight{owed: true, round: f.round, reply: s.Reply}
		}
	}
}

// replaying begins a round: what is owed now is in the files that are about to
// be read.
func (f *flights) replaying() (round int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.round++
	return f.round
}

// paid forgets what a round has brought into the store.
func (f *flights) paid(round int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for k, fl := range f.by {
		if fl.owed && fl.round < round {
			delete(f.by, k)
		}
	}
}
