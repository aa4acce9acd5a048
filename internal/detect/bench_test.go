package detect_test

import (
	"fmt"
	"strings"
	"testing"

	"kith/internal/detect"
)

// BenchmarkRun is both stages on a newsletter of a hundred links and on a
// short mail.
func BenchmarkRun(b *testing.B) {
	var links strings.Builder
	for i := range 100 {
		fmt.Fprintf(&links, "<p>Read what our correspondent has seen. <a href=\"https://click.example.net/c/%d\">www.example-%d.org/story</a></p>\n", i, i)
	}
	head := "X-Case: spf=pass dmarc=pass aligned=example.org\nFrom: Bob Lind <news@example.org>\nReply-To: office@example.net\nTo: karin.vogt@nordhafen.example\nSubject: news\nMIME-Version: 1.0\n"
	for name, raw := range map[string]string{
		"newsletter": head + "List-Id: <news.example.org>\nContent-Type: text/html\n\n" + links.String(),
		"short":      head + "Content-Type: text/plain\n\nSee you on Monday.\n",
	} {
		b.Run(name, func(b *testing.B) {
			c := caseOf(b, harbour(b), []byte(raw))
			b.ReportAllocs()
			for b.Loop() {
				detect.Run(c, detect.Header)
				detect.Run(c, detect.Content)
			}
		})
	}
}
