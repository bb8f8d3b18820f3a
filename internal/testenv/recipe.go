package testenv

import (
	"embed"
	"fmt"
	"sort"
	"strings"

	"github.com/docker/docker/api/types/container"
)

// scripts holds, for each stand-in, files at the path they have in its image.
//
//go:embed images
var scripts embed.FS

// account is a user with a group of the same name and number.
type account struct {
	name, home string
	id         int
}

// recipe says how to make a stand-in for an official image from Debian packages.
type recipe struct {
	tag      string   // of the official image
	program  string   // package whose version is the image's
	major    string   // what that version must start with
	packages []string // where the files come from, with what they depend on
	files    []string // patterns of paths to take; each must match
	without  []string // patterns of paths to leave out of them
	account  account  // the service's user; none when its name is empty
	own      []string // directories that belong to that user
	dirs     []string // directories that belong to root
	links    map[string]string
	config   container.Config               // what the image says of how it is run
	edit     map[string]func(string) string // rewrites files of packages
}

// name is the tag without its version: also the directory below images.
func (r recipe) name() string {
	name, _, _ := strings.Cut(r.tag, ":")
	return name
}

// stepDown are the packages by which an entry point becomes the service's user,
// and in which init scripts for the official images expect to be run.
var stepDown = []string{"bash", "gosu"}

// recipes lists every stand-in.
var recipes = []recipe{busybox, caddy, mariadb, memcached, nginx, postgres, rabbitmq, redis, varnish}

// Tags returns the images that [Images] can make, sorted.
func Tags() []string {
	var tags []string
	for _, r := range recipes {
		tags = append(tags, r.tag)
	}
	sort.Strings(tags)
	return tags
}

// recipesFor returns the recipes of some tags, each once, or of all when none is
// named.
func recipesFor(tags []string) ([]recipe, error) {
	if len(tags) == 0 {
		return recipes, nil
	}
	wanted := map[string]bool{}
	for _, tag := range tags {
		wanted[tag] = true
	}
	var found []recipe
	for _, r := range recipes {
		if wanted[r.tag] {
			found = append(found, r)
			delete(wanted, r.tag)
		}
	}
	for _, tag := range tags {
		if wanted[tag] {
			return nil, fmt.Errorf("image %s: no stand-in for it; there are %s", tag, strings.Join(Tags(), ", "))
		}
	}
	return found, nil
}
