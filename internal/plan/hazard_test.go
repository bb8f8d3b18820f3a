package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/bayplan/terraform-provider-bayplan/internal/plan"
	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// What makes instances of an image that the lock file has not is a hazard;
// what makes none is not, nor is anything where there is no lock file.
func TestUnlockedImage(t *testing.T) {
	web := topology.Address{Kind: topology.KindApp, Name: "web"}
	locked, unlocked := map[topology.Address]bool{web: true}, map[topology.Address]bool{web: false}
	for name, tt := range map[string]struct {
		before, after string
		locked        map[topology.Address]bool
		want          string
	}{
		"made":              {after: "app web image=web:1", locked: unlocked, want: "web:1@sha256:web:1"},
		"replaced":          {before: "app web image=web:1", after: "app web image=web:1 env.A=1", locked: unlocked, want: "web:1@sha256:web:1"},
		"one more":          {before: "app web image=web:1", after: "app web image=web:1 replicas=2", locked: unlocked, want: "web:1@sha256:web:1"},
		"changed live":      {before: "app web image=web:1", after: "app web image=web:1 memory=32m", locked: unlocked},
		"locked":            {after: "app web image=web:1", locked: locked},
		"without lock file": {after: "app web image=web:1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &story{world: newWorld()}
			s.told(t, tt.before)
			s.apply(t, options{}, s.order...)
			s.told(t, tt.after)
			in := s.input(t, options{}, web)
			in.Locked = tt.locked
			p, err := plan.Make(in)
			if err != nil {
				t.Fatal(err)
			}
			change := p.Changes[0]
			if got := change.Impact.Unlocked; got != tt.want || change.Action == plan.ActionNone {
				t.Errorf("got %q, want %q, of\n%s", got, tt.want, p)
			}
			if said := strings.Contains(change.Impact.String(), "takes "+tt.want); tt.want != "" && !said {
				t.Errorf("the impact is %q", change.Impact)
			}
			if slices.Contains(change.Hazards(false), plan.HazardUnlocked) != (tt.want != "") {
				t.Errorf("hazards %v", change.Hazards(false))
			}
		})
	}
}

// A digest that differs under the same name differs because of the lock file,
// where that has the image.
func TestCauseOfALock(t *testing.T) {
	s := &story{world: newWorld()}
	s.told(t, "app web image=web:1")
	s.apply(t, options{}, s.order...)
	web := s.order[0]
	s.outOfBand(t, []string{"retag", "web:1", "sha256:another"})
	s.told(t, "app web image=web:1")
	in := s.input(t, options{}, web)
	for kind, locked := range map[plan.CauseKind]map[topology.Address]bool{
		plan.CauseLock: {web: true}, plan.CauseTag: {web: false},
	} {
		in.Locked = locked
		p, err := plan.Make(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := in.Cause(p.Changes[0], p.Changes[0].Fields[0]).Kind; got != kind {
			t.Errorf("locked %v: the cause is %q, want %q", locked, got, kind)
		}
	}
}

// Who runs as root is told when they come to, and not again.
func TestRoot(t *testing.T) {
	web := topology.Address{Kind: topology.KindApp, Name: "web"}
	for name, tt := range map[string]struct {
		before, after string
		user          bool // the image has one
		want          bool
	}{
		"made":              {after: "app web image=web:1", want: true},
		"made of an image":  {after: "app web image=web:1", user: true},
		"made as a user":    {after: "app web image=web:1 user=1000"},
		"made as root":      {after: "app web image=web:1 user=0:1000", user: true, want: true},
		"another variable":  {before: "app web image=web:1", after: "app web image=web:1 env.A=1"},
		"another image":     {before: "app web image=web:1", after: "app web image=web:2", want: true},
		"no user any more":  {before: "app web image=web:1 user=1000", after: "app web image=web:1", want: true},
		"a user from now":   {before: "app web image=web:1", after: "app web image=web:1 user=1000"},
		"changed live":      {before: "app web image=web:1", after: "app web image=web:1 memory=32m"},
		"a type has a user": {after: "service web type=redis:7"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &story{world: newWorld()}
			s.told(t, tt.before)
			s.apply(t, options{}, s.order...)
			s.told(t, tt.after)
			in := s.input(t, options{}, s.order...)
			in.Root = map[topology.Address]bool{web: !tt.user}
			p, err := plan.Make(in)
			if err != nil {
				t.Fatal(err)
			}
			hazards := p.Changes[0].Hazards(false)
			if slices.Contains(hazards, plan.HazardRoot) != tt.want {
				t.Errorf("hazards %v of\n%s", hazards, p)
			}
		})
	}
}

// Data that a later version makes its own is a hazard where instances are made;
// what the data is of is read off the one that was there, whatever it is called.
func TestConvertsData(t *testing.T) {
	db := topology.Address{Kind: topology.KindService, Name: "db"}
	data := topology.Address{Kind: topology.KindVolume, Name: "files"}
	for name, tt := range map[string]struct{ before, after, want string }{
		"a later version":      {"service db type=redis:7.0", "service db type=redis:7.2", "shop-default-db.data from redis:7.0 to redis:7.2"},
		"on a declared volume": {"volume files\nservice db type=redis:7.0 mounts./data=volume:files", "volume files\nservice db type=redis:7.2 mounts./data=volume:files", "shop-default-files from redis:7.0 to redis:7.2"},
		"an earlier one":       {"service db type=redis:7.2", "service db type=redis:7.0 allow_downgrade", "shop-default-db.data from redis:7.2 to redis:7.0"},
		"other data":           {"volume files\nservice db type=redis:7.0", "volume files\nservice db type=redis:7.2 mounts./data=volume:files", ""},
		"no data":              {"service db type=memcached:1.5", "service db type=memcached:1.6", ""},
		"the same":             {"service db type=redis:7.0", "service db type=redis:7.0 env.A=1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := &story{world: newWorld()}
			s.told(t, tt.before)
			s.apply(t, options{}, s.order...)
			s.told(t, tt.after)
			p, err := plan.Make(s.input(t, options{}, data, db))
			if err != nil {
				t.Fatal(err)
			}
			change := p.Changes[len(p.Changes)-1]
			if change.Address != db || change.Impact.Converts != tt.want {
				t.Errorf("%s: got %q; want %q", change.Address, change.Impact.Converts, tt.want)
			}
			if got := plan.ReadImpact(change.Impact.String()).Converts; got != tt.want {
				t.Errorf("what Terraform shows is read as %q", got)
			}
			if slices.Contains(change.Hazards(false), plan.HazardConverts) != (tt.want != "") {
				t.Errorf("hazards %v", change.Hazards(false))
			}
		})
	}
}

// A volume that is a directory of the host is a hazard where that gives power
// over the host, when it is made.
func TestHostAccess(t *testing.T) {
	for device, want := range map[string]bool{
		"/": true, "/etc": true, "/etc/": true, "/var/run": true, "/run": true, "/var": true, "/var/lib/docker": true, "/var/lib/docker/volumes": true,
		"/var/run/docker.sock": true, "/run/user/1000/podman.sock": true, "/srv/../etc": true, "/proc/1": true,
		"/etc/cron.d": true, "/etc/shadow": true, "/root/.ssh": true, "/usr/local/bin": true, "/run/systemd": true, "/var/spool/cron": true,
		"/home": true, "/home/me": true, "/lib64": true, "/var/lib/kubelet/pods": true, "etc": true, "//etc": true,
		"/srv/data": false, "/tmp/data": false, "/opt/data": false, "/var/lib/postgresql": false, "/variety": false, "/homes": false, "tmpfs": false,
	} {
		exposed(t, device, "driver_opts.type=none driver_opts.o=bind driver_opts.device="+device, want)
	}
	for options, want := range map[string]bool{
		"type=ext4 driver_opts.device=/dev/sda1":                                                       true,
		"type=overlay driver_opts.device=overlay driver_opts.o=lowerdir=/srv/a:/etc,workdir=/w":        true,
		"type=overlay driver_opts.device=overlay driver_opts.o=lowerdir=/a,upperdir=/root,workdir=/w":  true,
		"type=overlay driver_opts.device=overlay driver_opts.o=lowerdir=/a,upperdir=/srv/b,workdir=/w": false,
		"type=proc driver_opts.device=proc":                                                            true,
		"type=sysfs driver_opts.device=none":                                                           true,
		"type=devtmpfs driver_opts.device=data":                                                        true,
		"type=cgroup driver_opts.device=cgroup driver_opts.o=devices":                                  true,
		"type=debugfs driver_opts.device=x":                                                            true,
		"type=nfs driver_opts.o=addr=files driver_opts.device=:/etc":                                   false,
		"type=tmpfs driver_opts.o=size=1m driver_opts.device=tmpfs":                                    false,
	} {
		exposed(t, options, "driver_opts."+options, want)
	}
}

// exposed makes a volume of such options and checks whether that is a hazard.
func exposed(t *testing.T, what, driver string, want bool) {
	t.Helper()
	data := topology.Address{Kind: topology.KindVolume, Name: "data"}
	w := newWorld()
	w.want(t, declare(t, "volume data "+driver))
	p, err := w.plan(t, options{}, data)
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Contains(p.Changes[0].Hazards(false), plan.HazardHost); got != want {
		t.Errorf("%s: hazards %v", what, p.Changes[0].Hazards(false))
	}
	if read := plan.ReadImpact(p.Changes[0].Impact.String()); read.Host != p.Changes[0].Impact.Host {
		t.Errorf("%s: read as %q of %q", what, read.Host, p.Changes[0].Impact)
	}
	w.apply(t, options{}, data)
	w.settled(t)
}
