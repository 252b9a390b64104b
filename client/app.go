package client

import (
	"context"
	"encoding/json"
)

const (
	opAddApp     = "app/add"
	opUpdateApp  = "app/update"
	opAppDetails = "app/details"
)

// AppSettings is what an account can set of an app, under the provider's names
// in JSON.
type AppSettings struct {
	// Name is required, 4 to 32 characters, unique in the account.
	Name string `json:"name"`

	// CodeExpiry is how long a code is good for, 1 to 60 minutes. 0 leaves it
	// out: the provider's default is 5.
	CodeExpiry int `json:"codeExpiry,omitempty"`

	// PeriodTotalSendLimit bounds all sends of the app; beyond it they are
	// refused with StatusTotalLimit. nil leaves it out: off by default.
	PeriodTotalSendLimit *Limit `json:"periodTotalSendLimit,omitempty"`

	// PeriodPhoneSendLimit bounds the sends to one number; beyond it they are
	// refused with StatusPhoneLimit. nil leaves it out: off by default.
	PeriodPhoneSendLimit *Limit `json:"periodPhoneSendLimit,omitempty"`
}

// App is one app of the account. There is no list of apps and no way to delete
// one.
type App struct {
	// AppID is what requests name the app by; "" if the answer to AddApp named
	// none.
	AppID string `json:"appId"`
	AppSettings

	// CreateTime is the provider's text, ISO 8601 in its example; "" if it
	// gave none.
	CreateTime string `json:"createTime,omitempty"`
}

// AddApp makes an app and returns what the provider shows of it. A name that
// is taken is refused with StatusDataExists. After an *UnknownError the app may
// exist: AddApp with the same name tells, and only the provider's console
// shows its id then (provider page: /api/otp/appAdd). The errors are those of
// SendRule.
func (c *Client) AddApp(ctx context.Context, s AppSettings) (App, error) {
	var f faults
	s.check(&f)
	if err := f.err(opAddApp); err != nil {
		return App{}, err
	}
	data, err := c.post(ctx, opAddApp, c.at("app", "add"), s)
	if err != nil {
		return App{}, err
	}
	app, _ := decodeApp(data) // it is made, however it is described
	return app, nil
}

// UpdateApp replaces all settings of an app: what s leaves out goes back to the
// provider's default, so read them with AppDetails first. After an
// *UnknownError the change may have been made; UpdateApp can be repeated
// (provider page: /api/otp/appUpdate). The errors are those of SendRule.
func (c *Client) UpdateApp(ctx context.Context, appID string, s AppSettings) (App, error) {
	var f faults
	f.appPath(appID)
	s.check(&f)
	if err := f.err(opUpdateApp); err != nil {
		return App{}, err
	}
	body := struct {
		AppID string `json:"appId"` // the page wants it here too
		AppSettings
	}{appID, s}
	data, err := c.put(ctx, opUpdateApp, c.at("app", "update", appID), body)
	if err != nil {
		return App{}, err
	}
	app, _ := decodeApp(data)
	return app, echoed(opUpdateApp, &app.AppID, appID)
}

// AppDetails reads an app. It changes nothing and can be repeated after any
// error; an answer with a setting that cannot be read is an *UnknownError
// (provider page: /api/otp/appDetails). The errors are those of SendRule.
func (c *Client) AppDetails(ctx context.Context, appID string) (App, error) {
	var f faults
	f.appPath(appID)
	if err := f.err(opAppDetails); err != nil {
		return App{}, err
	}
	data, err := c.get(ctx, opAppDetails, c.at("app", "details", appID))
	if err != nil {
		return App{}, err
	}
	app, err := decodeApp(data)
	if err != nil {
		return App{}, unreadable(opAppDetails, err)
	}
	return app, echoed(opAppDetails, &app.AppID, appID)
}

func (s AppSettings) check(f *faults) {
	f.name(s.Name)
	f.withinOrUnset("codeExpiry", int64(s.CodeExpiry), 1, 60)
	s.PeriodTotalSendLimit.check(f, "periodTotalSendLimit")
	s.PeriodPhoneSendLimit.check(f, "periodPhoneSendLimit")
}

func decodeApp(data json.RawMessage) (App, error) {
	f, err := readObject(data)
	if err != nil {
		return App{}, err
	}
	app := App{
		AppID: f.id("appId"),
		AppSettings: AppSettings{
			Name:                 f.text("name"),
			CodeExpiry:           f.integer("codeExpiry"),
			PeriodTotalSendLimit: decodeLimit(f, "periodTotalSendLimit"),
			PeriodPhoneSendLimit: decodeLimit(f, "periodPhoneSendLimit"),
		},
		CreateTime: f.id("createTime"),
	}
	return app, f.err()
}
