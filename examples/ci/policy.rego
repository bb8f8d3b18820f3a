# What a change may not do, as an example. It reads what "bayplan review --format
# json" writes:
#
#     bayplan review --out review.json
#     conftest test --policy policy.rego review.json
#     opa eval --fail-defined --data policy.rego --input review.json 'data.main.deny[_]'
package main

import rego.v1

# The longest downtime, in seconds, that nobody is asked about.
longest := 30

deny contains sprintf("%s deletes data: %s", [h.address, h.reason]) if {
	some h in input.hazards
	h.hazard == "deletes-data"
}

deny contains sprintf("%s is down for up to about %d seconds: %s", [h.address, h.seconds, h.reason]) if {
	some h in input.hazards
	h.hazard == "downtime"
	h.seconds > longest
}

deny contains sprintf("%s is down, and nobody knows for how long: %s", [h.address, h.reason]) if {
	some h in input.hazards
	h.hazard == "downtime"
	not h.seconds
}

deny contains sprintf("%s takes an image that is not locked", [h.address]) if {
	some h in input.hazards
	h.hazard == "unlocked-image"
}

deny contains sprintf("%s publishes %s on all interfaces", [c.address, port]) if {
	some c in input.changes
	some f in c.fields
	f.field == "ports"
	some port in f.new
	regex.match(`^(0\.0\.0\.0|\[::\]):`, port)
}

deny contains sprintf("the plan is refused: %s", [reason]) if {
	some reason in input.refused
}

warn contains sprintf("%s is not as it was applied", [c.address]) if {
	some c in input.changes
	c.section == "drift"
}
