package acceptance

import (
	"fmt"
	"testing"

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
