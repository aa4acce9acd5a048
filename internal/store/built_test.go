package store

import (
	"testing"

	"kith/internal/store/storetest"
)

// server is the one that most tests share; privately makes one for a test that
// stops it.
func server(tb testing.TB) *storetest.Server    { return storetest.Shared(tb) }
func privately(tb testing.TB) *storetest.Server { return storetest.Start(tb) }
