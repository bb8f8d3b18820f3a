package topology

import (
	"iter"
	"slices"
)

// Index says where in the lists of a Live that is looked for may be, so that it is
// found without looking at all there is. What is there decides.
type Index struct {
	instances, hooks, networks, volumes, vaults, keepers, markers places
}

// places are where in a list may be what is looked for, ascending.
type places map[key][]int32

// key is what something is looked for by.
type key struct {
	by   relation
	kind Kind
	name string
}

// relation is how something has to do with what it is looked for by.
type relation int8

const (
	named   relation = iota // it has the name
	of                      // it is of the address
	within                  // it is in the network, or holds the vault open
	holding                 // it has the volume mounted
	needing                 // it was made with a relationship to the address
	leading                 // its host leads to the address, or did
)

func ofAddress(by relation, a Address) key { return key{by, a.Kind, a.Name} }

func keysOf(by relation, names []string) []key {
	out := make([]key, len(names))
	for i, name := range names {
		out[i] = key{by: by, name: name}
	}
	return out
}

// Indexed returns a Live with the same lists and an index of them. From then on
// they may be changed by its methods alone.
func (l Live) Indexed() Live {
	l.Index = &Index{
		instances: placesIn(l.Instances), hooks: placesIn(l.Hooks), networks: placesIn(l.Networks), volumes: placesIn(l.Volumes),
		vaults: placesIn(l.Vaults), keepers: placesIn(l.Keepers), markers: placesIn(l.Markers),
	}
	for _, m := range l.Markers {
		l.lead(m)
	}
	return l
}

// With returns a Live with other instances, indexed.
func (l Live) With(instances []Instance) Live {
	l.Instances = instances
	return l.Indexed()
}

// lead notes that the networks of a marker's address lead where the marker says.
func (l Live) lead(m Marker) {
	at := l.index().networks
	for _, i := range at[ofAddress(of, m.Address)] {
		at.add(i, ofAddress(leading, m.Target))
	}
}

// index returns the index of a Live, an empty one where it has none.
func (l Live) index() Index {
	if l.Index == nil {
		return Index{}
	}
	return *l.Index
}

// listed is something in a list of a Live, and tells by what it is looked for.
type listed[T any] interface {
	*T
	keys(yield func(key))
}

func placesIn[T any, L listed[T]](list []T) places {
	at := make(places, 4*len(list))
	for i := range list {
		L(&list[i]).keys(func(k key) { at.add(int32(i), k) })
	}
	return at
}

func (p places) add(i int32, k key) {
	at := p[k]
	if len(at) == 0 || at[len(at)-1] < i {
		p[k] = append(at, i)
	} else if n, known := slices.BinarySearch(at, i); !known {
		p[k] = slices.Insert(at, n, i)
	}
}

func (p places) remove(i int32, k key) {
	if n, known := slices.BinarySearch(p[k], i); known {
		p[k] = slices.Delete(p[k], n, n+1)
	}
}

// find returns what of a list is what is looked for, in its order. Any of the keys
// leads to it.
func find[T any](list []T, at places, is func(*T) bool, by ...key) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		if at == nil {
			for i := range list {
				if is(&list[i]) && !yield(&list[i]) {
					return
				}
			}
			return
		}
		for _, i := range at.among(by) {
			if is(&list[i]) && !yield(&list[i]) {
				return
			}
		}
	}
}

// among returns the places of several keys, each once.
func (p places) among(by []key) []int32 {
	if len(by) == 1 {
		return p[by[0]]
	}
	var all []int32
	for _, k := range by {
		all = append(all, p[k]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func first[T any](all iter.Seq[*T]) (one T, there bool) {
	for found := range all {
		return *found, true
	}
	return one, false
}

// put appends something to a list.
func put[T any, L listed[T]](list *[]T, at places, one T) {
	*list = append(*list, one)
	last := len(*list) - 1
	L(&(*list)[last]).keys(func(k key) { at.add(int32(last), k) })
}

// change changes what of a list has a name.
func change[T any, L listed[T]](list []T, at places, name string, to func(*T)) {
	for _, i := range slices.Clone(at[key{by: named, name: name}]) {
		one := L(&list[i])
		one.keys(func(k key) { at.remove(i, k) })
		to(&list[i])
		one.keys(func(k key) { at.add(i, k) })
	}
}

// remove leaves nothing where of a list there is what has a name, and is what is
// looked for: what comes after it stays in its place.
func remove[T any, L listed[T]](list []T, at places, name string, is func(*T) bool) {
	for _, i := range slices.Clone(at[key{by: named, name: name}]) {
		if is(&list[i]) {
			L(&list[i]).keys(func(k key) { at.remove(i, k) })
			list[i] = *new(T)
		}
	}
}
