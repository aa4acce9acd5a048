package cli

import (
	"log/slog"

	"github.com/spf13/cobra"

	"kith/internal/pipeline"
	"kith/internal/serve"
)

// apartCommand is the child of the poison rule: see pipeline.JudgeApart.
func apartCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "apart",
		Short:  "Judge one message from standard input with little memory and time",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, _, err := settings(cmd)
			if err != nil {
				return err
			}
			people, err := serve.LoadPeople(c, nil)
			if err != nil {
				return err
			}
			opt, err := serve.Core(c, people, slog.New(slog.DiscardHandler))
			if err != nil {
				return err
			}
			return pipeline.New(opt).ServeApart(cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}
