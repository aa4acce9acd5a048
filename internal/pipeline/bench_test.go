package pipeline

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kith/internal/border"
	"kith/internal/detect"
	"kith/internal/directory"
	"kith/internal/judge"
	"kith/internal/kith"
	"kith/internal/mail"
	"kith/internal/policy"
)

// BenchmarkJudge judges real messages, authentication off: the folder
// KITH_BENCH_MAIL holds .eml files. Without it one small message is judged.
func BenchmarkJudge(b *testing.B) {
	mails := [][]byte{[]byte("From: Ann <ann@vendor.example>\r\nTo: u1@corp.test\r\nSubject: hello\r\n\r\nHi.\r\n")}
	if dir := os.Getenv("KITH_BENCH_MAIL"); dir != "" {
		mails = nil
		names, _ := filepath.Glob(filepath.Join(dir, "*.eml"))
		for _, n := range names {
			raw, err := os.ReadFile(n)
			if err != nil {
				b.Fatal(err)
			}
			mails = append(mails, raw)
		}
	}
	dir, err := directory.New(directory.Options{Domains: []string{"corp.test"}}, nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	j, err := judge.Default(detect.Classes())
	if err != nil {
		b.Fatal(err)
	}
	p := New(Options{Limits: mail.DefaultLimits(), Deadline: time.Minute, Mode: kith.Shadow, Judge: j, Policy: policy.Default(), Border: new(border.Trust),
		Directory: func() *directory.Directory { return dir }, Log: slog.New(slog.DiscardHandler)})
	var n int64
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		raw := mails[i%len(mails)]
		n += int64(len(raw))
		p.Judge(context.Background(), &kith.Envelope{Seat: kith.SeatLMTP, Rcpts: []string{"u1@corp.test"}, Arrived: time.Unix(1_800_000_000, 0)}, raw)
	}
	b.SetBytes(n / int64(b.N))
}
