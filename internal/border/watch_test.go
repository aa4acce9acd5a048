package border

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var (
	gw      = netip.MustParseAddr("192.0.2.2")
	addrCmp = cmpopts.EquateComparable(netip.Addr{})
)

func TestGatewayWatch(t *testing.T) {
	var w GatewayWatch
	for i := range 150 {
		if i < gatewayEnough {
			if _, _, ok := w.Gateway(); ok {
				t.Fatalf("said so after %d mails", i)
			}
		}
		w.Note(gw, fmt.Sprintf("d%d.example", i%30), i%2 == 0)
	}
	addr, advice, ok := w.Gateway()
	want := "you have a gateway in front: 150 of the first 150 mails came from 192.0.2.2 and 75 of them fail SPF; add 192.0.2.2 to [border] relays"
	if !ok || addr != gw || advice != want {
		t.Errorf("Gateway = %v %q %v", addr, advice, ok)
	}
	var again GatewayWatch
	again.Restore(w.Snapshot())
	if diff := cmp.Diff(w.Snapshot(), again.Snapshot(), addrCmp); diff != "" {
		t.Errorf("restored (-want +got):\n%s", diff)
	}
	w.Reset()
	if _, _, ok := w.Gateway(); ok {
		t.Error("after Reset nothing is known")
	}
}

func TestNoGateway(t *testing.T) {
	for what, note := range map[string]func(w *GatewayWatch, i int){
		"fails from many addresses": func(w *GatewayWatch, i int) {
			w.Note(netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}), fmt.Sprintf("d%d.example", i), true)
		},
		"one busy peer that passes": func(w *GatewayWatch, i int) { w.Note(gw, fmt.Sprintf("d%d.example", i), i%10 == 0) },
		"one forger of one domain":  func(w *GatewayWatch, i int) { w.Note(gw, "corp.test", true) },
		"half of the mail only": func(w *GatewayWatch, i int) {
			w.Note(netip.AddrFrom4([4]byte{198, 51, byte(i % 2 * i), 1}), fmt.Sprintf("d%d.example", i), true)
		},
	} {
		var w GatewayWatch
		for i := range 1000 {
			note(&w, i)
		}
		if _, advice, ok := w.Gateway(); ok {
			t.Errorf("%s: %s", what, advice)
		}
		if s := w.Snapshot(); s.Seen != gatewayMails || len(s.Clients) > gatewayClients {
			t.Errorf("%s: %d seen, %d clients", what, s.Seen, len(s.Clients))
		}
	}
}

func TestSenderWatch(t *testing.T) {
	var w SenderWatch
	day0 := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	lan, out := netip.MustParseAddr("10.1.2.9"), netip.MustParseAddr("203.0.113.5")
	for i := range 5 {
		w.Note("scanner@corp.test", lan, false, day0.Add(time.Duration(i)*time.Hour))
		w.Note("forged@corp.test", out, false, day0.AddDate(0, 0, i))
		w.Note("newsletter@corp.test", out, true, day0.AddDate(0, 0, i))
		w.Note("", lan, true, day0.AddDate(0, 0, i))
	}
	got := w.Proposals()
	if len(got) != 1 || got[0].Address != "newsletter@corp.test" || got[0].Days != 5 {
		t.Fatalf("after one day of the scanner: %+v", got)
	}
	w.Note("scanner@corp.test", lan, false, day0.AddDate(0, 0, 1))
	got = w.Proposals()
	if len(got) != 2 || got[0].Address != "scanner@corp.test" || got[0].Mails != 6 {
		t.Fatalf("after the second day: %+v", got)
	}
	want := `scanner@corp.test sent 6 mails without sign-in from 10.1.2.9 since 2026-03-02; if this is your device, list it as a [[sender]] with network = "10.1.2.9"`
	if a := got[0].Advice(); a != want {
		t.Errorf("advice %q", a)
	}
	var again SenderWatch
	again.Restore(w.Snapshot())
	if diff := cmp.Diff(w.Snapshot(), again.Snapshot(), addrCmp); diff != "" {
		t.Errorf("restored (-want +got):\n%s", diff)
	}
	again.Forget("scanner@corp.test")
	if len(again.Proposals()) != 1 {
		t.Error("Forget forgot nothing")
	}
}

func TestSenderWatchIsBounded(t *testing.T) {
	var w SenderWatch
	lan, day0 := netip.MustParseAddr("10.1.2.9"), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for i := range 3000 {
		w.Note(fmt.Sprintf("x%d@corp.test", i), lan, false, day0)
	}
	if n := len(w.Snapshot()); n != proposeMost {
		t.Errorf("%d pairs", n)
	}
	w.Note("late@corp.test", lan, false, day0.Add(proposeStale+time.Hour))
	if n := len(w.Snapshot()); n != 1 {
		t.Errorf("%d pairs after the old ones went stale", n)
	}
}
