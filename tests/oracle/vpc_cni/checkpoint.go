package main

import (
	"encoding/json"
	"errors"
	"os"

	"github.com/aws/amazon-vpc-cni-k8s/pkg/ipamd/datastore"
)

// file stands for the checkpoint file of a node: it outlives the processes that write it.
type file struct {
	fails   bool
	content *datastore.CheckpointData // of the last write that succeeded
}

// handle is a file as one process sees it. The goroutines of a process that has ended may still run; what they write
// reaches nothing.
type handle struct {
	file      *file
	attempted *datastore.CheckpointData // of the last write, successful or not
	ended     bool
}

func (h *handle) Checkpoint(data interface{}) error {
	if h.ended {
		return nil
	}
	h.attempted = data.(*datastore.CheckpointData)
	if h.file.fails {
		return errors.New("no space left on device")
	}
	h.file.content = h.attempted
	return nil
}

func (h *handle) Restore(into interface{}) error {
	if h.file.content == nil {
		return os.ErrNotExist
	}
	text, err := json.Marshal(h.file.content)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// addressOf finds the address of a key in what the last write held.
func (h *handle) addressOf(key datastore.IPAMKey) string {
	for _, entry := range h.attempted.Allocations {
		if entry.IPAMKey == key {
			return entry.IPv4
		}
	}
	return ""
}
