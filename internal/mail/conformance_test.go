package mail

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// expectation is one line of the conformance set: what independent parsers agree
// on about one message.
type expectation struct {
	ID        string
	Subject   *string
	From      *[]string
	To        *[]string
	Cc        *[]string
	FromNames *[]string `json:"from_names"`
	Tree      json.RawMessage
	Parts     []struct {
		Path, Filename, Disposition, Charset string
		TextSHA256                           string `json:"text_sha256"`
		SHA256                               string
	}
	Defects []string
}

// TestConformance reads the conformance set in $KITH_BENCH/mime, if there is
// one: expect.jsonl, disputed.jsonl and the messages in mail-dir/<id>.eml. With
// $KITH_DUMP it writes the dumps there for other checkers.
func TestConformance(t *testing.T) {
	dir := os.Getenv("KITH_BENCH")
	if dir == "" {
		t.Log("KITH_BENCH is not set: the conformance set was not read")
		return
	}
	dir = filepath.Join(dir, "mime")
	c := &conformance{t: t, disputed: map[string]bool{}}
	eachLine(t, filepath.Join(dir, "disputed.jsonl"), func(b []byte) {
		var d struct{ ID string }
		if err := json.Unmarshal(b, &d); err != nil {
			t.Fatal(err)
		}
		c.disputed[d.ID] = true
	})
	var out *os.File
	if name := os.Getenv("KITH_DUMP"); name != "" {
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		out = f
	}
	eachLine(t, filepath.Join(dir, "expect.jsonl"), func(b []byte) {
		var e expectation
		if err := json.Unmarshal(b, &e); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(filepath.Join(dir, "mail-dir", e.ID+".eml"))
		if err != nil {
			t.Fatal(err)
		}
		d := Parse(raw, DefaultLimits()).Dump(context.Background(), e.ID)
		if out != nil {
			line, _ := json.Marshal(d)
			out.Write(append(line, '\n'))
		}
		c.message(&e, d)
	})
	c.report()
}

func eachLine(t *testing.T, name string, fn func([]byte)) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 64<<20)
	for s.Scan() {
		if len(s.Bytes()) > 0 {
			fn(s.Bytes())
		}
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
}

type conformance struct {
	t                              *testing.T
	disputed                       map[string]bool
	asked, met                     int
	defects, defectsMet            int
	marked, clean, cleanMarked, nd int
}

func (c *conformance) check(id, field, want, got string) {
	c.asked++
	if want == got {
		c.met++
		return
	}
	c.t.Logf("%s: %s: want %q, got %q", id, field, want, got)
}

func (c *conformance) message(e *expectation, d *Dump) {
	if e.Subject != nil {
		got := ""
		if d.Subject != nil {
			got = *d.Subject
		}
		c.check(e.ID, "subject", *e.Subject, collapse(got))
	}
	c.list(e.ID, "from", e.From, d.From, 1)
	c.list(e.ID, "from name", e.FromNames, d.From, 0)
	c.list(e.ID, "to", e.To, d.To, 1)
	c.list(e.ID, "cc", e.Cc, d.Cc, 1)
	if e.Tree != nil {
		var want any
		if err := json.Unmarshal(e.Tree, &want); err != nil {
			c.t.Fatal(err)
		}
		w, _ := json.Marshal(want)
		g, _ := json.Marshal(shapeOf(d.Tree))
		c.check(e.ID, "tree", string(w), string(g))
	}
	all := map[string]*DumpNode{}
	collect(d.Tree, "", all)
	for _, p := range e.Parts {
		n := all[p.Path]
		if n == nil {
			n = &DumpNode{}
		}
		if p.TextSHA256 != "" {
			got := ""
			if n.Text != nil {
				s := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(*n.Text)
				sum := sha256.Sum256([]byte(strings.TrimRight(s, " \t\n\v\f\u00a0\u3000")))
				got = hex.EncodeToString(sum[:])
			}
			c.check(e.ID, "text "+p.Path, p.TextSHA256, got)
		}
		for _, f := range [...][3]string{{"body", p.SHA256, n.SHA256}, {"filename", p.Filename, collapse(n.Filename)}, {"disposition", p.Disposition, n.Disposition}, {"charset", p.Charset, n.Charset}} {
			if f[1] != "" {
				c.check(e.ID, f[0]+" "+p.Path, f[1], f[2])
			}
		}
	}
	c.marks(e, d)
}

func (c *conformance) list(id, field string, want *[]string, got [][2]string, i int) {
	if want == nil {
		return
	}
	var g []string
	for _, a := range got {
		s := a[i]
		if i == 1 {
			s = strings.ToLower(s)
		}
		g = append(g, collapse(s))
	}
	c.check(id, field, strings.Join(*want, "|"), strings.Join(g, "|"))
}

func (c *conformance) marks(e *expectation, d *Dump) {
	has := map[string]bool{}
	for _, x := range d.Defects {
		has[x] = true
	}
	for _, want := range e.Defects {
		c.defects++
		if has[want] {
			c.defectsMet++
		} else {
			c.t.Logf("%s: defect %s not seen", e.ID, want)
		}
	}
	switch {
	case c.disputed[e.ID]:
		c.nd++
		if len(d.Defects) > 0 {
			c.marked++
		}
	case len(e.Defects) == 0:
		c.clean++
		if len(d.Defects) > 0 {
			c.cleanMarked++
		}
	}
}

func (c *conformance) report() {
	c.t.Logf("expectations met: %d of %d; defects seen: %d of %d; disputed marked: %d of %d; clean marked: %d of %d",
		c.met, c.asked, c.defectsMet, c.defects, c.marked, c.nd, c.cleanMarked, c.clean)
	if c.asked == 0 || c.met*1000 < c.asked*990 {
		c.t.Errorf("less than 99 %% of the expectations are met")
	}
	if c.marked*100 < c.nd*80 {
		c.t.Errorf("less than 80 %% of the disputed messages carry a mark")
	}
	if c.cleanMarked*100 > c.clean*5 {
		c.t.Errorf("more than 5 %% of the clean messages carry a mark")
	}
}

func shapeOf(n *DumpNode) any {
	if !strings.HasPrefix(n.Type, "multipart/") {
		return n.Type
	}
	list := []any{n.Type}
	for _, p := range n.Parts {
		list = append(list, shapeOf(p))
	}
	return list
}

func collect(n *DumpNode, path string, to map[string]*DumpNode) {
	if !strings.HasPrefix(n.Type, "multipart/") {
		if path == "" {
			path = "0"
		}
		to[path] = n
		return
	}
	for i, p := range n.Parts {
		sub := path
		if sub != "" {
			sub += "."
		}
		collect(p, sub+strconv.Itoa(i+1), to)
	}
}
