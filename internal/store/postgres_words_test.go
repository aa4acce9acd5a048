package store

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever comes from outside is a text that PostgreSQL takes and an index holds,
// and is itself where it is one already.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "ann@example.org", "\x00", "\xff\xfe", strings.Repeat("é", 400), strings.Repeat("\x00", 700), strings.Repeat("a", 559) + "\xc3\xa9\xc3"} {
		f.Add(s)
	}
	d := new(postgres)
	f.Fuzz(func(t *testing.T, s string) {
		name := d.name(s)
		text, _ := d.clean([]any{s})[0].(string)
		for _, got := range []string{name, text} {
			if !utf8.ValidString(got) || strings.Contains(got, "\x00") {
				t.Errorf("%q", got)
			}
		}
		if len(name) > maxName || d.name(name) != name {
			t.Errorf("%d bytes", len(name))
		}
		if utf8.ValidString(s) && !strings.Contains(s, "\x00") && text != s {
			t.Errorf("%q became %q", s, text)
		}
		if d.name(s+"x") == name {
			t.Errorf("two names are one: %q", name)
		}
	})
}

func TestQueriesAreSpelledForEachEngine(t *testing.T) {
	lite, pg := sqlite{}, new(postgres)
	q := `SELECT a FROM t WHERE k = ?1 AND at < NOW_MS - ?2 AND id = CAST(?3 AS BLOB) FOR UPDATE SKIP LOCKED`
	if got := lite.sql(q); got != `SELECT a FROM t WHERE k = ?1 AND at < CAST(unixepoch('subsec') * 1000 AS INTEGER) - ?2 AND id = CAST(?3 AS BLOB)` {
		t.Error(got)
	}
	if got := pg.sql(q); got != `SELECT a FROM t WHERE k = $1 AND at < CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) - $2 AND id = CAST($3 AS bytea) FOR UPDATE SKIP LOCKED` {
		t.Error(got)
	}
}
