package main

import "github.com/aws/amazon-vpc-cni-k8s/pkg/utils/logger"

// silent is a logger that says nothing.
type silent struct{}

func (silent) Debugf(string, ...interface{}) {}
func (silent) Debug(string)                  {}
func (silent) Infof(string, ...interface{})  {}
func (silent) Info(string)                   {}
func (silent) Warnf(string, ...interface{})  {}
func (silent) Warn(string)                   {}
func (silent) Errorf(string, ...interface{}) {}
func (silent) Error(string)                  {}

func (silent) Fatalf(format string, values ...interface{}) { panic(format) }
func (silent) Panicf(format string, values ...interface{}) { panic(format) }

func (s silent) WithFields(logger.Fields) logger.Logger { return s }
