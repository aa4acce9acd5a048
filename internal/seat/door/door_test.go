package door

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	o, err := New()
	if err != nil {
		t.Fatal(err)
	}
	taken, _ := net.Listen("tcp", "127.0.0.1:0")
	defer taken.Close()
	alive := filepath.Join(dir, "alive.sock")
	al, _ := net.Listen("unix", alive)
	defer al.Close()
	stale := filepath.Join(dir, "stale.sock")
	sl, _ := net.Listen("unix", stale)
	sl.(*net.UnixListener).SetUnlinkOnClose(false)
	sl.Close()
	file := filepath.Join(dir, "file")
	os.WriteFile(file, nil, 0o600)
	for _, c := range []struct {
		name, network, addr, says string
	}{
		{"free port", "tcp", "127.0.0.1:0", ""},
		{"taken port", "tcp", taken.Addr().String(), "another process has it"},
		{"not our address", "tcp", "192.0.2.1:2525", "no such address"},
		{"socket of a dead process", "unix", stale, ""},
		{"socket of a living one", "unix", alive, "another process answers"},
		{"a file", "unix", file, "is no socket"},
		{"no folder", "unix", filepath.Join(dir, "none", "s"), "make its folder"},
		{"systemd gave none", "systemd", "kith-lmtp", "FileDescriptorName=kith-lmtp"},
	} {
		ln, err := o.Open(Door{Name: "lmtp.listen", Network: c.network, Addr: c.addr, Mode: 0o660})
		if err == nil {
			defer ln.Close()
		}
		if (c.says == "") != (err == nil) || err != nil && (!strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
	if st, err := os.Stat(stale); err != nil || st.Mode().Perm() != 0o660 {
		t.Errorf("mode of the socket: %v %v", st.Mode(), err)
	}
}
