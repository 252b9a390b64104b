package main

import (
	"encoding/json"
	"runtime/debug"
)

// bom is a CycloneDX document, as far as the binary itself can tell: every module
// that is linked in, with its version and the checksum that go.sum has for it. It
// names no licences and no build tools.
type bom struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Version    int         `json:"version"`
	Metadata   bomMetadata `json:"metadata"`
	Components []component `json:"components"`
}

type bomMetadata struct {
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl"`
	Properties []property `json:"properties,omitempty"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// sbom lists what this binary was built from, the same for the same build.
func sbom(info *debug.BuildInfo, version string) ([]byte, error) {
	doc := bom{
		Format: "CycloneDX", Spec: "1.5", Version: 1,
		Metadata: bomMetadata{Component: module("application", info.Main.Path, version, "")},
		// Go's own packages are linked in as well.
		Components: []component{module("library", "std", info.GoVersion, "")},
	}
	for _, dep := range info.Deps {
		if dep.Replace != nil {
			dep = dep.Replace
		}
		doc.Components = append(doc.Components, module("library", dep.Path, dep.Version, dep.Sum))
	}
	return json.MarshalIndent(doc, "", "  ")
}

func module(kind, path, version, sum string) component {
	c := component{Type: kind, Name: path, Version: version, PURL: "pkg:golang/" + path + "@" + version}
	if sum != "" {
		c.Properties = []property{{"go:sum", sum}}
	}
	return c
}
