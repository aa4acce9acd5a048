package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"kith/internal/config"
	"kith/internal/directory/ldap"
	"kith/internal/serve"
)

func configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Check and explain the configuration",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 { // cobra would show the help and call it done
				return fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath())
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "check",
		Short: "Is the configuration right?",
		Long: `Reads the configuration, the directory and the certificates as 'kith serve'
would, and says in one line what is wrong. What is allowed but probably not meant is listed as a
note.`,
		Example: "  kith config check\n  kith config check --config ./kith.toml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, p, err := settings(cmd)
			if err != nil {
				return err
			}
			if c.Directory.LDAP.Set() {
				if err := ldap.Check(serve.LDAPOptions(c)); err != nil {
					return fail(exitConfig, "%w", err)
				}
			}
			people, err := serve.LoadPeople(c, nil)
			if err != nil {
				return err
			}
			if err := serve.CheckTLS(c); err != nil {
				return err
			}
			if path, _ := cmd.Flags().GetString("config"); !fileExists(path) {
				fmt.Fprintf(cmd.OutOrStdout(), "note: there is no %s: these are the defaults; 'kith config show' prints a file to begin with\n", path)
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
		Long: `Prints a whole configuration file: every key with its default and what it
means. What you do not change can be left out of yours.`,
		Example: "  kith config show > kith.toml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(config.Example())
			return err
		},
	})
	return cmd
}
