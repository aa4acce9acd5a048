package directory

import (
	"strings"
	"testing"
)

// whole checks what holds of every list that loads, and of every mistake.
func whole(t *testing.T, d *Directory, err error) {
	if err != nil {
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("an error of more than one line: %q", err)
		}
		return
	}
	for _, e := range d.entries {
		if !strings.HasPrefix(e.Address, "@") && d.Lookup(e.Address).Address != e.Address {
			t.Errorf("%q is listed and not found: %+v", e.Address, d.Lookup(e.Address))
		}
		d.ByName(e.Name)
	}
}

func FuzzPeopleTOML(f *testing.F) {
	f.Add([]byte(peopleTOML))
	f.Add([]byte("[[person]]\naddress = '''\nx'''\n"))
	f.Add([]byte("[[person]]\naddress = {a = 1}\n[[person.x]]\n\"\" = [[1]]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := readTOML("p.toml", data)
		var d *Directory
		if err == nil {
			d, err = build("p.toml", rows, options())
		}
		whole(t, d, err)
	})
}

func FuzzPeopleCSV(f *testing.F) {
	f.Add([]byte("address,name,kind,network\nann@corp.test,Ann,,\nscan@corp.test,S,sender,10.0.0.0/8\n"))
	f.Add([]byte("\xef\xbb\xbfaddress;aliases\r\n\"a@corp.test\";\"b@corp.test;c@corp.test\"\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := readCSV("p.csv", data)
		var d *Directory
		if err == nil {
			d, err = build("p.csv", rows, options())
		}
		whole(t, d, err)
	})
}

func FuzzLookAlike(f *testing.F) {
	d, err := New(options(), nil, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("xn--crp-xna.test")
	f.Add("corp-test.com")
	f.Fuzz(func(t *testing.T, domain string) {
		ours, how := d.LookAlike(domain)
		if (ours == "") != (how == "") || how != "" && d.IsOurs(domain) {
			t.Errorf("LookAlike(%q) = %q %q", domain, ours, how)
		}
	})
}
