package directory

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kith/internal/kith"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func discovering(t *testing.T, lim DiscoverLimits, entries ...Entry) (*Directory, *Discoverer) {
	t.Helper()
	f := NewDiscoverer(lim)
	d, err := New(Options{Domains: []string{"corp.test", "other.test"}, Delimiter: "+", Discovered: f}, entries, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d, f
}

func TestDiscoverPersonsBySendOnly(t *testing.T) {
	d, f := discovering(t, DiscoverLimits{})
	for range 100 {
		f.SawRecipient(d, "Eve+x@corp.test", noon)
	}
	if e := d.Lookup("eve@corp.test"); e.Kind != kith.KindUnknown || !e.Discovered {
		t.Errorf("a recipient became %+v", e)
	}
	f.SawSend(d, "", "eve@corp.test", noon)
	if d.Lookup("eve@corp.test").Kind != kith.KindUnknown {
		t.Error("a send without login made a person")
	}
	f.SawSend(d, "eve", "eve@corp.test", noon)
	if e := d.Lookup("EVE+y@corp.test"); e.Kind != kith.KindPerson || !e.Discovered {
		t.Errorf("a signed-in sender is %+v", e)
	}
	f.SawSend(d, "eve", "eve@foreign.example", noon)
	if d.Lookup("eve@foreign.example").Kind != kith.KindExternal {
		t.Error("a foreign address became ours")
	}
}

func TestDiscoverBounds(t *testing.T) {
	d, f := discovering(t, DiscoverLimits{Unknown: 30, UnknownPerHour: 20, PersonsPerHour: 4, PerLogin: 3})
	for i := range 1000 {
		f.SawRecipient(d, fmt.Sprintf("made%d@corp.test", i), noon)
	}
	if n := len(f.Snapshot().Addresses); n != 20 {
		t.Errorf("%d recipients in one hour, want 20", n)
	}
	for i := range 1000 {
		f.SawRecipient(d, fmt.Sprintf("made%d@corp.test", i), noon.Add(time.Hour))
	}
	if n := len(f.Snapshot().Addresses); n != 30 {
		t.Errorf("%d recipients, want 30", n)
	}
	f.SawRecipient(d, "late@corp.test", noon.Add(staleUnknown+2*time.Hour))
	if n := len(f.Snapshot().Addresses); n != 1 {
		t.Errorf("%d recipients after the old ones went stale, want 1", n)
	}
	for i := range 10 {
		f.SawSend(d, "thief", fmt.Sprintf("p%d@other.test", i), noon)
	}
	if n := persons(f); n != 3 {
		t.Errorf("one login made %d persons, want 3", n)
	}
	for i := range 10 {
		f.SawSend(d, fmt.Sprint("login", i), fmt.Sprintf("q%d@other.test", i), noon)
	}
	if n := persons(f); n != 4 {
		t.Errorf("%d persons in one hour, want 4", n)
	}
}

func persons(f *Discoverer) (n int) {
	for _, a := range f.Snapshot().Addresses {
		if a.Kind == kith.KindPerson {
			n++
		}
	}
	return n
}

func TestCatchAll(t *testing.T) {
	staff := Entry{Address: "ann@corp.test", Kind: kith.KindPerson}
	d, f := discovering(t, DiscoverLimits{}, staff)
	f.SawSend(d, "bob", "bob@corp.test", noon)
	for i := range catchAllFloor {
		f.SawRecipient(d, fmt.Sprintf("x%d@corp.test", i), noon)
	}
	if len(f.CatchAlls(noon)) != 0 {
		t.Fatal("marked too early")
	}
	f.SawRecipient(d, "one-more@corp.test", noon)
	if got := f.CatchAlls(noon); len(got) != 1 || got[0] != "corp.test" {
		t.Fatalf("CatchAlls = %v", got)
	}
	for addr, want := range map[string]kith.RcptKind{"ann@corp.test": kith.KindPerson, "bob@corp.test": kith.KindPerson,
		"x1@corp.test": kith.KindCatchAll, "never@corp.test": kith.KindCatchAll, "never@other.test": kith.KindUnknown} {
		if e := d.Lookup(addr); e.Kind != want {
			t.Errorf("%s is %s, want %s", addr, e.Kind, want)
		}
	}
	if len(f.CatchAlls(noon.Add(catchAllKeep+time.Hour))) != 0 {
		t.Error("the mark must end")
	}
	f.SawRecipient(d, "new@corp.test", noon.Add(catchAllKeep+time.Hour))
	if d.Lookup("never@corp.test").Kind != kith.KindUnknown {
		t.Error("the first recipient after its time takes the mark off")
	}
}

// Without any known address nothing can be far above the known ones.
func TestNoCatchAllWithoutList(t *testing.T) {
	d, f := discovering(t, DiscoverLimits{})
	for i := range 5000 {
		f.SawRecipient(d, fmt.Sprintf("x%d@corp.test", i), noon)
	}
	if got := f.CatchAlls(noon); got != nil {
		t.Errorf("CatchAlls = %v", got)
	}
}

func TestSnapshotRestore(t *testing.T) {
	d, f := discovering(t, DiscoverLimits{PerLogin: 2}, Entry{Address: "ann@corp.test", Kind: kith.KindPerson})
	for i := range 60 {
		f.SawRecipient(d, fmt.Sprintf("x%d@corp.test", i), noon)
	}
	f.SawSend(d, "bob", "bob@corp.test", noon)
	f.SawSend(d, "bob", "bob2@corp.test", noon)
	want := f.Snapshot()
	g := NewDiscoverer(DiscoverLimits{PerLogin: 2})
	if err := g.Restore(want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, g.Snapshot()); diff != "" {
		t.Errorf("restored state differs (-want +got):\n%s", diff)
	}
	g.SawSend(d, "bob", "bob3@corp.test", noon.Add(time.Hour))
	if persons(g) != 2 {
		t.Error("the limit of a login must outlive a restart")
	}
	bad := Discovery{Addresses: []Found{{Address: "x@corp.test", Kind: kith.KindShared}, {Address: "broken", Kind: kith.KindPerson}, {Address: "ok@corp.test", Kind: kith.KindPerson}}}
	if err := g.Restore(bad); err == nil || len(g.Snapshot().Addresses) != 1 {
		t.Errorf("broken records: %v, %d kept", err, len(g.Snapshot().Addresses))
	}
}

func TestDiscovererConcurrent(t *testing.T) {
	d, f := discovering(t, DiscoverLimits{}, Entry{Address: "ann@corp.test", Kind: kith.KindPerson})
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 300 {
				addr := fmt.Sprintf("x%d@corp.test", (w*7+i)%100)
				f.SawRecipient(d, addr, noon)
				f.SawSend(d, addr, addr, noon)
				d.Lookup(addr)
				f.Snapshot()
			}
		})
	}
	wg.Wait()
	if persons(f) != 100 {
		t.Errorf("%d persons, want 100", persons(f))
	}
}
