package engine

import (
	"cmp"
	"slices"
	"time"

	api "github.com/docker/docker/api/types/volume"
)

// volume is a volume and its files, by their path in it.
type volume struct {
	api.Volume
	files map[string][]byte
}

func (e *Engine) volume(name string) (*volume, error) {
	if v := e.volumes[name]; v != nil {
		return v, nil
	}
	return nil, missing("get %s: no such volume", name)
}

func (e *Engine) listVolumes(r request) (answer, error) {
	f, err := r.filters("label", "name")
	if err != nil {
		return answer{}, err
	}
	out := api.ListResponse{Volumes: []*api.Volume{}}
	for _, v := range e.volumes {
		if matches(v.Labels, f.Get("label")) && f.Match("name", v.Name) {
			shown := v.Volume
			out.Volumes = append(out.Volumes, &shown)
		}
	}
	slices.SortFunc(out.Volumes, func(a, b *api.Volume) int { return cmp.Compare(a.Name, b.Name) })
	return found(out), nil
}

// createVolume answers with the volume of that name if there is one, whatever
// its labels.
func (e *Engine) createVolume(r request) (answer, error) {
	var options api.CreateOptions
	if err := r.into(&options); err != nil {
		return answer{}, err
	}
	return made(e.addVolume(options).Volume), nil
}

func (e *Engine) addVolume(options api.CreateOptions) *volume {
	name := cmp.Or(options.Name, e.newID())
	v := e.volumes[name]
	if v == nil {
		v = &volume{Volume: api.Volume{
			Name: name, Driver: cmp.Or(options.Driver, "local"), Labels: options.Labels, Options: options.DriverOpts,
			Scope: "local", Mountpoint: "/var/lib/docker/volumes/" + name + "/_data", CreatedAt: time.Now().Format(time.RFC3339),
		}, files: map[string][]byte{}}
		e.volumes[name] = v
	}
	return v
}

func (e *Engine) inspectVolume(r request) (answer, error) {
	v, err := e.volume(r.PathValue("name"))
	if err != nil {
		return answer{}, err
	}
	return found(v.Volume), nil
}

func (e *Engine) removeVolume(r request) (answer, error) {
	v, err := e.volume(r.PathValue("name"))
	if err != nil {
		return answer{}, err
	}
	var users []string
	for _, c := range e.containers {
		if slices.ContainsFunc(c.mounts(), func(m mounted) bool { return m.volume == v.Name }) {
			users = append(users, c.id)
		}
	}
	if len(users) > 0 {
		return answer{}, conflict("remove %s: volume is in use - %v", v.Name, users)
	}
	delete(e.volumes, v.Name)
	return done, nil
}
