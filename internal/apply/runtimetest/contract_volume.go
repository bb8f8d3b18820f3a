package runtimetest

import (
	"strings"

	"github.com/bayplan/terraform-provider-bayplan/internal/apply"
	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

var imagePromises = []promise{
	{"an image on the engine resolves to its digest", func(b *bench) {
		image, err := b.rt.ResolveImage(b.ctx, b.image)
		if err != nil || image.Digest != b.digest || !image.Local {
			b.Errorf("image %q resolves to %+v, %v; want %s", b.image, image, err, b.digest)
		}
	}},
	{"images are of the engine's platform", func(b *bench) {
		if platform, err := b.rt.Platform(b.ctx); err != nil || !strings.HasPrefix(platform, "linux/") {
			b.Errorf("the platform is %q, %v", platform, err)
		}
	}},
	{"an image that is there is ensured again, with a digest and without", func(b *bench) {
		b.twice(plan.EnsureImage{Image: b.image, Digest: b.digest})
		b.twice(plan.EnsureImage{Image: b.image})
	}},
	{"an image that is there is not pulled", func(b *bench) {
		pulled := func(p apply.Pulled) { b.Errorf("pulled %d of %d bytes", p.Done, p.Total) }
		if err := b.rt.Perform(b.ctx, b.scope, plan.EnsureImage{Image: b.image, Digest: b.digest}, pulled); err != nil {
			b.Error(err)
		}
	}},
	{"an image of another digest is refused", func(b *bench) {
		b.fails(plan.EnsureImage{Image: b.image, Digest: "sha256:" + zeros})
	}},
	{"an image that is nowhere is an error", func(b *bench) {
		const nowhere = "bayplan.invalid/none:1"
		if image, err := b.rt.ResolveImage(b.ctx, nowhere); err == nil {
			b.Errorf("resolved to %+v", image)
		}
		b.fails(plan.EnsureImage{Image: nowhere})
		b.twice(plan.EnsureImage{Image: b.image, Digest: b.digest, Never: true})
	}},
	{"the probe is ensured and belongs to no scope", func(b *bench) {
		b.twice(plan.EnsureProbe{Image: b.image})
		b.same("live", b.live(), topology.Live{Scope: b.scope})
	}},
}

const zeros = "0000000000000000000000000000000000000000000000000000000000000000"

var volumePromises = []promise{
	{"a volume reads back as it was made", volumeReadsBack},
	{"a volume that is ours is kept", volumeIsKept},
	{"a volume of another address is refused", func(b *bench) {
		b.do(plan.CreateVolume{Volume: dataVolume(b.scope)})
		v := dataVolume(b.scope)
		v.Address = db
		b.fails(plan.CreateVolume{Volume: v})
	}},
	{"a volume in use is not removed", volumeInUse},
	{"a volume that is not there is removed", func(b *bench) {
		b.twice(plan.RemoveVolume{Name: b.scope.VolumeName("none")})
	}},
}

var markerPromises = []promise{
	{"a marker reads back as it was made and is no volume", markerReadsBack},
	{"a marker with another target is refused", func(b *bench) {
		m := marker(b.scope, 2)
		b.do(plan.Mark{Marker: m})
		other := m
		other.Target = web
		b.fails(plan.Mark{Marker: other})
		b.same("markers", b.live().Markers, []topology.Marker{m})
	}},
	{"a marker of data reads back as it was made, among those of data", dataMarkerReadsBack},
	{"a marker that is not there is removed", func(b *bench) {
		b.twice(plan.Unmark{Name: marker(b.scope, 9).Name})
	}},
}

func dataVolume(s topology.Scope) topology.LiveVolume {
	return topology.LiveVolume{
		Name: s.VolumeName("data"), Address: topology.Address{Kind: topology.KindVolume, Name: "data"},
		Declared: topology.Volume{
			Name: "data", Driver: "local", Shared: true, OnDestroy: topology.OnDestroyRetain,
			Labels: map[string]string{"team": "shop"},
		},
	}
}

func marker(s topology.Scope, generation int) topology.Marker {
	a := topology.Address{Kind: topology.KindRelationship, Name: "db"}
	return topology.Marker{Name: s.MarkerName(a, generation), Address: a, Generation: generation, Target: db}
}

func volumeReadsBack(b *bench) {
	managed := topology.LiveVolume{
		Name: b.scope.DataVolumeName("db"), Address: db,
		Declared: topology.Volume{Name: "db-data", OnDestroy: topology.OnDestroyRetain},
		Data:     topology.Data{Type: "postgresql:15", CredentialsVersion: 2},
	}
	mounted := dataVolume(b.scope)
	mounted.Name, mounted.Address.Name, mounted.Declared.Name = b.scope.VolumeName("tmp"), "tmp", "tmp"
	mounted.Declared.DriverOpts = map[string]string{"type": "tmpfs", "device": "tmpfs", "o": "size=1m"}
	for _, v := range []topology.LiveVolume{managed, dataVolume(b.scope), mounted} {
		b.twice(plan.CreateVolume{Volume: v})
		live, _ := b.live().Volume(v.Name)
		b.same("volume "+v.Name, live, v)
	}
	b.sorted()
	for _, v := range b.live().Volumes {
		b.twice(plan.RemoveVolume{Name: v.Name})
	}
	b.same("volumes", b.live().Volumes, []topology.LiveVolume(nil))
}

func volumeIsKept(b *bench) {
	v := dataVolume(b.scope)
	b.do(plan.CreateVolume{Volume: v})
	other := v
	other.Declared.Labels = map[string]string{"team": "another"}
	b.do(plan.CreateVolume{Volume: other})
	b.same("volumes", b.live().Volumes, []topology.LiveVolume{v})
}

func volumeInUse(b *bench) {
	v := dataVolume(b.scope)
	b.do(plan.CreateVolume{Volume: v})
	c := b.container(b.workload())
	c.Mounts = []plan.ContainerMount{{Path: "/data", Volume: v.Name}}
	name := b.scope.InstanceName(web, 1, 1)
	b.do(plan.CreateInstance{Name: name, Container: c})
	b.fails(plan.RemoveVolume{Name: v.Name})
	b.do(plan.StartInstance{Name: name})
	b.fails(plan.RemoveVolume{Name: v.Name})
	b.do(plan.RemoveInstance{Name: name})
	b.same("volumes after their user is gone", b.live().Volumes, []topology.LiveVolume{v})
	b.do(plan.RemoveVolume{Name: v.Name})
}

func markerReadsBack(b *bench) {
	second, third := marker(b.scope, 2), marker(b.scope, 3)
	third.Target = topology.Address{}
	b.twice(plan.Mark{Marker: third})
	b.twice(plan.Mark{Marker: second})
	b.same("markers", b.live().Markers, []topology.Marker{second, third})
	b.same("volumes", b.live().Volumes, []topology.LiveVolume(nil))
	if found, ok := b.live().MarkerOf(second.Address); !ok || found != third {
		b.Errorf("the marker that counts is %+v", found)
	}
	b.twice(plan.Unmark{Name: third.Name})
	b.same("markers", b.live().Markers, []topology.Marker{second})
}

func dataMarkerReadsBack(b *bench) {
	v := dataVolume(b.scope)
	b.do(plan.CreateVolume{Volume: v})
	m := topology.Marker{
		Name: b.scope.DataMarkerName(v.Name, 1), Address: db, Generation: 1, Volume: v.Name, Data: topology.Data{Type: "redis:7.2"},
	}
	b.twice(plan.Mark{Marker: m})
	other := m
	other.Data.Type = "redis:8"
	b.fails(plan.Mark{Marker: other})
	b.same("markers of data", b.live().Written, []topology.Marker{m})
	b.same("markers", b.live().Markers, []topology.Marker(nil))
	if data, generation := b.live().DataIn(v.Name); data != m.Data || generation != 1 {
		b.Errorf("the data is %+v of generation %d", data, generation)
	}
	b.twice(plan.Unmark{Name: m.Name})
	b.same("markers of data", b.live().Written, []topology.Marker(nil))
}
