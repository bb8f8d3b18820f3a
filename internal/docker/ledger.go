package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/volume"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

const (
	kindRevision = "revision"
	labelRecord  = "io.bayplan.record" // JSON of a revision's beginning or end
	recordEnd    = ".end"              // ends the name of the volume that holds an end
)

var _ apply.Ledger = (*Engine)(nil)

// recordName names the volume whose label is the beginning of a record. The dot
// keeps it apart from every declared volume.
func recordName(s topology.Scope, number int) string {
	return s.Prefix() + "revision." + strconv.Itoa(number)
}

// Begin makes the volume that holds the beginning of a record.
func (e *Engine) Begin(ctx context.Context, scope topology.Scope, number int, text []byte) error {
	return e.record(ctx, scope, recordName(scope, number), number, text)
}

// End makes the volume that holds its end.
func (e *Engine) End(ctx context.Context, scope topology.Scope, number int, text []byte) error {
	return e.record(ctx, scope, recordName(scope, number)+recordEnd, number, text)
}

// record makes a volume with a text in its label. The engine lets one of many
// make it, in one call, and shows the others what that one made.
func (e *Engine) record(ctx context.Context, scope topology.Scope, name string, number int, text []byte) error {
	labels := scopeLabels(scope, kindRevision, topology.Address{})
	labels[labelName], labels[labelRecord] = strconv.Itoa(number), string(text)
	found, err := e.makeVolume(ctx, fmt.Sprintf("create volume %q", name), volume.CreateOptions{
		Name: name, Driver: localDriver, DriverOpts: spared, Labels: labels,
	})
	switch {
	case err != nil:
		return err
	case !isOurs(found.Labels, scope) || found.Labels[labelKind] != kindRevision: // on a full disk labels are lost
		return fmt.Errorf("%w: %w", apply.ErrRecorded, foreign("volume", name, scope))
	case found.Labels[labelRecord] != string(text):
		return fmt.Errorf("volume %q: %w", name, apply.ErrRecorded)
	}
	return nil
}

// Records reads all records with one list call.
func (e *Engine) Records(ctx context.Context, scope topology.Scope) ([]apply.Record, error) {
	f := scopeFilter(scope)
	f.Add("label", labelKind+"="+kindRevision)
	found, err := e.listVolumes(ctx, f)
	if err != nil {
		return nil, err
	}
	byNumber := map[int]apply.Record{}
	for _, v := range found {
		number, err := strconv.Atoi(v.Labels[labelName])
		if err != nil {
			return nil, fmt.Errorf("volume %q: label %s: %w", v.Name, labelName, err)
		}
		r := byNumber[number]
		r.Number = number
		if strings.HasSuffix(v.Name, recordEnd) {
			r.Ended = []byte(v.Labels[labelRecord])
		} else {
			r.Begun = []byte(v.Labels[labelRecord])
		}
		byNumber[number] = r
	}
	return slices.SortedFunc(maps.Values(byNumber), func(x, y apply.Record) int { return cmp.Compare(x.Number, y.Number) }), nil
}

// Forget removes the beginning first: an end alone tells that it is to go.
func (e *Engine) Forget(ctx context.Context, scope topology.Scope, number int) error {
	name := recordName(scope, number)
	if err := e.removeVolume(ctx, scope, name, kindRevision); err != nil {
		return err
	}
	return e.removeVolume(ctx, scope, name+recordEnd, kindRevision)
}

// KeepImages gives images a tag of the scope's own, which image prune spares.
func (e *Engine) KeepImages(ctx context.Context, scope topology.Scope, images []apply.ImageID) error {
	tagged, err := e.keptImages(ctx, scope)
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	var errs []error
	for _, i := range images {
		tag := keptTag(scope, i.Digest)
		name, err := parseImage(i.Image)
		if err != nil || wanted[tag] {
			continue
		}
		wanted[tag] = true
		if slices.Contains(tagged, tag) {
			continue
		}
		ref, err := e.findDigest(ctx, name, i.Digest)
		errs = append(errs, err)
		if ref != "" {
			errs = append(errs, e.do(ctx, e.ReadTimeout, fmt.Sprintf("tag image %q", i.Image), func(ctx context.Context) error {
				return e.client.ImageTag(ctx, ref, tag)
			}))
		}
	}
	for _, tag := range tagged {
		if !wanted[tag] {
			errs = append(errs, e.untag(ctx, tag))
		}
	}
	e.images.drop()
	return errors.Join(errs...)
}

// keptRepository is where the tags of kept images of a scope are.
func keptRepository(s topology.Scope) string {
	return "bayplan-kept/" + s.Project + "/" + s.Environment
}

// keptTag is the tag that keeps the image of a digest.
func keptTag(s topology.Scope, digest string) string {
	return keptRepository(s) + ":" + shortHex(digest)
}

// keptImages returns the tags of kept images of a scope.
func (e *Engine) keptImages(ctx context.Context, scope topology.Scope) ([]string, error) {
	repository := keptRepository(scope)
	found, err := e.listImages(ctx, filters.Arg("reference", repository))
	var out []string
	for _, i := range found {
		for _, tag := range i.RepoTags {
			if strings.HasPrefix(tag, repository+":") {
				out = append(out, tag)
			}
		}
	}
	return out, err
}

// untag lets go of a kept image, which goes with its last tag unless it is used.
func (e *Engine) untag(ctx context.Context, tag string) error {
	err := e.do(ctx, e.ReadTimeout, fmt.Sprintf("untag image %q", tag), func(ctx context.Context) error {
		_, err := e.client.ImageRemove(ctx, tag, image.RemoveOptions{PruneChildren: false})
		return err
	})
	if errdefs.IsNotFound(err) || errdefs.IsConflict(err) { // gone, or a container uses it
		return nil
	}
	return err
}
