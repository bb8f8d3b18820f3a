package main_test

import data.main
import rego.v1

hazard(name, seconds) := {
	"hazards": [{"hazard": name, "address": "app.web", "reason": "so", "seconds": seconds}],
	"changes": [],
	"refused": [],
}

test_nothing if {
	count(main.deny) == 0 with input as {"hazards": [], "changes": [], "refused": []}
}

test_data if {
	main.deny == {"app.web deletes data: so"} with input as hazard("deletes-data", 0)
}

test_downtime if {
	main.deny == {"app.web is down for up to about 31 seconds: so"} with input as hazard("downtime", 31)
	count(main.deny) == 0 with input as hazard("downtime", 30)
}

test_unknown_downtime if {
	unknown := {"hazards": [{"hazard": "downtime", "address": "app.web", "reason": "so"}], "changes": [], "refused": []}
	main.deny == {"app.web is down, and nobody knows for how long: so"} with input as unknown
}

test_ports if {
	open := {"hazards": [], "refused": [], "changes": [{
		"address": "app.web",
		"section": "changes",
		"fields": [{"field": "ports", "old": null, "new": ["8080:80", "0.0.0.0:80:80", "[::]:80:80"]}],
	}]}
	count(main.deny) == 2 with input as open
}

test_refused if {
	main.deny == {"the plan is refused: so"} with input as {"hazards": [], "changes": [], "refused": ["so"]}
}

test_drift if {
	drifted := {"hazards": [], "refused": [], "changes": [{"address": "app.web", "section": "drift", "fields": []}]}
	main.warn == {"app.web is not as it was applied"} with input as drifted
}
