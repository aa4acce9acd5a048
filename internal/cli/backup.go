package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"kith/internal/backup"
)

func backupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy what kith knows into one file",
		Long: `Writes one file with the store, what was learned, the site key and the configuration. kith may
be running. Keep the file as safe as a mailbox: it has addresses and subjects,
and the key that the rest is hashed with.`,
		Example: "  kith backup /var/backups/kith-2026-11-25.tar.gz",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, p, err := settings(cmd)
			if err != nil {
				return err
			}
			conf, _ := cmd.Flags().GetString("config")
			n, err := backup.Write(cmd.Context(), args[0], backup.Sources{Database: p.Database, SiteKey: p.SiteKey, Config: conf})
			if err != nil {
				return coded{exitStore, err}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %d bytes, readable by you alone\n", args[0], n)
			return nil
		},
	}
}

func restoreCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup back in place",
		Long: `Checks the backup first and changes nothing when it is damaged or made by a
newer kith. kith must be stopped. What was there is kept beside it, with
".before-restore" at its end. The configuration in the backup is not put back;
it is written beside the store for you to compare.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, p, err := settings(cmd)
			if err != nil {
				return err
			}
			if err := backup.Restore(cmd.Context(), args[0], backup.Sources{Database: p.Database, SiteKey: p.SiteKey}); err != nil {
				return coded{exitStore, err}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "restored to %s: start kith\n", p.Database)
			return nil
		},
	}
}
