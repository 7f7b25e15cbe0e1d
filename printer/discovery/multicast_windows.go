package discovery

import "syscall"

// multicastFrom sends a socket's multicast out of the interface with address.
func multicastFrom(fd uintptr, address [4]byte) error {
	return syscall.SetsockoptInet4Addr(syscall.Handle(fd), syscall.IPPROTO_IP, syscall.IP_MULTICAST_IF, address)
}
