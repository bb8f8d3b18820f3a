package docker

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/volume"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// The labels of engine objects. They are set in the call that creates an
// object and cannot change afterwards.
const (
	labelProject     = "io.bayplan.project"
	labelEnvironment = "io.bayplan.environment"
	labelKind        = "io.bayplan.kind"       // app, service, hook, keeper, relationship, implied, egress, volume, vault, marker, lock, revision, tools
	labelName        = "io.bayplan.name"       // of the address that the object belongs to
	labelOwner       = "io.bayplan.owner"      // that address
	labelSpec        = "io.bayplan.spec"       // containers: keyed hash of what they were made from
	labelKey         = "io.bayplan.key"        // containers: fingerprint of the key of their credentials
	labelDeclared    = "io.bayplan.declared"   // JSON of what was declared and the engine has no place for
	labelReference   = "io.bayplan.reference"  // implied networks: the consumer's name for its target
	labelTarget      = "io.bayplan.target"     // networks, markers: whom the host leads to
	labelHost        = "io.bayplan.host"       // networks: the alias of the target
	labelGeneration  = "io.bayplan.generation" // markers
	labelBuild       = "io.bayplan.build"      // images that were built: the digest of that
	labelInputs      = "io.bayplan.inputs"     // and the tag that its name ends with
	labelHook        = "io.bayplan.hook"       // containers of hooks: which one
	labelVault       = "io.bayplan.vault"      // keepers: the vault that they hold open
	labelVolume      = "io.bayplan.volume"     // markers of data: the volume
	labelData        = "io.bayplan.data"       // them, and data volumes: JSON of what the data is
)

const (
	kindVolume = "volume"
	kindHook   = "hook"
	kindMarker = "marker"
	kindVault  = "vault"
	kindKeeper = "keeper"
	kindTools  = "tools"
)

// scopeFilter selects the objects of a scope.
func scopeFilter(s topology.Scope) filters.Args {
	return filters.NewArgs(
		filters.Arg("label", labelProject+"="+s.Project),
		filters.Arg("label", labelEnvironment+"="+s.Environment),
	)
}

// isOurs reports whether labels are those of an object of the scope.
func isOurs(labels map[string]string, s topology.Scope) bool {
	return labels[labelProject] == s.Project && labels[labelEnvironment] == s.Environment
}

// scopeLabels are those that every object of a scope has.
func scopeLabels(s topology.Scope, kind string, owner topology.Address) map[string]string {
	return map[string]string{
		labelProject: s.Project, labelEnvironment: s.Environment,
		labelKind: kind, labelName: owner.Name, labelOwner: owner.String(),
	}
}

func instanceLabels(s topology.Scope, c plan.Container) (map[string]string, error) {
	declared, err := json.Marshal(c.Declared)
	if err != nil {
		return nil, fmt.Errorf("label %s: %w", labelDeclared, err)
	}
	labels := maps.Clone(c.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	maps.Copy(labels, scopeLabels(s, string(c.Address.Kind), c.Address))
	if c.Hook != "" {
		labels[labelKind], labels[labelHook] = kindHook, string(c.Hook)
	}
	if c.Keeper != "" {
		labels[labelKind], labels[labelVault] = kindKeeper, c.Keeper
	}
	labels[labelSpec] = c.Hash
	labels[labelDeclared] = string(declared)
	if c.KeyID != "" {
		labels[labelKey] = c.KeyID
	}
	return labels, nil
}

// hookOf reads the container of a hook.
func hookOf(c listed) (topology.LiveHook, error) {
	h := topology.LiveHook{ID: c.ID, Hook: topology.Hook(c.Labels[labelHook])}
	for _, name := range c.Names {
		h.Name = strings.TrimPrefix(name, "/")
	}
	l := labelReader{labels: c.Labels}
	l.owner(&h.Address)
	return h, l.wrap("container", h.Name)
}

func networkLabels(s topology.Scope, n topology.Network) (map[string]string, error) {
	declared, err := json.Marshal(n.Declared)
	if err != nil {
		return nil, fmt.Errorf("label %s: %w", labelDeclared, err)
	}
	labels := scopeLabels(s, string(n.Kind), n.Owner)
	labels[labelReference] = n.Key
	labels[labelTarget] = n.Target.String()
	labels[labelHost] = n.Host
	labels[labelDeclared] = string(declared)
	return labels, nil
}

func networkOf(id, name string, labels map[string]string) (topology.Network, error) {
	n := topology.Network{
		ID: id, Name: name, Kind: topology.NetworkKind(labels[labelKind]),
		Key: labels[labelReference], Host: labels[labelHost],
	}
	l := labelReader{labels: labels}
	l.address(labelOwner, &n.Owner)
	l.address(labelTarget, &n.Target)
	l.json(labelDeclared, &n.Declared)
	return n, l.wrap("network", name)
}

func volumeLabels(s topology.Scope, v topology.LiveVolume) (map[string]string, error) {
	kept := v.Declared
	kept.DriverOpts = nil // the engine has them, and there may be a password among them
	declared, err := json.Marshal(kept)
	if err != nil {
		return nil, fmt.Errorf("label %s: %w", labelDeclared, err)
	}
	labels := maps.Clone(v.Declared.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	maps.Copy(labels, scopeLabels(s, kindVolume, v.Address))
	labels[labelDeclared] = string(declared)
	if v.KeyID != "" {
		labels[labelKey] = v.KeyID
	}
	return labels, withData(labels, v.Data)
}

// withData adds what is known of data.
func withData(labels map[string]string, d topology.Data) error {
	if d == (topology.Data{}) {
		return nil
	}
	text, err := json.Marshal(d)
	labels[labelData] = string(text)
	return err
}

func volumeOf(found *volume.Volume) (topology.LiveVolume, error) {
	v := topology.LiveVolume{Name: found.Name, KeyID: found.Labels[labelKey]}
	l := labelReader{labels: found.Labels}
	l.owner(&v.Address)
	l.json(labelDeclared, &v.Declared)
	l.json(labelData, &v.Data)
	if !maps.Equal(found.Options, spared) {
		v.Declared.DriverOpts = found.Options
	}
	return v, l.wrap("volume", found.Name)
}

func markerLabels(s topology.Scope, m topology.Marker) (map[string]string, error) {
	labels := scopeLabels(s, kindMarker, m.Address)
	labels[labelGeneration] = strconv.Itoa(m.Generation)
	labels[labelTarget] = m.Target.String()
	if m.Volume != "" {
		labels[labelVolume] = m.Volume
	}
	return labels, withData(labels, m.Data)
}

func markerOf(f *volume.Volume) (topology.Marker, error) {
	m := topology.Marker{Name: f.Name, Volume: f.Labels[labelVolume]}
	l := labelReader{labels: f.Labels}
	l.owner(&m.Address)
	l.address(labelTarget, &m.Target)
	l.json(labelGeneration, &m.Generation)
	l.json(labelData, &m.Data)
	return m, l.wrap("volume", f.Name)
}

// labelReader decodes labels and keeps the first error.
type labelReader struct {
	labels map[string]string
	err    error
}

func (l *labelReader) address(label string, into *topology.Address) {
	l.keep(label, into.UnmarshalText([]byte(l.labels[label])))
}

// owner reads whom the object belongs to, which is somebody.
func (l *labelReader) owner(into *topology.Address) {
	var err error
	*into, err = topology.ParseAddress(l.labels[labelOwner])
	l.keep(labelOwner, err)
}

func (l *labelReader) json(label string, into any) {
	if text := l.labels[label]; text != "" {
		l.keep(label, json.Unmarshal([]byte(text), into))
	}
}

func (l *labelReader) keep(label string, err error) {
	if err != nil && l.err == nil {
		l.err = fmt.Errorf("label %s: %w", label, err)
	}
}

func (l *labelReader) wrap(kind, name string) error {
	if l.err == nil {
		return nil
	}
	return fmt.Errorf("%s %q: %w", kind, name, l.err)
}
