package acceptance

import (
	"strings"
	"testing"
)

// A database that gets another name keeps its rows, and its consumers go on under
// the new name without a request that fails.
func TestTrafficFollowsARenamedDatabase(t *testing.T) {
	t.Parallel()
	for name, byTerraform := range map[string]bool{"bayplan": false, "terraform": true} {
		if byTerraform && !exhaustive {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLedger(t)
			l.byTerraform = byTerraform
			l.start()
			l.label, l.db = "database", `renamed_from = "db"`
			l.configure()
			told, before := l.told(), l.load.so()
			if db, app := told["service.database"], told["app.ledger"]; db.Replace != 1 || app.Replace != 2 || len(told) != 2 {
				t.Errorf("the plan says %+v", told)
			}
			l.applies()
			for _, object := range l.objects() {
				if strings.HasPrefix(object, "container "+l.project+"-default-db-") {
					t.Errorf("%s is left", object)
				}
			}
			l.load.await(t, before.requests+2*ledgerRate)
			l.kept(l.served(0))
		})
	}
}
