package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/bayplan/terraform-provider-bayplan/internal/view"
)

// reviewFlags are the arguments of review.
type reviewFlags struct {
	base, format, terraform, link string
	live                          bool
	outs, failOn                  []string
}

func (c *command) reviewCommand() *cobra.Command {
	var f reviewFlags
	cmd := &cobra.Command{
		Use:   "review [PLANFILE]",
		Short: "Write what a reviewer has to know of a change",
		Long: `Review writes one document of what an apply of the working directory would do:
first what is lost or interrupted, then each change with its cause, who needs it and
what it costs, then drift, and a graph of what it has to do with. Secrets are said to
have changed, and nothing more.

Without --live no engine is asked: the plan leads from the configuration at the
git revision --base, as if it were live, to the working directory. The base is where
the work left the default branch or, on that branch, the commit before. With --live,
or for a plan in a file, it leads from what is live, and what differs there though
the configuration is as it was at the base is told apart as drift.

With --terraform the plan is Terraform's, as terraform show -json writes it.`,
		Example: `  bayplan review
  bayplan review --base origin/main --out review.md --out review.html
  bayplan review --live --fail-on deletes-data,downtime\>5s
  bayplan plan --out next.plan && bayplan review next.plan
  terraform show -json next.tfplan >plan.json && bayplan review --terraform plan.json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.review(cmd.Context(), f, args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.base, "base", "", "compare with the configuration at the git revision, or in the directory, `REV`")
	flags.StringVar(&f.format, "format", "", "`FORMAT` of the document: markdown, html or json; else as the ending of the file says")
	flags.StringSliceVar(&f.outs, "out", nil, "write the document to a `FILE`; may be repeated")
	flags.BoolVar(&f.live, "live", false, "plan from what is live")
	flags.StringSliceVar(&f.failOn, "fail-on", nil, "exit with 1 when there is a `HAZARD`, such as deletes-data or downtime>5s; may be repeated")
	flags.StringVar(&f.terraform, "terraform", "", "review the plan of terraform show -json in a `FILE`")
	flags.StringVar(&f.link, "link", "", "`URL` of the whole review, for what Markdown leaves out")
	cmd.MarkFlagsMutuallyExclusive("terraform", "live")
	cmd.MarkFlagsMutuallyExclusive("terraform", "base")
	return cmd
}

// review writes a review, and fails when a policy forbids what it says.
func (c *command) review(ctx context.Context, f reviewFlags, args []string) error {
	policies, err := parsePolicies(f.failOn)
	if err != nil {
		return err
	}
	writers, err := f.writers()
	if err != nil {
		return err
	}
	r, refused, err := c.reviewed(ctx, f, args)
	if err != nil {
		return err
	}
	r.Link, r.Refused = f.link, append(r.Refused, reasons(refused)...)
	for i, write := range writers {
		if len(f.outs) == 0 {
			err = write(c.out(), r)
		} else {
			err = writeTo(f.outs[i], func(w io.Writer) error { return write(w, r) })
		}
		if err != nil {
			return err
		}
	}
	return errors.Join(refused, forbidden(policies, r))
}

// reviewed returns the review that is asked for, and why its plan cannot be applied, if so.
func (c *command) reviewed(ctx context.Context, f reviewFlags, args []string) (r view.Review, refused, err error) {
	switch {
	case f.terraform != "" && len(args) > 0:
		return r, nil, errors.New("--terraform is a plan of its own: give no other")
	case f.terraform != "":
		r, err = reviewOfTerraform(f.terraform)
		return r, nil, err
	case len(args) > 0 && (f.base != "" || f.live):
		return r, nil, errors.New("a plan in a file leads from what was live when it was made: --base and --live are for a plan that is yet to be made")
	case len(args) > 0:
		r, err = c.reviewOfSaved(args[0])
		return r, nil, err
	case f.live:
		return c.reviewOfLive(ctx, f.base)
	}
	return c.reviewOfBase(ctx, f.base)
}

// writeReview writes a review in a format.
type writeReview func(io.Writer, view.Review) error

var reviewFormats = map[string]writeReview{
	"markdown": view.WriteReviewMarkdown, ".md": view.WriteReviewMarkdown,
	"html": view.WriteReviewHTML, ".html": view.WriteReviewHTML,
	"json": view.WriteReviewJSON, ".json": view.WriteReviewJSON,
}

// writers returns what writes each file, or the one document without any.
func (f reviewFlags) writers() ([]writeReview, error) {
	var out []writeReview
	for _, name := range f.outs {
		format := f.format
		if format == "" {
			format = filepath.Ext(name)
		}
		out = append(out, reviewFormats[format])
		if out[len(out)-1] == nil {
			return nil, fmt.Errorf("--out %s: the ending is none of .md, .html and .json: give --format markdown, html or json", name)
		}
	}
	if len(f.outs) == 0 {
		format := f.format
		if format == "" {
			format = "markdown"
		}
		out = append(out, reviewFormats[format])
	}
	if out[0] == nil {
		return nil, fmt.Errorf("--format: %q is no format: there are markdown, html and json", f.format)
	}
	return out, nil
}

func writeTo(name string, write func(io.Writer) error) error {
	file, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	if err := errors.Join(write(view.Harmless(file, view.Style{})), file.Close()); err != nil {
		return fmt.Errorf("--out %s: %w", name, err)
	}
	return nil
}

// reasons returns why a plan cannot be applied, each in a line.
func reasons(refused error) []string {
	if refused == nil {
		return nil
	}
	var wrong *diagnosed
	if !errors.As(refused, &wrong) {
		var out []string
		for _, err := range flat(refused) {
			out = append(out, err.Error())
		}
		return out
	}
	var out []string
	for _, d := range wrong.all {
		place := ""
		if d.Subject != nil {
			place = placeOf(*d.Subject).String() + ": "
		}
		out = append(out, place+d.Summary+": "+d.Detail)
	}
	return out
}
