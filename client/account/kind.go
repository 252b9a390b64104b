package account

import (
	"context"

	"github.com/otpworker/otpworker/client"
)

// Kinds of things.
const (
	KindApp      = "app"
	KindTemplate = "template"
	KindFlow     = "flow"
)

// kind is one of the three collections of an account.
type kind[T any] struct {
	word    string
	list    func(context.Context) ([]T, error) // nil for apps: the provider has none
	details func(context.Context, string) (T, error)
	add     func(context.Context, T) (T, error)
	update  func(context.Context, string, T) error
	key     func(T) (id, name string)
	fields  func(T) []Field
}

func apps(c *client.Client) kind[client.App] {
	return kind[client.App]{
		word:    KindApp,
		details: c.AppDetails,
		add: func(ctx context.Context, a client.App) (client.App, error) {
			return c.AddApp(ctx, a.AppSettings)
		},
		update: func(ctx context.Context, id string, a client.App) error {
			_, err := c.UpdateApp(ctx, id, a.AppSettings)
			return err
		},
		key:    func(a client.App) (string, string) { return a.AppID, a.Name },
		fields: AppFields,
	}
}

func templates(c *client.Client) kind[client.Template] {
	return kind[client.Template]{
		word:    KindTemplate,
		list:    c.ListTemplates,
		details: c.TemplateDetails,
		add: func(ctx context.Context, t client.Template) (client.Template, error) {
			return c.AddTemplate(ctx, t.AppID, t.TemplateSettings)
		},
		update: func(ctx context.Context, id string, t client.Template) error {
			_, err := c.UpdateTemplate(ctx, id, t.TemplateSettings)
			return err
		},
		key:    func(t client.Template) (string, string) { return t.TemplateID, t.Name },
		fields: TemplateFields,
	}
}

func flows(c *client.Client) kind[client.Flow] {
	return kind[client.Flow]{
		word:    KindFlow,
		list:    c.ListFlows,
		details: c.FlowDetails,
		add: func(ctx context.Context, w client.Flow) (client.Flow, error) {
			return c.AddFlow(ctx, w.FlowSettings)
		},
		update: func(ctx context.Context, id string, w client.Flow) error {
			_, err := c.UpdateFlow(ctx, id, w.FlowSettings)
			return err
		},
		key:    func(w client.Flow) (string, string) { return w.FlowID, w.Name },
		fields: FlowFields,
	}
}
