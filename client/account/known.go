package account

import (
	"context"
	"fmt"

	"github.com/otpworker/otpworker/client"
)

// checkApps finds new templates for apps that the account does not know: their
// making would be refused, after what comes before them was made.
func checkApps(ctx context.Context, c *client.Client, list []Template, changes []Change, f *faults) error {
	problems := map[string]string{} // "" of a known one, by its id
	for i, t := range list {
		at := fmt.Sprintf("templates[%d]", i)
		if t.AppID == "" || !creates(changes, at) {
			continue
		}
		problem, asked := problems[t.AppID]
		if !asked {
			_, err := c.AppDetails(ctx, t.AppID)
			switch {
			case isUnknownID(err):
				problem = fmt.Sprintf("the provider knows no app %s: %v", t.AppID, err)
			case err != nil:
				return fmt.Errorf("read app %s: %w", t.AppID, err)
			}
			problems[t.AppID] = problem
		}
		if problem != "" {
			f.add(at+".appId", problem)
		}
	}
	return nil
}

func creates(changes []Change, at string) bool {
	for _, c := range changes {
		if c.At == at && c.Action == Create {
			return true
		}
	}
	return false
}
