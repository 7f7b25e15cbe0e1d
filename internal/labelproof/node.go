package labelproof

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// ErrMissing is wrapped by errors that say which program is not installed, and
// what installs it.
var ErrMissing = errors.New("not installed")

// A Node is one script of tools/oracle at work: it is asked in JSON lines and
// answers in order. It serves one caller at a time.
type Node struct {
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

// StartNode starts a script of tools/oracle below root, the folder of go.mod.
// It ends with ctx, or with Close.
func StartNode(ctx context.Context, root, script string) (*Node, error) {
	program, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("node %w (run tools/install.sh)", ErrMissing)
	}
	dir := filepath.Join(root, "tools", "oracle")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err != nil {
		return nil, fmt.Errorf("the modules of tools/oracle: %w (run tools/install.sh)", ErrMissing)
	}
	n := &Node{name: script, cmd: exec.CommandContext(ctx, program, script)}
	n.cmd.Dir, n.cmd.Stderr = dir, os.Stderr
	if n.in, err = n.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("%s: %w", script, err)
	}
	out, err := n.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", script, err)
	}
	n.out = bufio.NewReaderSize(out, 1<<20)
	if err := n.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", script, err)
	}
	return n, nil
}

// Ask sends one request and reads its answer.
func (n *Node) Ask(request, answer any) error {
	line, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("%s: %w", n.name, err)
	}
	if _, err := n.in.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("%s: %w", n.name, err)
	}
	reply, err := n.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("%s: no answer: %w", n.name, err)
	}
	var trouble struct {
		Error string `json:"error"`
	}
	if err := json.Unmarshal(reply, &trouble); err != nil {
		return fmt.Errorf("%s: %w", n.name, err)
	}
	if trouble.Error != "" {
		return fmt.Errorf("%s: %s", n.name, trouble.Error)
	}
	if err := json.Unmarshal(reply, answer); err != nil {
		return fmt.Errorf("%s: %w", n.name, err)
	}
	return nil
}

// Close ends the script.
func (n *Node) Close() error {
	if err := n.in.Close(); err != nil {
		return fmt.Errorf("%s: %w", n.name, err)
	}
	if err := n.cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w", n.name, err)
	}
	return nil
}
