package acceptance

import "testing"

// What holds of the command's apply holds of terraform's.
func TestTrafficMeetsNoChangeByTerraform(t *testing.T) {
	t.Parallel()
	e := newFailing(t)
	e.byTerraform = true
	e.start()
	for _, f := range rollFailures[1:3] {
		e.fails(f)
	}
	e.update(0)
	e.served(0)
}

func TestTrafficWaitsForADatabaseByTerraform(t *testing.T) {
	t.Parallel()
	l := newLedger(t)
	l.byTerraform = true
	l.start()
	l.db = `env = { TURN = "1" }`
	l.recreates("another variable")
	l.kept(l.served(0))
}
