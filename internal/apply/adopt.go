package apply

import (
	"context"

	"github.com/bayplan/terraform-provider-bayplan/internal/topology"
)

// Adopter is a Runtime that counts containers as instances which were not made
// for any scope. From then on, while it lasts, Observe has such a container among
// the instances of the address and steps act on it. To remove it is to stop it for
// good: the container itself stays, and its data.
type Adopter interface {
	// Adopt takes a container in, by its id or name. Adopted again, nothing changes.
	// The key is what the hash of its workload is made with. A container that is
	// not there is an error that IsNotFound reports; one that the engine removes
	// when it stops is refused.
	Adopt(ctx context.Context, scope topology.Scope, a topology.Address, container string, key topology.Key) (Adopted, error)
	// Release ends that, and changes nothing about the container.
	Release(scope topology.Scope, id string)
	// Adoptable returns the names of the containers and volumes that could be
	// adopted: those that were made for no scope, and that their stop does not
	// remove. Both are sorted.
	Adoptable(ctx context.Context) (containers, volumes []string, err error)
}

// Adopted is a container that was taken in.
type Adopted struct {
	ID, Name string
	// Unsaid is what the container has and no workload can say: an instance made in
	// its place would not have it.
	Unsaid []string
}
