package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"kith/internal/serve"
)

func pauseCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "pause [REASON]",
		Short: "Pass all mail unjudged, at once",
		Long: `Tells a running kith to pass all mail on unjudged, from the next message on.
Mail keeps flowing and the ledger is kept; nothing is looked at. It holds over
restarts until 'kith resume'.`,
		Example: "  kith pause\n  kith pause 'wrong banners, ticket 4711'",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, p, err := settings(cmd)
			if err != nil {
				return err
			}
			why := ""
			if len(args) > 0 {
				why = args[0]
			}
			if err := serve.Pause(p, why); err != nil {
				return coded{exitStore, err}
			}
			fmt.Fprintln(cmd.OutOrStdout(), "paused: all mail passes unjudged until 'kith resume'")
			return nil
		},
	}
}

func resumeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "resume",
		Short: "Judge mail again after a pause",
		Long: `Ends a pause, from the next message on. What passed meanwhile is not judged
afterwards.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, p, err := settings(cmd)
			if err != nil {
				return err
			}
			was, err := serve.Resume(p)
			if err != nil {
				return coded{exitStore, err}
			}
			if !was {
				fmt.Fprintln(cmd.OutOrStdout(), "kith was not paused")
				return nil
			}
			fmt.Fprintln(cmd.OutOrStdout(), "resumed: mail is judged again")
			return nil
		},
	}
}
