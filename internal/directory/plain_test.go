package directory

import (
	"testing"

	"kith/internal/kith"
)

func TestPlain(t *testing.T) {
	d, err := New(Options{Domains: []string{"corp.test"}, AliasDomains: map[string]string{"old.test": "corp.test"}, Delimiter: "+"},
		[]Entry{{Address: "ann@corp.test", Aliases: []string{"a.lee@corp.test"}, Kind: kith.KindPerson}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[string]bool{
		"ann@corp.test": true, "Ann@Corp.Test": true, "u17@corp.test": true, "x@elsewhere.example": true,
		"ann+shop@corp.test": false, "a.lee@corp.test": false, "ann@old.test": false, `"ann"@corp.test`: false,
	} {
		if got := d.Plain(addr); got != want {
			t.Errorf("Plain(%s) = %v", addr, got)
		}
	}
}
