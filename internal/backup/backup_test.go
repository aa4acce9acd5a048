package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kith/internal/kith"
	"kith/internal/store"
)

// site is one kith's folder with a store of one row in it.
func site(t *testing.T, id string) Sources {
	t.Helper()
	dir := t.TempDir()
	s := Sources{Database: filepath.Join(dir, "state", "kith.db"), SiteKey: filepath.Join(dir, "state", "site.key"), Config: filepath.Join(dir, "kith.toml")}
	if err := os.MkdirAll(filepath.Dir(s.Database), 0o700); err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(s.Database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := st.Append(context.Background(), "b", []kith.Record{{ID: id, Rcpt: "x@corp.test", Arrived: time.Now(), State: kith.StateDelivered}}); err != nil {
		t.Fatal(err)
	}
	write(t, s.SiteKey, hex.EncodeToString(bytes.Repeat([]byte(id[:1]), 32))+"\n")
	write(t, s.Config, "mode = \"shadow\"\n")
	return s
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func knows(t *testing.T, database, id string) bool {
	t.Helper()
	st, err := store.Open(database, store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	recs, err := st.Trace(context.Background(), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	return len(recs) == 1
}

func pack(t *testing.T, s Sources) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "b.tar.gz")
	if _, err := Write(context.Background(), path, s); err != nil {
		t.Fatal(err)
	}
	return path
}

// state is every file of a folder with its contents, to see that nothing
// changed.
func state(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".lock") || strings.HasSuffix(path, "-shm") || strings.HasSuffix(path, "-wal") {
			return err
		}
		all[path] = read(t, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func unchanged(t *testing.T, dir string, was map[string]string) {
	t.Helper()
	now := state(t, dir)
	for path, text := range was {
		if now[path] != text {
			t.Errorf("%s was changed", path)
		}
	}
	for path := range now {
		if _, old := was[path]; !old {
			t.Errorf("%s was left behind", path)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	a, b := site(t, "aaa"), site(t, "bbb")
	path := pack(t, a)
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("the backup can be read by others: %v", info.Mode())
	}
	oldKey := read(t, b.SiteKey)
	if err := Restore(context.Background(), path, b); err != nil {
		t.Fatal(err)
	}
	if !knows(t, b.Database, "aaa") || knows(t, b.Database, "bbb") {
		t.Error("the store is not that of the backup")
	}
	if read(t, b.SiteKey) != read(t, a.SiteKey) {
		t.Error("the site key is not that of the backup")
	}
	if !knows(t, b.Database+".before-restore", "bbb") || read(t, b.SiteKey+".before-restore") != oldKey {
		t.Error("what was there is not kept")
	}
	if read(t, b.Database+".kith.toml") != read(t, a.Config) {
		t.Error("the configuration does not lie beside the store")
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(b.Database), ".kith-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	// A second restore keeps what the first one kept.
	if err := Restore(context.Background(), path, b); err != nil {
		t.Fatal(err)
	}
	if !knows(t, b.Database+".before-restore", "bbb") || !knows(t, b.Database+".before-restore-2", "aaa") {
		t.Error("a second restore wrote over what the first one had kept")
	}
}

func TestRestoreToAnEmptyMachine(t *testing.T) {
	path := pack(t, site(t, "aaa"))
	dir := filepath.Join(t.TempDir(), "var", "lib", "kith")
	to := Sources{Database: filepath.Join(dir, "kith.db"), SiteKey: filepath.Join(dir, "site.key")}
	if err := Restore(context.Background(), path, to); err != nil {
		t.Fatal(err)
	}
	if !knows(t, to.Database, "aaa") {
		t.Error("nothing was restored")
	}
}

// archive makes a backup by hand.
func archive(t *testing.T, members ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for i := 0; i < len(members); i += 2 {
		if err := w.WriteHeader(&tar.Header{Name: members[i], Mode: 0o600, Size: int64(len(members[i+1])), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, members[i+1])
	}
	w.Close()
	z.Close()
	return b.Bytes()
}

func TestRestoreRefusesWhatIsNotWhole(t *testing.T) {
	from := site(t, "aaa")
	good := []byte(read(t, pack(t, from)))
	db, key := read(t, from.Database), read(t, from.SiteKey)
	newer := strings.Clone(db)
	newer = newer[:60] + "\x00\x00\x00\x63" + newer[64:] // user_version, sqlite.org/fileformat2.html section 1.3
	torn := []byte(db)
	copy(torn[len(torn)/2:], bytes.Repeat([]byte{0xff}, 4096))
	flipped := slices.Clone(good)
	flipped[len(flipped)-6] ^= 0xff // the checksum of gzip
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"garbage":         {[]byte("this is no archive"), "no backup made by"},
		"empty":           {nil, "no backup made by"},
		"cut short":       {good[:len(good)/2], "no backup made by"},
		"without end":     {good[:len(good)-4], "no backup made by"},
		"checksum":        {flipped, "no backup made by"},
		"other members":   {archive(t, "../../etc/passwd", "x"), "unexpected member"},
		"twice":           {archive(t, nameKey, key, nameKey, key), "unexpected member"},
		"no store":        {archive(t, nameKey, key), "store or site key is missing"},
		"no key":          {archive(t, nameStore, db), "store or site key is missing"},
		"broken key":      {archive(t, nameStore, db, nameKey, "short"), "site key in it is damaged"},
		"no database":     {archive(t, nameStore, strings.Repeat("x", 8192), nameKey, key), store.ErrBroken.Error()},
		"torn database":   {archive(t, nameStore, string(torn), nameKey, key), store.ErrBroken.Error()},
		"newer than kith": {archive(t, nameStore, newer, nameKey, key), store.ErrNewer.Error()},
		"empty database":  {archive(t, nameStore, "", nameKey, key), store.ErrBroken.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			to := site(t, "bbb")
			was := state(t, filepath.Dir(to.Database))
			path := filepath.Join(t.TempDir(), "b")
			write(t, path, string(c.data))
			err := Restore(context.Background(), path, to)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want one line with %q", err, c.want)
			}
			unchanged(t, filepath.Dir(to.Database), was)
		})
	}
}

func TestRestoreWhileRunning(t *testing.T) {
	path, to := pack(t, site(t, "aaa")), site(t, "bbb")
	st, err := store.Open(to.Database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	was := state(t, filepath.Dir(to.Database))
	if err := Restore(context.Background(), path, to); !errors.Is(err, store.ErrInUse) {
		t.Errorf("got %v, want %v", err, store.ErrInUse)
	}
	unchanged(t, filepath.Dir(to.Database), was)
}

// When a part cannot be put in its place everything goes back.
func TestRestoreIsAllOrNothing(t *testing.T) {
	path, to := pack(t, site(t, "aaa")), site(t, "bbb")
	if err := os.Remove(to.SiteKey); err != nil {
		t.Fatal(err)
	}
	to.SiteKey = filepath.Join(filepath.Dir(to.Database), "key")
	if err := os.MkdirAll(to.Database+".kith.toml", 0o700); err != nil { // no file can be written there
		t.Fatal(err)
	}
	was := state(t, filepath.Dir(to.Database))
	if err := Restore(context.Background(), path, to); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("got %v", err)
	}
	if !knows(t, to.Database, "bbb") {
		t.Error("the old store is gone")
	}
	unchanged(t, filepath.Dir(to.Database), was)
}

func TestWriteRefusals(t *testing.T) {
	s := site(t, "aaa")
	taken := pack(t, s)
	was := read(t, taken)
	if _, err := Write(context.Background(), taken, s); err == nil || !strings.Contains(err.Error(), "give a new name") {
		t.Errorf("over a file: %v", err)
	}
	if read(t, taken) != was {
		t.Error("an old backup was written over")
	}
	dir := t.TempDir()
	none := Sources{Database: filepath.Join(dir, "none.db"), SiteKey: s.SiteKey}
	if _, err := Write(context.Background(), filepath.Join(dir, "b"), none); err == nil {
		t.Error("a backup of nothing was made")
	}
	keyless := Sources{Database: s.Database, SiteKey: filepath.Join(dir, "none.key")}
	if _, err := Write(context.Background(), filepath.Join(dir, "b"), keyless); err == nil || !strings.Contains(err.Error(), "none.key") {
		t.Errorf("without a site key: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("half a backup is left: %v", left)
	}
}

// What was learned goes along, and what was learned there before is kept aside.
func TestRoundTripOfHabits(t *testing.T) {
	a, b := site(t, "aaa"), site(t, "bbb")
	ctx := context.Background()
	learned := func(s Sources, word string) {
		h, err := store.OpenHabits(store.HabitsPath(s.Database), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		if err := h.Fold(ctx, func(tx *store.HabitTx) error { return tx.PutWord([]byte("id"), word) }); err != nil {
			t.Fatal(err)
		}
	}
	word := func(path string) string {
		h, err := store.OpenHabits(path, store.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		w, err := h.Word(ctx, []byte("id"))
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	learned(a, "of a")
	learned(b, "of b")
	if err := Restore(ctx, pack(t, a), b); err != nil {
		t.Fatal(err)
	}
	habits := store.HabitsPath(b.Database)
	if got := word(habits); got != "of a" {
		t.Errorf("the habits are %q", got)
	}
	if got := word(habits + ".before-restore"); got != "of b" {
		t.Errorf("the habits kept aside are %q", got)
	}
	// A backup of a site that learned nothing leaves nothing learned.
	if err := Restore(ctx, pack(t, site(t, "ccc")), b); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(habits); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("habits of another store are left: %v", err)
	}
}
