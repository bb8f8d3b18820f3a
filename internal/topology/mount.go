package topology

import "regexp"

// mountSecret is an option of a mount that is a secret or leads to one. In a
// password a comma is written twice (mount.cifs).
var mountSecret = regexp.MustCompile(`(?i)((?:^|,)\s*(?:pass|passwd|password|pass2|password2|cred|credentials)=)(?:,,|[^,])*`)

// VeilMount returns the options of a mount, separated by commas, without the
// secrets in them. Options that have none are returned as they are.
func VeilMount(options string) string { return mountSecret.ReplaceAllString(options, "${1}(hidden)") }
