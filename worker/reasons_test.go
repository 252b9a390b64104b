package worker

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Every constant of this package that is called a reason is one that is listed.
func TestReasonsAreComplete(t *testing.T) {
	listed := Reasons()
	if !slices.IsSorted(listed) || len(slices.Compact(slices.Clone(listed))) != len(listed) {
		t.Errorf("not in order, or with repeats: %q", listed)
	}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "reason") {
				return true
			}
			value, ok := spec.Values[0].(*ast.BasicLit)
			if !ok || value.Kind != token.STRING {
				return true
			}
			found++
			if reason, err := strconv.Unquote(value.Value); err != nil || !slices.Contains(listed, reason) {
				t.Errorf("%s = %s is not in Reasons", spec.Names[0].Name, value.Value)
			}
			return true
		})
	}
	if found < 15 {
		t.Errorf("only %d constants found", found)
	}
}
