package queue_test
import ("testing";"github.com/otpworker/otpworker/worker/queue")
func TestZZ(t *testing.T){ d:=t.TempDir(); a,err:=queue.StartEmbedded(queue.EmbeddedConfig{Dir:d}); if err!=nil{t.Fatal(err)}; b,err:=queue.StartEmbedded(queue.EmbeddedConfig{Dir:d}); t.Log("second start on the folder:", err); if err==nil{b.Stop()}; a.Stop() }
