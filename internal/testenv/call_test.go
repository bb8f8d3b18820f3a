package testenv

import "testing"

func TestNormalise(t *testing.T) {
	for path, want := range map[string]string{
		"/_ping":                             "/_ping",
		"/containers/json":                   "/containers/json",
		"/containers/create":                 "/containers/create",
		"/containers/web-1/json":             "/containers/{id}/json",
		"/containers/json/json":              "/containers/{id}/json",
		"/containers/0123456789ab":           "/containers/{id}",
		"/containers/web/attach/ws":          "/containers/{id}/attach/ws",
		"/networks":                          "/networks",
		"/networks/shop/connect":             "/networks/{id}/connect",
		"/volumes/data":                      "/volumes/{id}",
		"/volumes/prune":                     "/volumes/prune",
		"/images/json":                       "/images/json",
		"/images/busybox:stable":             "/images/{id}",
		"/images/example.com/a/b:1/json":     "/images/{id}/json",
		"/images/example.com/a/b:1":          "/images/{id}",
		"/distribution/library/nginx:1/json": "/distribution/{id}/json",
		"/exec/0123/start":                   "/exec/{id}/start",
		"/services/web/update":               "/services/{id}/update",
		"/swarm/init":                        "/swarm/init",
		"/events":                            "/events",
	} {
		if got := normalise(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}
