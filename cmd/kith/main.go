// Command kith is the whole program: see kith --help.
package main

import (
	"os"

	"kith/internal/cli"
)

// version is set at build time (-ldflags "-X main.version=…").
var version = "devel"

func main() { os.Exit(cli.Main(version, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
