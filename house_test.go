// Package house holds the rules of the house: which room may know which other,
// how long a file or a function may grow, what must be documented, and what may
// not stand in the tree at all. The tables below are policy, not a description:
// when a test here fails, either the code is in the wrong room or the policy
// must change, and a change of policy needs its reason in the commit.
package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rooms says which rooms a room may import. Arrows point up only: a room may
// name only rooms that stand above it. Test files may import what they like.
const rooms = `
internal/kith:
internal/metrics:       kith
internal/web:
internal/drill:
internal/spool:
internal/resolve:
internal/mail:          kith
internal/mail/dump:     mail
internal/config:        kith mail
internal/baseline:
internal/trait:         kith mail
internal/store:         kith baseline
internal/store/storetest:
internal/ledger:        kith store
internal/backup:        kith store
internal/resolve/resolvetest: resolve
internal/directory:     kith
internal/border:        kith mail
internal/mailauth:      kith mail resolve border
internal/note:          kith mailauth store
internal/facts:         kith mail border directory mailauth note baseline trait
internal/habits:        kith baseline facts directory store
internal/detect:        kith mail border directory mailauth facts baseline trait
internal/judge:         kith facts
internal/policy:        kith
internal/plain:         kith
internal/disarm:        kith mail
internal/journal:       kith store
internal/budget:
internal/pipeline:      kith mail border budget directory mailauth note facts habits detect judge policy plain disarm store
internal/seat/door:     kith
internal/seat/smtpwire: kith
internal/seat/relay:    kith directory disarm drill ledger pipeline spool store seat/smtpwire
internal/seat/milter:   kith mail mailauth note disarm pipeline
internal/learn:         kith mail border
internal/replay:        kith mailauth directory pipeline
internal/fit:           kith judge baseline habits facts pipeline replay
internal/directory/ldap: kith directory
`

// free may import everything: they put the program together or stand outside it.
var free = []string{"cmd/", "internal/cli", "internal/serve", "internal/demo", "internal/speed", "e2e"}

// owners says which rooms may import a library and the packages below it. A
// library that is not listed may not be used: docs/dependencies.md says how one
// comes in.
var owners = map[string]string{
	"blitiri.com.ar/go/spf":               "mailauth",
	"github.com/bodgit/sevenzip":          "mail",
	"github.com/coreos/go-systemd/v22":    "serve cli seat/door",
	"github.com/d--j/go-milter":           "seat/milter",
	"github.com/emersion/go-msgauth":      "speed",
	"github.com/emersion/go-smtp":         "seat/relay seat/smtpwire",
	"github.com/gabriel-vasile/mimetype":  "mail",
	"github.com/emersion/go-imap/v2":      "learn",
	"github.com/go-ldap/ldap/v3":          "directory/ldap",
	"github.com/jackc/pgx/v5":             "store",
	"github.com/klauspost/compress":       "replay learn cli demo",
	"github.com/miekg/dns":                "resolve mailauth",
	"github.com/nwaples/rardecode/v2":     "mail",
	"github.com/pelletier/go-toml/v2":     "config directory judge policy baseline",
	"github.com/prometheus/client_golang": "metrics",
	"github.com/richardlehane/mscfb":      "mail",
	"github.com/schollz/progressbar/v3":   "cli demo",
	"github.com/spf13/cobra":              "cli",
	"github.com/ulikunitz/xz":             "mail",
	"golang.org/x/net/html":               "mail",
	"golang.org/x/net/idna":               "mail directory mailauth border config resolve facts habits detect plain",
	"golang.org/x/net/publicsuffix":       "mailauth directory facts detect trait",
	"golang.org/x/sync":                   "resolve mailauth seat/milter",
	"golang.org/x/text":                   "mail directory detect trait learn",
	"modernc.org/sqlite":                  "store",
}

// pure rooms are functions of what they are given: no network, no disk, no
// clock. Time comes in as a value.
var (
	pure   = []string{"internal/kith", "internal/baseline", "internal/trait", "internal/facts", "internal/detect", "internal/judge", "internal/policy", "internal/plain"}
	impure = []string{"net", "net/http", "os", "os/exec", "database/sql", "syscall"}
	clock  = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker"}
)

const (
	maxFile     = 600 // lines; aim under 300
	maxTestFile = 1000
	maxFunc     = 100 // lines, from func to its closing brace; aim under 60
)

// exceptions to a rule by "rule path", each with its reason.
var exceptions = map[string]string{}

// plainMethods explain themselves by an interface that every reader knows.
var plainMethods = []string{"String", "Error", "Unwrap", "Is", "MarshalText", "UnmarshalText", "Len", "Less", "Swap", "Read", "Write", "Close"}

// banned may not stand in any file. The words are put together here so that
// this file does not hold them.
var banned = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|not imple` + `mented)\b|(?:^|[\s"'(=:` + "`" + `])(/wo` + `rk/|\.\./sha` + `red|/?\.libr` + `ary/)`)

var badNames = []string{"util", "utils", "common", "manager", "helper", "helpers", "misc", "base"}

type source struct {
	path, room string // "internal/mail/parse.go", "internal/mail"
	test       bool
	file       *ast.File
	fset       *token.FileSet
	lines      int
}

// sources reads every Go file of the tree once for each test that asks.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	walk(t, func(path string, text []byte) {
		if !strings.HasSuffix(path, ".go") {
			return
		}
		s := source{path: path, room: filepath.ToSlash(filepath.Dir(path)), test: strings.HasSuffix(path, "_test.go"), fset: token.NewFileSet()}
		var err error
		if s.file, err = parser.ParseFile(s.fset, path, text, parser.ParseComments|parser.SkipObjectResolution); err != nil {
			t.Fatal(err)
		}
		s.lines = s.fset.File(s.file.Pos()).LineCount()
		all = append(all, s)
	})
	if len(all) < 10 {
		t.Fatalf("only %d Go files found: is this the module root?", len(all))
	}
	return all
}

// walk hands every file of the project to f but those that are not written by
// hand.
func walk(t *testing.T, f func(path string, text []byte)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".ci" || d.Name() == "testdata" || d.Name() == "dist"):
			return filepath.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil && len(text) < 1<<20 {
			f(filepath.ToSlash(path), text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// fault reports a broken rule unless the place is excepted.
func fault(t *testing.T, rule, path, format string, args ...any) {
	t.Helper()
	if exceptions[rule+" "+path] == "" {
		t.Errorf("%s: %s", path, fmt.Sprintf(format, args...))
	}
}

func TestImportsFollowTheHouse(t *testing.T) {
	may := map[string][]string{}
	for line := range strings.Lines(rooms) {
		name, list, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			continue
		}
		for _, r := range strings.Fields(list) {
			if _, above := may["internal/"+r]; !above {
				t.Errorf("the table lets %s import %s, which does not stand above it", name, r)
			}
			may[name] = append(may[name], "kith/internal/"+r)
		}
		may[name] = append(may[name], "")
	}
	for _, s := range sources(t) {
		if s.test || slices.ContainsFunc(free, func(f string) bool { return strings.HasPrefix(s.room, f) }) {
			continue
		}
		allowed, known := may[s.room]
		if !known {
			fault(t, "room", s.room, "this room has no line in the table of house_test.go")
			continue
		}
		for _, imp := range s.file.Imports {
			path := strings.Trim(imp.Path.Value, `"`)
			switch {
			case strings.HasPrefix(path, "kith/"):
				if !slices.Contains(allowed, path) {
					fault(t, "import", s.path, "%s may not import %s: see the table in house_test.go", s.room, path)
				}
			case strings.Contains(strings.Split(path, "/")[0], "."):
				if !owns(s.room, path) {
					fault(t, "library", s.path, "%s may not import %s: see owners in house_test.go", s.room, path)
				}
			case slices.Contains(pure, s.room) && slices.Contains(impure, path):
				fault(t, "pure", s.path, "%s is a pure room and may not import %s", s.room, path)
			}
		}
	}
}

// owns reports whether a room may import a library.
func owns(room, path string) bool {
	for lib, list := range owners {
		if path != lib && !strings.HasPrefix(path, lib+"/") {
			continue
		}
		for _, r := range strings.Fields(list) {
			if room == "internal/"+r || strings.HasPrefix(room, "internal/"+r+"/") {
				return true
			}
		}
	}
	return false
}

func TestPureRoomsHaveNoClock(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || !slices.Contains(pure, s.room) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clock, sel.Sel.Name) {
					fault(t, "clock", s.path, "time.%s in a pure room: take the time as a value", sel.Sel.Name)
				}
			}
			return true
		})
	}
}

func TestSizes(t *testing.T) {
	for _, s := range sources(t) {
		limit := maxFile
		if s.test {
			limit = maxTestFile
		}
		if s.lines > limit {
			fault(t, "size", s.path, "%d lines; the limit is %d", s.lines, limit)
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || s.test {
				continue
			}
			if n := s.fset.Position(f.End()).Line - s.fset.Position(f.Pos()).Line + 1; n > maxFunc {
				fault(t, "size", s.path, "func %s has %d lines; the limit is %d", f.Name.Name, n, maxFunc)
			}
			if f.Name.Name == "init" && f.Recv == nil {
				fault(t, "init", s.path, "func init: put the work where it can be seen and can fail")
			}
		}
	}
}

func TestNamesAndDocumentation(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		documented[s.room] = documented[s.room] || s.file.Doc != nil
		if slices.Contains(badNames, s.file.Name.Name) || slices.Contains(badNames, strings.TrimSuffix(filepath.Base(s.path), ".go")) {
			fault(t, "name", s.path, "a name that says nothing about what is inside")
		}
		for _, d := range s.file.Decls {
			undocumented(s.file, d, func(name string, pos token.Pos) {
				fault(t, "doc", s.path, "line %d: %s has no doc comment", s.fset.Position(pos).Line, name)
			})
		}
	}
	for room, ok := range documented {
		if !ok {
			fault(t, "package", room, "no file of this package has a package comment")
		}
	}
}

// undocumented calls f for each exported name of a declaration without a doc
// comment. Constants of a documented type need none of their own.
func undocumented(file *ast.File, d ast.Decl, f func(string, token.Pos)) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc == nil && (d.Recv == nil || receiverExported(d) && !slices.Contains(plainMethods, d.Name.Name)) {
			f("func "+d.Name.Name, d.Pos())
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Name.IsExported() && spec.Doc == nil && d.Doc == nil {
					f("type "+spec.Name.Name, spec.Pos())
				}
			case *ast.ValueSpec:
				if d.Doc != nil || spec.Doc != nil || spec.Comment != nil || d.Tok == token.CONST && d.Lparen.IsValid() {
					continue
				}
				for _, n := range spec.Names {
					if n.IsExported() {
						f(n.Name, spec.Pos())
					}
				}
			}
		}
	}
}

func receiverExported(d *ast.FuncDecl) bool {
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if index, ok := typ.(*ast.IndexExpr); ok {
		typ = index.X
	}
	id, ok := typ.(*ast.Ident)
	return ok && id.IsExported()
}

func TestNothingBannedInTheTree(t *testing.T) {
	walk(t, func(path string, text []byte) {
		if slices.Contains(text[:min(len(text), 8000)], 0) {
			return // not text
		}
		n := 0
		for line := range strings.Lines(string(text)) {
			n++
			if m := banned.FindString(line); m != "" {
				fault(t, "banned", path, "line %d: %q is a promise or a place outside the project", n, strings.TrimSpace(m))
			}
			if strings.HasSuffix(path, "_test.go") && strings.Contains(line, "t.Sk"+"ip") {
				fault(t, "skip", path, "line %d: a skipped test proves nothing; print a message and return, or list the reason in exceptions", n)
			}
		}
	})
}
