package queue_test

import (
	"testing"
	"testing/synctest"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// A refused ack is told at once; another refused subject is not taken for one:
// a job may name a reply subject that is not ours.
func TestAckDenied(t *testing.T) {
	users := []*server.User{user("noack", "$JS.API.>", "otp.>")}
	withUsers(t, &server.Options{}, users, func(t *testing.T, as func(string, func(*queue.Config)) *queue.Queue) {
		admin := as("admin", nil)
		defer closeQueue(t, admin)
		if err := admin.Publish(t.Context(), schema.LaneBatch, job("j1")); err != nil {
			t.Fatal(err)
		}
		q := as("noack", nil)
		defer closeQueue(t, q)
		if err := q.Reply(t.Context(), "somewhere.else", result("j1"), []byte("{}")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		select {
		case <-q.AckDenied():
			t.Fatal("a refused reply was taken for a refused ack")
		default:
		}
		consumer, err := q.Consumer(t.Context(), queue.App{Lane: schema.LaneBatch, ID: "app1"})
		if err != nil {
			t.Fatal(err)
		}
		batch, err := consumer.Fetch(1)
		if err != nil {
			t.Fatal(err)
		}
		for msg := range batch.Messages() {
			_ = msg.Ack()
		}
		<-q.AckDenied()
	})
}
