package topology

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// capabilities are the names of what a process of Linux may do beyond nothing,
// as capabilities(7) has them, without their prefix CAP_.
var capabilities = []string{
	"AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "CHOWN",
	"DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE",
	"LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST",
	"NET_RAW", "PERFMON", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG", "SYS_ADMIN", "SYS_BOOT",
	"SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME",
	"SYS_TTY_CONFIG", "WAKE_ALARM",
}

// confinement checks what a workload may do beyond nothing.
func (c *check) confinement(w Workload) {
	for _, name := range w.Capabilities {
		switch {
		case slices.Contains(capabilities, name):
		case name == "ALL":
			c.addHint("capabilities", "", errors.New("ALL would be as good as no container at all"), "Name those that it needs.")
		default:
			c.addHint("capabilities", "", fmt.Errorf("%q is no capability of Linux", name), "Say "+likeliest(name)+", or another of capabilities(7), without CAP_.")
		}
	}
	for _, option := range w.SecurityOpt {
		c.securityOption(option)
	}
}

func (c *check) securityOption(option string) {
	name, value, _ := strings.Cut(option, "=")
	switch {
	case strings.HasPrefix(name, "no-new-privileges"):
		c.addHint("security_opt", "", fmt.Errorf("%s is not to be said: it always holds", name), "Leave it out.")
	case name == "seccomp" && value != "unconfined" && !strings.HasPrefix(strings.TrimSpace(value), "{"):
		c.addHint("security_opt", "", fmt.Errorf("%q is no profile of seccomp, which is JSON", value),
			`Give what is in the file: "seccomp=${file("profile.json")}".`)
	case (name != "apparmor" && name != "seccomp" && name != "label") || value == "":
		c.addHint("security_opt", "", fmt.Errorf("%q is no security option", option), `Say such as "apparmor=PROFILE", "seccomp=${file("profile.json")}" or "label=type:TYPE".`)
	}
}

// likeliest returns the capability whose name is nearest to one that is none.
func likeliest(name string) string {
	name = strings.TrimPrefix(strings.ToUpper(strings.ReplaceAll(name, "-", "_")), "CAP_")
	return slices.MinFunc(capabilities, func(a, b string) int { return distance(name, a) - distance(name, b) })
}

// distance is how many letters have to be put in, taken out or replaced to make
// one word of another (Levenshtein).
func distance(from, to string) int {
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(from) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(to) {
			above := row[j+1]
			row[j+1] = min(row[j]+1, above+1, diagonal+1)
			if from[i] == to[j] {
				row[j+1] = diagonal
			}
			diagonal = above
		}
	}
	return row[len(to)]
}
