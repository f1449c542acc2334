// Package quiet sends the log of the data store's packages to nowhere.
//
// They open their log file while they are initialised. Go initialises packages that are ready in the order of their
// import paths, and this one, which needs only the standard library, sorts before them.
package quiet

import "os"

func init() {
	os.Setenv("AWS_VPC_K8S_CNI_LOG_FILE", os.DevNull)
	os.Setenv("AWS_VPC_K8S_CNI_LOGLEVEL", "Fatal")
}
