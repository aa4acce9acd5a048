package serve

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kith/internal/config"
	"kith/internal/kith"
	"kith/internal/seat/door"
	"kith/internal/store"
)

func TestAMailThroughTheWholeProgram(t *testing.T) {
	next := startNextHop(t)
	s := newSite(t, next.addr)
	a := s.start()
	replies, err := deliver(t, a, "hello", "tim@corp.test", "eva@corp.test")
	if err != nil || len(replies) != 2 {
		t.Fatalf("replies %v, %v", replies, err)
	}
	got := next.mails()
	if len(got) != 1 {
		t.Fatalf("the next hop has %d mails, want 1", len(got))
	}
	head, body, _ := strings.Cut(got[0], "From: ")
	if !strings.HasPrefix(head, "X-Kith-Id: ") || strings.Count(head, "\n") != 1 || !strings.HasSuffix(body, "\r\n\r\nHi.\r\n") {
		t.Errorf("shadow adds more than X-Kith-Id:\n%s", got[0])
	}
	code, text := page(t, a, "/readyz")
	if code != 200 {
		t.Errorf("/readyz answers %d", code)
	}
	mustHave(t, "/readyz", text, "store: ok", "lmtp-next: ok")
	_, text = page(t, a, "/metrics")
	mustHave(t, "/metrics", text, `kith_outcomes_total{seat="lmtp",state="delivered"} 2`, "kith_enforcing 0", `kith_build_info{`, `version="test"`)
	if recs, err := a.store.Trace(context.Background(), "hello@vendor.example", 10); err != nil || len(recs) != 2 || recs[0].State != kith.StateDelivered {
		t.Errorf("the journal says %+v, %v", recs, err)
	}
	// Which recipients are refused is for the next hop to say, in its own words.
	if _, err := deliver(t, a, "refused", "nobody@corp.test"); err == nil || !strings.Contains(err.Error(), "no such mailbox") {
		t.Errorf("a mailbox that the next hop does not have: %v", err)
	}
}

func TestStoppedNextHop(t *testing.T) {
	next := startNextHop(t)
	s := newSite(t, next.addr)
	a := s.start()
	next.server.Close()
	_, err := deliver(t, a, "hello", "tim@corp.test")
	if err == nil || !strings.Contains(err.Error(), "cannot reach the next mail server") {
		t.Errorf("with the next hop gone: %v, want a temporary failure", err)
	}
	code, text := page(t, a, "/readyz")
	if code != 503 {
		t.Errorf("/readyz answers %d, want 503", code)
	}
	mustHave(t, "/readyz", text, "store: ok", "lmtp-next: ", "connection refused")
	o, _ := s.options()
	o.Config.LMTP.Listen.Addr, o.Config.Web.Listen.Addr = a.Addr("lmtp").String(), a.Addr("web").String()
	st, err := Look(context.Background(), o.Config, o.Paths, "test")
	if err != nil {
		t.Fatal(err)
	}
	mustHave(t, "status", strings.Join(st.Mend, "\n"), "lmtp next at "+next.addr+" does not answer", "is Dovecot running?")
	if st.Running != "running" {
		t.Errorf("status says %q", st.Running)
	}
}

func TestReload(t *testing.T) {
	next := startNextHop(t)
	s := newSite(t, next.addr)
	a := s.start()
	s.write("people.toml", "[[person]]\naddress = \"tim@corp.test\"\nname = \"Tim Tall\"\n[[person]]\naddress = \"eva@corp.test\"\nname = \"Eva Elm\"\n")
	s.configure("enforce", next.addr, "max_connections = 7\n")
	if err := a.Reload(); err != nil {
		t.Fatal(err)
	}
	if n := a.people.Directory().Len(); n != 2 {
		t.Errorf("%d people after the reload, want 2", n)
	}
	mustHave(t, "log", s.log.String(), "holds from the next start", "lmtp", "fail")
	if _, err := deliver(t, a, "enforced", "eva@corp.test"); err != nil {
		t.Fatal(err)
	}
	mustHave(t, "the mail", next.mails()[0], "X-Kith-Verdict")
	_, text := page(t, a, "/metrics")
	mustHave(t, "/metrics", text, "kith_enforcing 1")

	// A configuration or a directory that is wrong changes nothing.
	for name, spoil := range map[string]func(){
		"configuration": func() { s.configure("shadow", next.addr, "mox_connections = 7\n") },
		"directory": func() {
			s.configure("shadow", next.addr, "")
			s.write("people.toml", "[[person]]\naddress = \"nonsense\"\n")
		},
	} {
		spoil()
		if err := a.Reload(); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
		if a.pipeline.Mode() != kith.Enforce || a.people.Directory().Len() != 2 {
			t.Errorf("%s: a reload that failed changed mode or people", name)
		}
	}
}

func TestStopDrains(t *testing.T) {
	next := startNextHop(t)
	next.hold = make(chan struct{})
	s := newSite(t, next.addr)
	a, err := s.tryStart()
	if err != nil {
		t.Fatal(err)
	}
	at := a.Addr("lmtp").String()
	said := make(chan error, 1)
	go func() {
		replies, err := deliver(t, a, "slow", "tim@corp.test")
		if err == nil && !strings.Contains(replies["tim@corp.test"], "kith") {
			err = errors.New("the reply lacks kith's id: " + replies["tim@corp.test"])
		}
		said <- err
	}()
	<-next.came
	stopped := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		stopped <- a.Stop(ctx)
	}()
	refused := false
	for range 200 {
		c, err := net.Dial("tcp", at)
		if refused = err != nil; refused {
			break
		}
		c.Close()
		time.Sleep(10 * time.Millisecond)
	}
	if !refused {
		t.Error("a kith that stops still takes connections")
	}
	select {
	case err := <-stopped:
		t.Fatalf("it stopped before the message was answered: %v", err)
	default:
	}
	close(next.hold)
	if err := <-said; err != nil {
		t.Errorf("the open message was cut off: %v", err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
	st, err := store.Open(s.paths().Database, store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if recs, err := st.Trace(context.Background(), "slow@vendor.example", 1); err != nil || len(recs) != 1 || recs[0].State != kith.StateDelivered {
		t.Errorf("the journal says %+v, %v", recs, err)
	}
}

// A next hop that hangs does not keep kith from stopping.
func TestStopHasAnEnd(t *testing.T) {
	next := startNextHop(t)
	next.hold = make(chan struct{})
	s := newSite(t, next.addr)
	a, err := s.tryStart()
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan struct{})
	go func() { deliver(t, a, "slow", "tim@corp.test"); close(said) }()
	<-next.came
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := a.Stop(ctx); err == nil {
		t.Error("a stop that cut a message off says nothing of it")
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	close(next.hold)
	<-said
	// The next kith knows nothing for certain of this delivery.
	a = s.start()
	prior, err := a.store.Count(context.Background(), time.Time{})
	if err != nil || prior.Rows != 1 {
		t.Errorf("the journal has %d rows, %v", prior.Rows, err)
	}
}

func TestStartRefusals(t *testing.T) {
	next := startNextHop(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, c := range map[string]struct {
		spoil func(s *site)
		as    func(error) bool
		want  string
	}{
		"port taken": {func(s *site) {
			s.reconfigure(`listen = "127.0.0.1:0"`+"\nnext", "listen = \""+taken.Addr().String()+"\"\nnext")
		},
			isNetwork, "another process has it"},
		"no folder for the socket": {func(s *site) {
			s.reconfigure(`listen = "127.0.0.1:0"`+"\nnext", "listen = \"unix:"+s.dir+"/none/s\"\nnext")
		},
			isNetwork, "make its folder first"},
		"no socket of systemd's": {func(s *site) {
			s.reconfigure(`listen = "127.0.0.1:0"`+"\nnext", "listen = \"systemd:kith-lmtp\"\nnext")
		},
			isNetwork, "FileDescriptorName=kith-lmtp"},
		"key of another certificate": {func(s *site) {
			s.write("cert.pem", "no certificate")
			s.write("key.pem", "no key")
			s.configure("shadow", next.addr, "tls_cert = \""+s.dir+"/cert.pem\"\ntls_key = \""+s.dir+"/key.pem\"\n")
		}, isConfig, "PEM certificate chain"},
		"people": {func(s *site) { s.write("people.toml", "[[person]]\naddress = \"nonsense\"\n") }, isConfig, "people.toml:"},
		"corrupt store": {func(s *site) {
			os.MkdirAll(filepath.Join(s.dir, "state"), 0o700)
			s.write("state/kith.db", strings.Repeat("no database ", 1000))
		}, is(store.ErrBroken), "kith restore"},
		"site key": {func(s *site) {
			os.MkdirAll(filepath.Join(s.dir, "state"), 0o700)
			s.write("state/site.key", "short")
		}, func(error) bool { return true }, "restore it from your backup"},
		"a file in the folder's place": {func(s *site) { s.write("state", "x") }, func(error) bool { return true }, "give it to kith's user"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, next.addr)
			c.spoil(s)
			a, err := s.tryStart()
			if err == nil {
				a.Stop(context.Background())
				t.Fatal("it started")
			}
			if !c.as(err) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %T %v, want one line with %q", err, err, c.want)
			}
			if used, _ := store.InUse(s.paths().Database); used {
				t.Error("the store is still held")
			}
		})
	}
}

func isNetwork(err error) bool { var n NetworkError; return errors.As(err, &n) }
func isConfig(err error) bool  { var c *config.Error; return errors.As(err, &c) }
func is(want error) func(error) bool {
	return func(err error) bool { return errors.Is(err, want) }
}

// reconfigure changes the configuration's text.
func (s *site) reconfigure(old, text string) {
	s.t.Helper()
	b, err := os.ReadFile(s.conf)
	if err != nil || !strings.Contains(string(b), old) {
		s.t.Fatalf("%v, no %q in the configuration", err, old)
	}
	s.write("kith.toml", strings.Replace(string(b), old, text, 1))
}

// A door that cannot be opened leaves nothing open behind it.
func TestAFailedStartClosesItsDoors(t *testing.T) {
	next := startNextHop(t)
	s := newSite(t, next.addr)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.Addr().String()
	free.Close()
	s.reconfigure(`listen = "127.0.0.1:0"`+"\nnext", "listen = \""+at+"\"\nnext")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	s.reconfigure("[web]\nlisten = \"127.0.0.1:0\"", "[web]\nlisten = \""+taken.Addr().String()+"\"") // it is opened last
	if _, err := s.tryStart(); !isNetwork(err) {
		t.Fatalf("got %v, want a taken port", err)
	}
	ln, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatalf("the first door is still open: %v", err)
	}
	ln.Close()
}

func TestASecondKithOnTheStore(t *testing.T) {
	next := startNextHop(t)
	s := newSite(t, next.addr)
	s.start()
	if _, err := s.tryStart(); !errors.Is(err, store.ErrInUse) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want %v", err, store.ErrInUse)
	}
}

func TestUnixSocketOfADeadProcess(t *testing.T) {
	next := startNextHop(t)
	s := newSite(t, next.addr)
	path := filepath.Join(s.dir, "lmtp.sock")
	s.reconfigure(`listen = "127.0.0.1:0"`+"\nnext", "listen = \"unix:"+path+"\"\nsocket_mode = \"0620\"\nnext")
	o, err := new(door.Opener), error(nil)
	ln, err := o.Open(door.Door{Name: "x", Network: "unix", Addr: path, Mode: 0o600})
	if err != nil {
		t.Fatal(err)
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	ln.Close() // as a killed process leaves it
	s.start()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o620 {
		t.Errorf("the socket is %v, %v, want mode 0620", info, err)
	}
}

func TestALostSiteKeyIsSaid(t *testing.T) {
	next := startNextHop(t)
	s := newSite(t, next.addr)
	a, err := s.tryStart()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := deliver(t, a, "hello", "tim@corp.test"); err != nil {
		t.Fatal(err)
	}
	if err := a.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(s.log.String(), "site key") {
		t.Errorf("a first start warns of a lost key:\n%s", s.log)
	}
	if err := os.Remove(s.paths().SiteKey); err != nil {
		t.Fatal(err)
	}
	s.start()
	mustHave(t, "log", s.log.String(), "the site key is gone")
}
