package client

import "context"

const (
	opAddTemplate     = "template/add"
	opUpdateTemplate  = "template/update"
	opTemplateDetails = "template/details"
	opListTemplates   = "template/list"
)

// Template is one message of the account. There is no way to delete one.
type Template struct {
	// TemplateID is a number in most answers and a text in some; "" if the
	// answer to AddTemplate named none.
	TemplateID string `json:"templateId"`

	// AppID is the app it was added to; "" if the answer does not say.
	AppID string `json:"appId,omitempty"`
	TemplateSettings
}

// AddTemplate makes a template for an app and returns what the provider shows
// of it. CodeType 0 is sent as CodeNumeric, the default, since the page calls
// the field required here. A name that is taken is refused with
// StatusDataExists. After an *UnknownError the template may exist:
// ListTemplates tells (provider page: /api/otp/templateAdd). The errors are
// those of SendRule.
func (c *Client) AddTemplate(ctx context.Context, appID string, s TemplateSettings) (Template, error) {
	var f faults
	f.appID(appID)
	s.check(&f)
	if err := f.err(opAddTemplate); err != nil {
		return Template{}, err
	}
	if s.CodeType == 0 {
		s.CodeType = CodeNumeric
	}
	body := struct {
		AppID string `json:"appId"`
		TemplateSettings
	}{appID, s}
	data, err := c.post(ctx, opAddTemplate, c.at("template", "add"), body)
	if err != nil {
		return Template{}, err
	}
	template, _ := decodeTemplate(data) // it is made, however it is described
	return template, nil
}

// UpdateTemplate replaces all settings of a template: what s leaves out goes
// back to the provider's default, so read them with TemplateDetails first.
// After an *UnknownError the change may have been made; UpdateTemplate can be
// repeated (provider page: /api/otp/templateUpdate). The errors are those of
// SendRule.
func (c *Client) UpdateTemplate(ctx context.Context, templateID string, s TemplateSettings) (Template, error) {
	var f faults
	f.id("templateId", templateID)
	s.check(&f)
	if err := f.err(opUpdateTemplate); err != nil {
		return Template{}, err
	}
	data, err := c.put(ctx, opUpdateTemplate, c.at("template", "update", templateID), s)
	if err != nil {
		return Template{}, err
	}
	template, _ := decodeTemplate(data)
	return template, echoed(opUpdateTemplate, &template.TemplateID, templateID)
}

// TemplateDetails reads a template. It changes nothing and can be repeated
// after any error; an answer with a setting that cannot be read is an
// *UnknownError (provider page: /api/otp/templateDetails). The errors are those
// of SendRule.
func (c *Client) TemplateDetails(ctx context.Context, templateID string) (Template, error) {
	var f faults
	f.id("templateId", templateID)
	if err := f.err(opTemplateDetails); err != nil {
		return Template{}, err
	}
	data, err := c.get(ctx, opTemplateDetails, c.at("template", "details", templateID))
	if err != nil {
		return Template{}, err
	}
	template, err := decodeTemplate(data)
	if err != nil {
		return Template{}, unreadable(opTemplateDetails, err)
	}
	return template, echoed(opTemplateDetails, &template.TemplateID, templateID)
}

// ListTemplates reads all templates of the account, at most 10,000 in 8 MiB.
// It changes nothing and can be repeated after any error; a longer or
// incomplete list, or one with an entry that cannot be read, is an *UnknownError
// (provider page: /api/otp/templateList). The errors are those of SendRule.
func (c *Client) ListTemplates(ctx context.Context) ([]Template, error) {
	data, err := c.getList(ctx, opListTemplates, c.at("template", "list"))
	if err != nil {
		return nil, err
	}
	templates, err := decodeList(data, "templateId", decodeTemplate, func(t Template) string { return t.TemplateID })
	if err != nil {
		return nil, unreadable(opListTemplates, err)
	}
	return templates, nil
}
