package check

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// A pod runs the one container of a template of pods on a host of its own, as
// Kubernetes would: its variables, its folders, its command.
type pod struct {
	*host
	env  []string
	dir  string
	argv []string

	log     tail
	running *exec.Cmd
	// ended is closed when it has ended, and err is how.
	ended chan struct{}
	err   error
}

// A cluster is what templates of pods refer to.
type cluster struct {
	*site
	configs map[string]map[string]string // ConfigMaps
	secrets map[string]string            // the folders with what is in them
	images  map[string]string            // the programs, by the name of their container
}

// pod lays a host out for a template. The variables come on top of its own.
func (c *cluster) pod(h *host, spec corev1.PodSpec, env ...string) *pod {
	c.t.Helper()
	container := spec.Containers[0]
	p := &pod{host: h, dir: container.WorkingDir, env: c.variables(h.name, container)}
	p.env = append(p.env, env...)
	p.argv = append([]string{"/" + filepath.Base(c.images[container.Name])}, container.Args...)
	c.copyFile(c.images[container.Name], filepath.Join(h.root, p.argv[0]))
	for _, folder := range []string{"etc", "tmp", "dev"} {
		c.makeFolder(filepath.Join(h.root, folder))
	}
	for _, mount := range container.VolumeMounts {
		for _, volume := range spec.Volumes {
			if volume.Name == mount.Name {
				c.fill(filepath.Join(h.root, mount.MountPath), volume)
			}
		}
		c.makeFolder(filepath.Join(h.root, mount.MountPath)) // of a claim
	}
	return p
}

func (c *cluster) variables(name string, container corev1.Container) (env []string) {
	for _, from := range container.EnvFrom {
		for k, v := range c.configs[from.ConfigMapRef.Name] {
			env = append(env, k+"="+v)
		}
	}
	for _, v := range container.Env {
		if v.ValueFrom != nil {
			v.Value = name // the only field that is asked for
		}
		env = append(env, v.Name+"="+v.Value)
	}
	return env
}

// fill puts into a folder what a volume has: a secret, or parts of some things.
func (c *cluster) fill(path string, v corev1.Volume) {
	c.t.Helper()
	if v.Secret != nil {
		c.must(os.CopyFS(path, os.DirFS(c.secrets[v.Secret.SecretName])))
	}
	if v.Projected == nil {
		return
	}
	for _, source := range v.Projected.Sources {
		if source.Secret != nil {
			for _, item := range source.Secret.Items {
				c.copyFile(filepath.Join(c.secrets[source.Secret.Name], item.Key), filepath.Join(path, item.Path))
			}
		}
		if source.ConfigMap != nil {
			for _, item := range source.ConfigMap.Items {
				c.writeFile(filepath.Join(path, item.Path), c.configs[source.ConfigMap.Name][item.Key])
			}
		}
	}
}

func (c *cluster) copyFile(from, to string) {
	c.t.Helper()
	data, err := os.ReadFile(from)
	c.must(err)
	c.writeFile(to, string(data))
}

func (c *cluster) writeFile(path, text string) {
	c.t.Helper()
	c.makeFolder(filepath.Dir(path))
	c.must(os.WriteFile(path, []byte(text), 0o700))
}

func (c *cluster) makeFolder(path string) {
	c.t.Helper()
	c.must(os.MkdirAll(path, 0o700))
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// start starts the container; the names of all hosts are known by then.
func (p *pod) start(out *bytes.Buffer) {
	p.site.t.Helper()
	p.site.must(os.WriteFile(filepath.Join(p.root, "etc", "hosts"), []byte(p.site.names.String()), 0o600))
	cmd := &exec.Cmd{
		Path: p.argv[0], Args: p.argv, Env: p.env, Dir: p.dir, Stdout: &p.log, Stderr: &p.log,
		SysProcAttr: &syscall.SysProcAttr{Chroot: p.root, Pdeathsig: syscall.SIGKILL},
	}
	if cmd.Dir == "" {
		cmd.Dir = "/"
	}
	if out != nil {
		cmd.Stdout = out
	}
	var err error
	p.do(func() { err = cmd.Start() })
	p.site.must(err)
	p.running, p.ended = cmd, make(chan struct{})
	go func() {
		defer close(p.ended)
		p.err = cmd.Wait()
	}()
}

// wait waits for the container's own end.
func (p *pod) wait(limit time.Duration) {
	p.site.t.Helper()
	select {
	case <-p.ended:
		if p.err != nil {
			p.site.t.Fatalf("%s: %v\n%s", p.name, p.err, p.log.String())
		}
	case <-time.After(limit):
		p.kill()
		p.site.t.Fatalf("%s has not ended in %s\n%s", p.name, limit, p.log.String())
	}
}

// kill ends the container with -9.
func (p *pod) kill() {
	_ = p.running.Process.Kill()
	<-p.ended
}

// stop ends it as Kubernetes does.
func (p *pod) stop() {
	if p.running == nil {
		return
	}
	_ = p.running.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		p.kill()
		p.site.t.Errorf("%s did not stop", p.name)
	}
}

// A tail keeps the end of what is written.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailSize = 8 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-tailSize):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(fmt.Sprintf("... %s", t.text))
}
