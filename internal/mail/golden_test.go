package mail

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGoldenDump compares the dumps of testdata/dump/*.eml with the files beside
// them.
func TestGoldenDump(t *testing.T) {
	files, err := filepath.Glob("testdata/dump/*.eml")
	if err != nil || len(files) == 0 {
		t.Fatal("no messages", err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		base := strings.TrimSuffix(name, ".eml")
		var got bytes.Buffer
		enc := json.NewEncoder(&got)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(Parse(raw, DefaultLimits()).Dump(context.Background(), filepath.Base(base))); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(base+".json", got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(base + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, got.Bytes()) {
			t.Errorf("%s: got\n%s", base, got.Bytes())
		}
	}
}
