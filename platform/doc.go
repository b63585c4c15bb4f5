// Package platform puts the parts together: a data folder with its store,
// objects and tasks; the services; the door to them; the port.
//
// The data folder holds
//
//	kv/     the store: all truth
//	blobs/  large objects, by content
//	cache/  what services can make again: unpacked code and the like
//	tls/    the certificate that `maru serve` made for itself
package platform
