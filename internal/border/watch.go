package border

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"sync"
)

// When a gateway is supposed to stand in front. Mail that comes straight from
// the world fails SPF now and then and from many addresses; when most of the
// mail comes from one address, and much of that fails for many domains, the
// address is a gateway of ours and SPF is checked for the wrong client.
const (
	gatewayMails   = 200 // mails that are looked at
	gatewayEnough  = 50  // mails before anything is said
	gatewayClients = 256 // addresses that are told apart
	gatewayDomains = 8   // failing domains that must have come from the address
)

// GatewayClient counts what one client address brought.
type GatewayClient struct {
	Addr    netip.Addr `json:"addr"`
	Mails   int        `json:"mails"`
	Failed  int        `json:"failed"`  // SPF fail or softfail
	Domains []string   `json:"domains"` // that failed, at most gatewayDomains
}

// GatewayState is what a GatewayWatch knows, as plain records.
type GatewayState struct {
	Seen    int             `json:"seen"`
	Clients []GatewayClient `json:"clients"`
}

// GatewayWatch looks at the first 200 mails from foreign clients for a gateway
// that nobody told kith of. It is bounded and safe for concurrent use. The zero
// value is ready.
type GatewayWatch struct {
	mu      sync.Mutex
	seen    int
	clients map[netip.Addr]*GatewayClient
}

// Note counts one mail from a foreign border client: the domain that SPF was
// asked for, and whether it failed or softfailed. After 200 mails it does
// nothing.
func (w *GatewayWatch) Note(client netip.Addr, spfDomain string, failed bool) {
	if !client.IsValid() || len(spfDomain) > 255 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen >= gatewayMails {
		return
	}
	w.seen++
	client = client.Unmap()
	c := w.clients[client]
	if c == nil {
		if len(w.clients) >= gatewayClients {
			return
		}
		if w.clients == nil {
			w.clients = map[netip.Addr]*GatewayClient{}
		}
		c = &GatewayClient{Addr: client}
		w.clients[client] = c
	}
	c.Mails++
	if failed {
		c.Failed++
		if len(c.Domains) < gatewayDomains && !slices.Contains(c.Domains, spfDomain) {
			c.Domains = append(c.Domains, spfDomain)
		}
	}
}

// Gateway returns the address that looks like a gateway in front, and a line
// that says so with the mend; ok is false when none does.
func (w *GatewayWatch) Gateway() (addr netip.Addr, advice string, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen < gatewayEnough {
		return netip.Addr{}, "", false
	}
	for _, c := range w.clients {
		if 2*c.Mails > w.seen && 5*c.Failed >= 2*c.Mails && len(c.Domains) >= gatewayDomains {
			advice = fmt.Sprintf("you have a gateway in front: %d of the first %d mails came from %s and %d of them fail SPF; add %s to [border] relays",
				c.Mails, w.seen, c.Addr, c.Failed, c.Addr)
			return c.Addr, advice, true // more than half: there is one at most
		}
	}
	return netip.Addr{}, "", false
}

// Reset begins anew, as after a change of the relays.
func (w *GatewayWatch) Reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen, w.clients = 0, nil
}

// Snapshot returns the counts, sorted by address.
func (w *GatewayWatch) Snapshot() GatewayState {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := GatewayState{Seen: w.seen}
	for _, c := range w.clients {
		k := *c
		k.Domains = slices.Clone(c.Domains)
		s.Clients = append(s.Clients, k)
	}
	slices.SortFunc(s.Clients, func(a, b GatewayClient) int { return a.Addr.Compare(b.Addr) })
	return s
}

// Restore replaces the counts by a snapshot; what is beyond the bounds or
// cannot be is left out.
func (w *GatewayWatch) Restore(s GatewayState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen, w.clients = min(max(0, s.Seen), gatewayMails), map[netip.Addr]*GatewayClient{}
	for _, c := range s.Clients {
		if len(w.clients) >= gatewayClients || !c.Addr.IsValid() || c.Mails < 0 || c.Failed < 0 || c.Failed > c.Mails {
			continue
		}
		k := c
		k.Domains = slices.Clone(c.Domains[:min(len(c.Domains), gatewayDomains)])
		w.clients[c.Addr] = cmp.Or(w.clients[c.Addr], &k)
	}
}
