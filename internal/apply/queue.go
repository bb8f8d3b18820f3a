package apply

import "container/heap"

// queue holds steps, of which the smallest comes first.
type queue []int

// first returns the first step that is still pending. It forgets those before it.
func (q *queue) first(states []state) (int, bool) {
	for len(*q) > 0 && states[(*q)[0]] != pending {
		heap.Pop(q)
	}
	if len(*q) == 0 {
		return 0, false
	}
	return (*q)[0], true
}

// Len, Less, Swap, Push and Pop make it a heap.Interface.
func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i] < q[j] }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(step any)     { *q = append(*q, step.(int)) }
func (q *queue) Pop() any {
	last := len(*q) - 1
	step := (*q)[last]
	*q = (*q)[:last]
	return step
}
