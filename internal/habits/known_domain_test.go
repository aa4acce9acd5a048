package habits_test

import (
	"context"
	"slices"
	"testing"

	"kith/internal/baseline"
)

// stranger is a mail that is proven to come from a domain of its own.
func stranger(domain string, day int) post {
	return post{from: "Vera Vendor <vera@" + domain + ">", to: "bob@corp.test", body: "hello", auth: proven(domain), day: day}
}

func answer(to string, day int) post {
	return post{from: "ann@corp.test", to: to, login: "ann@corp.test", body: "yes", auth: proven("corp.test"), day: day}
}

// rowsAt counts the stored rows of a level.
func (s *site) rowsAt(l baseline.Level) (n int) {
	s.t.Helper()
	err := s.rows.Each(context.Background(), l, nil, func(baseline.Row, []byte) error { n++; return nil })
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func TestKnownDomainIsFoundByItsLooks(t *testing.T) {
	s := newSite(t)
	s.pass(vendor(0))
	if s.rowsAt(baseline.Likeness) != 0 {
		t.Error("a domain with which nobody writes is known")
	}
	s.pass(answer("vera@vendor.test", 1))
	s.pass(vendor(2))
	rows := s.rowsAt(baseline.Likeness)
	if rows == 0 || rows > 12 {
		t.Errorf("%d rows for one domain", rows)
	}
	for _, domain := range []string{"vend0r.test", "vendors.test", "vemdor.test", "vedor.test"} {
		if got := s.pass(stranger(domain, 3)).Known.Alike(); !slices.Equal(got, []string{"vendor.test"}) {
			t.Errorf("%s: may be like %q", domain, got)
		}
	}
	if got := s.pass(vendor(4)).Known.Alike(); got != nil {
		t.Errorf("the known domain is like %q", got)
	}
	if got := s.pass(stranger("other.test", 4)).Known.Alike(); got != nil {
		t.Errorf("another domain is like %q", got)
	}
	if got := s.pass(stranger("gmail.com", 4)).Known.Alike(); got != nil {
		t.Errorf("a house where anybody has a mailbox is like %q", got)
	}
}

// Once known, a domain costs nothing more, and stops being compared when it is
// written to, or has been here for a month.
func TestKnownDomainCostsNothing(t *testing.T) {
	s := newSite(t)
	s.pass(vendor(0))
	s.pass(answer("vera@vendor.test", 1))
	s.pass(vendor(2))
	before := s.rowsAt(baseline.Likeness)
	r := func() int { return s.lastLessonRows() }
	s.pass(vendor(3))
	steady := r()
	s.pass(vendor(4))
	if got := r(); got != steady || steady > 4 || s.rowsAt(baseline.Likeness) != before {
		t.Errorf("the next mail teaches %d rows, and then %d; %d rows of looks, then %d", steady, got, before, s.rowsAt(baseline.Likeness))
	}
	near := "vemdor.test"
	s.pass(stranger(near, 5))
	if s.pass(stranger(near, 20)).Known.Alike() == nil {
		t.Error("who waits two weeks is not asked any more")
	}
	if s.pass(stranger(near, 60)).Known.Alike() != nil {
		t.Error("who was here for two months is still asked")
	}
	s.pass(stranger("vendorr.test", 61))
	s.pass(answer("vera@vendorr.test", 62))
	if got := s.pass(stranger("vendorr.test", 63)).Known.Alike(); got != nil {
		t.Errorf("who is written to is like %q", got)
	}
}

// lastLessonRows counts the rows that the newest lesson about a message teaches.
func (s *site) lastLessonRows() int {
	s.t.Helper()
	kept, err := s.st.Lessons(context.Background(), 0, 10000)
	if err != nil {
		s.t.Fatal(err)
	}
	n := 0
	for _, k := range kept {
		if len(k.Owner) > 0 {
			continue
		}
		l, err := baseline.DecodeLesson(k.Data)
		if err != nil {
			s.t.Fatal(err)
		}
		n = len(l.Rows)
	}
	return n
}
