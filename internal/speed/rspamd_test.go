package speed

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRspamdFiles(t *testing.T) {
	e := Env{Dir: "/d", DNS: netip.MustParseAddrPort("127.0.0.1:5353")}
	local, auth := Rspamd{}.files(e, "/d/s"), Rspamd{Auth: true, Workers: 3, Log: "info"}.files(e, "/d/s")
	if local["dkim.conf"] == "" || auth["dkim.conf"] != "" || auth["rbl.conf"] == "" {
		t.Error("the modules of the profiles are wrong")
	}
	for file, want := range map[string]string{
		"options.inc": `nameserver = ["127.0.0.1:5353:1"]`, "worker-proxy.inc": "count = 3;", "logging.inc": `level = "info"`,
	} {
		if !strings.Contains(auth[file], want) {
			t.Errorf("%s lacks %s: %s", file, want, auth[file])
		}
	}
	for name, text := range auth {
		if strings.Contains(text, "bind_socket") && !strings.Contains(text, `["/d/`) {
			t.Errorf("%s listens outside its folder: %s", name, text)
		}
	}
}

func TestRspamdSymbols(t *testing.T) {
	dir := t.TempDir()
	os.Mkdir(filepath.Join(dir, "log"), 0o700)
	os.WriteFile(filepath.Join(dir, "log", "rspamd.log"), []byte(
		"x (default: F (no action): [1.00/15.00] [R_DKIM_ALLOW(-0.20){a:s=k;},R_SPF_ALLOW(-0.20){+ip4;},MIME_GOOD(-0.10){text/plain;}]), len: 1\n"+
			"other line\n[R_DKIM_ALLOW(0.00){}]\n"), 0o600)
	got, err := RspamdSymbols(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"R_DKIM_ALLOW": 2, "R_SPF_ALLOW": 1, "MIME_GOOD": 1}, got); diff != "" {
		t.Error(diff)
	}
}
