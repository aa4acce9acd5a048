package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"kith/internal/config"
	"kith/internal/serve"
)

func configCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Check and explain the configuration"}
	cmd.AddCommand(&cobra.Command{
		Use:   "check",
		Short: "Is the configuration right?",
		Long:  "Reads the configuration and the directory as 'kith serve' would, and says in one line what is wrong. What is allowed but probably not meant is listed as a note.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, p, err := settings(cmd)
			if err != nil {
				return err
			}
			people, err := serve.LoadPeople(c, nil)
			if err != nil {
				return err
			}
			for _, n := range c.Notes() {
				fmt.Fprintln(cmd.OutOrStdout(), "note:", n)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "right: %s mode, %d people and boxes listed, store %s\n", c.Mode, people.Directory().Len(), p.Database)
			return nil
		},
	}, &cobra.Command{
		Use:   "show",
		Short: "Print every key with its default and what it means",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(config.Example())
			return err
		},
	})
	return cmd
}
