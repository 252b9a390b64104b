package console

import "net/http"

func (p *Page) overviewPart() part {
	return part{name: "Overview", path: "/", handlers: map[string]handler{"GET /{$}": p.showOverview}}
}

func (p *Page) showOverview(r *http.Request) answer {
	o, err := p.cfg.Overview(r.Context())
	if err != nil {
		return p.failed(err)
	}
	return answer{template: "overview", title: "Overview", data: o}
}
