package web

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func ask(h http.Handler, method, host, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://"+host+path, nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestDoor(t *testing.T) {
	h := Handler(Options{
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "figures\n") }),
		Names:   []string{"mx.corp.example"},
	})
	for _, tc := range []struct {
		method, host, path string
		code               int
		body               string
	}{
		{"GET", "127.0.0.1:8099", "/healthz", 200, "ok\n"},
		{"GET", "[::1]:8099", "/readyz", 200, "ok\n"},
		{"GET", "localhost:8099", "/metrics", 200, "figures\n"},
		{"GET", "MX.corp.example", "/metrics", 200, "figures\n"},
		{"HEAD", "127.0.0.1", "/healthz", 200, "ok\n"}, // the recorder keeps a body that the server drops
		{"POST", "127.0.0.1", "/healthz", 405, ""},
		{"DELETE", "127.0.0.1", "/metrics", 405, ""},
		{"GET", "127.0.0.1", "/", 404, ""},
		{"GET", "127.0.0.1", "/metrics/", 404, ""},
		{"GET", "127.0.0.1", "/debug/pprof/", 404, ""},
		{"GET", "rebound.attacker.example:8099", "/metrics", 421, ""},
	} {
		w := ask(h, tc.method, tc.host, tc.path)
		if w.Code != tc.code || tc.body != "" && w.Body.String() != tc.body {
			t.Errorf("%s %s%s: %d %q", tc.method, tc.host, tc.path, w.Code, w.Body)
		}
		for field, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"} {
			if got := w.Header().Get(field); got != want {
				t.Errorf("%s %s: %s is %q", tc.method, tc.path, field, got)
			}
		}
		if csp := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") {
			t.Errorf("%s %s: policy is %q", tc.method, tc.path, csp)
		}
	}
}

func TestReadiness(t *testing.T) {
	var asked atomic.Int32
	fault := errors.New("disk\nfull")
	h := Handler(Options{Probes: []Probe{
		{"store", func(context.Context) error { asked.Add(1); return fault }},
		{"lmtp-next", func(context.Context) error { return nil }},
		{"broken", func(context.Context) error { panic("oh") }},
	}})
	for range 5 {
		w := ask(h, "GET", "127.0.0.1", "/readyz")
		if want := "store: disk full\nlmtp-next: ok\nbroken: the probe broke: oh\n"; w.Code != 503 || w.Body.String() != want {
			t.Fatalf("%d %q", w.Code, w.Body)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("five requests at once asked the store %d times", n)
	}
}

// A probe that never answers costs its time, not the asker's patience.
func TestProbeThatHangs(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	start := time.Now()
	err := try(Probe{"next", func(context.Context) error { <-release; return nil }})
	if took := time.Since(start); err == nil || took > 3*probeTime {
		t.Errorf("%v after %s", err, took)
	}
}

func TestServeEndsInOrder(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	entered, leave := make(chan struct{}), make(chan struct{})
	slow := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { close(entered); <-leave; io.WriteString(w, "whole") })
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, Options{Metrics: slow}) }()
	got := make(chan string, 1)
	go func() {
		resp, err := http.Get("http://" + l.Addr().String() + "/metrics")
		if err != nil {
			got <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		got <- string(b)
	}()
	<-entered
	stop()
	close(leave)
	if s := <-got; s != "whole" {
		t.Errorf("the open request got %q", s)
	}
	if err := <-ended; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if _, err := net.DialTimeout("tcp", l.Addr().String(), time.Second); err == nil {
		t.Error("still listening")
	}
}
