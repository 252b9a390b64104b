package account

import "fmt"

// checkDoubles finds two entries for one thing. Names are unique in the
// account, so two entries with one name cannot both come true.
func (file File) checkDoubles(f *faults) {
	ids, names := seen{}, seen{}
	for i, a := range file.Apps {
		at := fmt.Sprintf("apps[%d]", i)
		ids.check(f, at, ".appId", a.AppID)
		names.check(f, at, ".name", value(a.Name))
	}
	ids, names = seen{}, seen{}
	for i, t := range file.Templates {
		at := fmt.Sprintf("templates[%d]", i)
		ids.check(f, at, ".templateId", t.TemplateID)
		names.check(f, at, ".name", value(t.Name))
	}
	ids, names = seen{}, seen{}
	for i, w := range file.Flows {
		at := fmt.Sprintf("flows[%d]", i)
		ids.check(f, at, ".flowId", w.FlowID)
		names.check(f, at, ".name", value(w.Name))
	}
}

// seen is who was first with a value.
type seen map[string]string

func (s seen) check(f *faults, at, key, value string) {
	switch first, twice := s[value]; {
	case value == "":
	case twice:
		f.add(at+key, "stands at "+first+" already")
	default:
		s[value] = at
	}
}
