// Package console is the operator's page: what the workers do, why a job waits,
// and, once somebody has logged in, what to do about it.
//
// All of it is HTML made here. It is read wholly without JavaScript; console.js
// only fetches the page that is shown again, each second, and puts its live parts
// in place. Nothing is loaded from elsewhere and nothing stands inline: the policy
// in guard.go allows neither script nor style that is not a file of this package.
//
// # Parts
//
// The page has parts: an entry in the navigation, and its handlers. One is added so:
//
//   - a file <part>.go with a function that returns the [part]: its name, its
//     path, and its handlers by the patterns of [http.ServeMux];
//   - templates/<part>.html, which defines "content"; its dot is a [view], and
//     .Data what the handler made;
//   - a line in [Page.parts], which is also its place in the navigation.
//
// A [handler] answers with a template and its data (see [answer]), and does not
// write itself. An element with an id and data-live is put in place anew each
// second; what a person types into stands outside of one.
//
// A handler reaches the queue with p.queue(), and the fleet with
// p.cfg.Overview. Both say errNoQueue until the worker is connected, which
// [Page.failed] turns into a page.
//
// # Actions
//
// What changes something is a POST of a form, and its handler is wrapped:
//
//	"POST /batches/{app}/{id}/pause": p.action(p.pauseBatch),
//
// [Page.action] lets nobody in who is not logged in; without a token in the
// configuration nobody can be. Requests of other origins, too large ones and
// those of other methods do not come that far. The handler answers with next, the
// path to show afterwards: a reload repeats nothing. A template shows its forms
// to who may use them: {{if .MayAct}}.
//
// What a template prints comes over the network: html/template escapes it, and
// nothing here marks text as safe. Numbers are printed by their mask, codes never:
// only the sandbox's inbox has them.
package console
