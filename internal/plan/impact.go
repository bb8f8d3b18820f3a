package plan

import "github.com/bayplan/terraform-provider-bayplan/internal/topology"

// Impact is what a change costs whoever uses the address.
type Impact struct {
	Create      int                // instances made where none of the address runs
	Replace     int                // instances replaced
	Remove      int                // instances removed and not replaced
	Start       int                // stopped or unhealthy instances started again
	Because     []string           // what forces the replacement: fields, "env[A]"
	Live        []string           // fields changed on running instances
	Repair      []string           // what else is put right: "network shop-default-db"
	Down        string             // why two generations cannot run at once; "" when they can
	Hits        []topology.Address // who needs the address, sorted
	TakesOver   []string           // objects of ours found and kept, by engine name
	DeletesData []string           // engine names of volumes that are deleted
	KeepsData   []string           // engine names of volumes that stay behind
	Opens       string             // who can then reach whom, where it is more than one
}
