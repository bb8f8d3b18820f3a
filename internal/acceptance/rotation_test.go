package acceptance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"

	"github.com/bayplan/terraform-provider-bayplan/internal/testenv"
)

// Another version of the credentials is another password, in the data and for
// the consumers; the former one is let in no more.
func TestCredentialsAreRotated(t *testing.T) {
	t.Parallel()
	for kind, connect := range map[string]string{
		"postgresql": `PGPASSWORD=%s psql -h $IT_HOST -U $IT_USERNAME -d $IT_DATABASE -tAc "select 'in'"`,
		"mariadb":    `mariadb -h $IT_HOST -u $IT_USERNAME -p%s $IT_DATABASE -BNe "select 'in'"`,
		"rabbitmq":   `amqp-declare-queue --url="amqp://$IT_USERNAME:%s@$IT_HOST" -q in`,
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			c := serviceCases[kind]
			testenv.Image(t, c.client)
			w := newWorkspace(t)
			w.write(c.config(""))
			w.settled()
			former := w.must("client", "echo $IT_PASSWORD")
			w.must("client", c.write)
			w.write(c.config("credentials_version = 2"))
			w.settled()
			if now := w.must("client", "echo $IT_PASSWORD"); now == former {
				t.Error("the consumer has the password it had")
			}
			if got := w.must("client", fmt.Sprintf(connect, "$IT_PASSWORD")); got != "in" {
				t.Errorf("with the new password: %q", got)
			}
			if got := w.must("client", c.read); got != c.want {
				t.Errorf("the consumer reads %q; want %q", got, c.want)
			}
			if out, code := w.exec(w.only("client").ID, "sh", "-c", fmt.Sprintf(connect, former)); code == 0 {
				t.Errorf("the former password is let in: %s", out)
			}
			// It goes back as well, by the command.
			w.write(c.config(""))
			w.bayplan("apply", "--auto-approve", "--allow", "downtime")
			if now := w.must("client", "echo $IT_PASSWORD"); now != former {
				t.Error("without the version it is another password than before")
			}
			if got := w.must("client", fmt.Sprintf(connect, former)); got != "in" {
				t.Errorf("with the first password again: %q", got)
			}
			w.bayplan("destroy", "--auto-approve")
		})
	}
}

// What the data knows is not forgotten with the instance that wrote it: another
// version, and other passwords, are as if it were there. Who fails to take another
// password over is said to be locked out.
func TestDataIsKnownWithoutItsInstance(t *testing.T) {
	t.Parallel()
	testenv.Image(t, "postgres:15")
	testenv.Image(t, "busybox:stable")
	w := newWorkspace(t)
	c := serviceCases["postgresql"]
	config := func(setting, command string) string {
		return strings.Replace(c.config(setting), `["sleep", "3600"]`, command, 1)
	}
	const waits = `["sleep", "3600"]`
	w.write(config("", waits))
	w.settled()
	w.must("client", c.write)

	if err := w.engine.Docker.ContainerRemove(w.ctx(), w.only("it").ID, container.RemoveOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	w.write(strings.ReplaceAll(config(`image = "postgres:15"`, waits), "postgresql:15", "postgresql:14"))
	for what, out := range map[string]string{
		"terraform": w.fails("apply", "-auto-approve"), "bayplan": strings.Join(strings.Fields(w.bayplanRefuses("plan")), " "),
	} {
		if !strings.Contains(out, "is of postgresql:15, and postgresql:14 may not read it") {
			t.Errorf("%s says of an earlier version: %s", what, out)
		}
	}
	w.write(config("credentials_version = 2", waits))
	w.settled()
	if got := w.must("client", c.read); got != c.want {
		t.Errorf("with the second password the consumer reads %q; want %q", got, c.want)
	}

	w.write(config("credentials_version = 3", `["false"]`))
	const locked = "app.client: what runs of it has the former password of service.it, which lets it in no more"
	for what, out := range map[string]string{
		"bayplan":         w.bayplanRefuses("apply", "--auto-approve", "--allow", "downtime"),
		"terraform, then": w.fails("apply", "-auto-approve"),
	} {
		if out := strings.Join(strings.Fields(out), " "); !strings.Contains(out, locked) {
			t.Errorf("%s does not say that the consumer is locked out: %s", what, out)
		}
	}
	w.write(config("credentials_version = 3", waits))
	w.settled()
	if got := w.must("client", c.read); got != c.want {
		t.Errorf("with the third password the consumer reads %q; want %q", got, c.want)
	}
	w.destroy()
}
