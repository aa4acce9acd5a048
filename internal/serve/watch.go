package serve

import (
	"context"
	"encoding/json"
	"time"

	"kith/internal/border"
	"kith/internal/directory"
	"kith/internal/facts"
	"kith/internal/kith"
	"kith/internal/mailauth"
	"kith/internal/store"
)

// watch remembers what mail shows of the site itself: addresses of ours that
// nobody listed, a gateway in front that nobody configured, devices that send
// without signing in. It decides nothing: it is what `kith status` advises from,
// and what the directory answers for unlisted addresses.
type watch struct {
	found   *directory.Discoverer
	gateway *border.GatewayWatch
	senders *border.SenderWatch
}

// The kind and keys of its notes in the store.
const (
	watchKind   = "watch"
	keyFound    = "discovered"
	keyGateway  = "gateway"
	keyProposed = "senders"
)

// newWatch begins with what was kept.
func newWatch(ctx context.Context, st *store.Store) (*watch, error) {
	w := &watch{found: directory.NewDiscoverer(directory.DiscoverLimits{}), gateway: new(border.GatewayWatch), senders: new(border.SenderWatch)}
	err := st.Notes(ctx, watchKind, time.Time{}, func(key string, _ time.Time, data []byte) error {
		switch key {
		case keyFound:
			var s directory.Discovery
			if json.Unmarshal(data, &s) == nil {
				_ = w.found.Restore(s) // what is broken is seen again in time
			}
		case keyGateway:
			var s border.GatewayState
			if json.Unmarshal(data, &s) == nil {
				w.gateway.Restore(s)
			}
		case keyProposed:
			var s []border.Proposal
			if json.Unmarshal(data, &s) == nil {
				w.senders.Restore(s)
			}
		}
		return nil
	})
	return w, err
}

// save keeps what was seen; the store may write it a little later.
func (w *watch) save(_ context.Context, st *store.Store) error {
	now := time.Now()
	for key, v := range map[string]any{keyFound: w.found.Snapshot(), keyGateway: w.gateway.Snapshot(), keyProposed: w.senders.Snapshot()} {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if err := st.PutNote(watchKind, key, now, b); err != nil {
			return err
		}
	}
	return nil
}

// see takes note of one message.
func (w *watch) see(c *facts.Case) {
	now := c.Envelope.Arrived
	for _, r := range c.Rcpts {
		w.found.SawRecipient(c.Dir, r.Given, now)
	}
	if c.Envelope.Login != "" {
		w.found.SawSend(c.Dir, c.Envelope.Login, c.Envelope.MailFrom, now)
		return
	}
	if c.Direction != kith.Inbound {
		return
	}
	failed := c.Auth.SPF == mailauth.Fail || c.Auth.SPF == mailauth.SoftFail
	w.gateway.Note(c.Hop.Addr, c.Auth.SPFDomain, failed)
	if from := c.Dir.Normalize(c.Envelope.MailFrom); from != "" && c.Dir.Lookup(from).Kind != kith.KindExternal {
		w.senders.Note(from, c.Hop.Addr, c.Auth.SPF == mailauth.Pass, now)
	}
}

// discovered counts the addresses that were seen and not listed.
func (w *watch) discovered() int { return len(w.found.Snapshot().Addresses) }

// advice is what an administrator should know, a line each.
func (w *watch) advice() []string {
	var out []string
	if _, line, ok := w.gateway.Gateway(); ok {
		out = append(out, line)
	}
	for _, p := range w.senders.Proposals() {
		out = append(out, p.Advice())
	}
	return out
}
