package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client/sandbox"
)

// TestNobodyNeedsToAsk: nodes and deliveries come on their own, one after the
// other, in order, and the observer hears of each.
func TestNobodyNeedsToAsk(t *testing.T) {
	var heard []string
	hear := func(m sandbox.Message) {
		heard = append(heard, fmt.Sprintf("%s %s %s %s %s", time.Now().UTC().Format("04:05"), m.OrderID, m.Channel, m.State, m.DoneAt.UTC().Format("04:05")))
	}
	inBubble(t, sandbox.Config{DeliveryDelay: 10 * time.Second, OnMessage: hear}, func(t *testing.T, b bundle) {
		r := b.flow(t, node(30, notVerified, "call"))
		r.OrderID = "a"
		b.sent(t, r)
		time.Sleep(5 * time.Second)
		r.OrderID, r.FlowID = "b", 0
		b.sent(t, r)
		time.Sleep(time.Hour)
		synctest.Wait()
		want := []string{
			"00:00 a sms sending 00:10", "00:05 b sms sending 00:15",
			"00:10 a sms sent 00:10", "00:15 b sms sent 00:15",
			"00:30 a call sending 00:40", "00:40 a call sent 00:40",
		}
		if diff := cmp.Diff(want, heard); diff != "" {
			t.Error(diff)
		}
	})
}

// TestObserverIsToldInOrder, one message at a time, though many send at once;
// it may ask the sandbox meanwhile.
func TestObserverIsToldInOrder(t *testing.T) {
	var box *sandbox.Sandbox
	var heard []string
	hear := func(m sandbox.Message) {
		heard = append(heard, m.VerificationID)
		if n := box.Stats().Accepted; n < int64(len(heard)) || len(box.Inbox()) == 0 || len(box.Sends(m.OrderID)) == 0 {
			panic("a message that the sandbox does not know")
		}
	}
	box = sandbox.New(sandbox.Config{OnMessage: hear})
	done := make(chan struct{})
	for i := range 8 {
		go func() {
			defer func() { done <- struct{}{} }()
			for range 50 {
				body := fmt.Sprintf(`{"appId":"app1","code":"1234","to":"8613800138000","orderId":"o-%d"}`, i)
				if got := status(t, box.Handler(), post, "/otp/verification/sendRule", body); got != "0" {
					t.Error(got)
				}
			}
		}()
	}
	for range 8 {
		<-done
	}
	if len(heard) != 400 || !slices.IsSorted(heard) {
		t.Errorf("%d messages, sorted: %v", len(heard), slices.IsSorted(heard))
	}
}

// TestCloseStopsTheClockwork: nothing happens between Close and Serve, and
// what was due then happens at once.
func TestCloseStopsTheClockwork(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		b.sent(t, b.flow(t, node(30, notVerified, "call"), node(30, notVerified, "sms")))
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if got := status(t, b.Handler(), get, "/otp/flow/list", ""); got != "0" {
			t.Error(got)
		}
		time.Sleep(40 * time.Second)
		synctest.Wait()
		if n := len(b.Inbox()); n != 1 {
			t.Errorf("%d messages after Close", n)
		}
		serve := func() {
			l := sandbox.Pipe()
			go func() { _ = b.Serve(l) }()
			synctest.Wait()
		}
		serve()
		if got := b.inbox(); len(got) != 2 || !strings.HasPrefix(got[1], "00:30 call#1") {
			t.Errorf("after Serve: %q", got)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		serve() // before the next node is due
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if got := b.inbox(); len(got) != 3 || !strings.HasPrefix(got[2], "01:00 sms") {
			t.Errorf("later: %q", got)
		}
	})
}

// TestCloseWaitsForTheObserver that a timer called.
func TestCloseWaitsForTheObserver(t *testing.T) {
	told := false
	hear := func(m sandbox.Message) {
		if m.State == sandbox.StateSent {
			time.Sleep(time.Second)
			told = true
		}
	}
	inBubble(t, sandbox.Config{DeliveryDelay: time.Second, OnMessage: hear}, func(t *testing.T, b bundle) {
		b.send("o", phone)
		time.Sleep(1500 * time.Millisecond) // in the middle of it
		if err := b.Close(); err != nil || !told {
			t.Errorf("Close returned too early, %v", err)
		}
	})
}
