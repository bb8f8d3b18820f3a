//go:build linux

package main

import (
	"bytes"
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
)

// maxStatusLine bounds what is read of an answer.
const maxStatusLine = 1024

func checkTCP(t target) error {
	fd, err := dial(t.addrs)
	if err != nil {
		return err
	}
	return syscall.Close(fd)
}

func checkHTTP(t target) error {
	fd, err := dial(t.addrs)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	if err := writeAll(fd, []byte("GET "+t.path+" HTTP/1.1\r\n"+
		"Host: "+t.host+"\r\n"+
		"User-Agent: bayplan-probe\r\n"+
		"Accept: */*\r\n"+
		"Connection: close\r\n\r\n")); err != nil {
		return errors.New("send request: " + err.Error())
	}
	line, err := readLine(fd)
	if err != nil {
		return err
	}
	return judge(line)
}

// judge decides by the status line "HTTP/1.1 200 OK".
func judge(line string) error {
	version, rest, _ := strings.Cut(line, " ")
	spelled, _, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(spelled)
	if !strings.HasPrefix(version, "HTTP/") || err != nil || len(spelled) != 3 {
		return errors.New("not an answer of HTTP: " + strconv.Quote(line))
	}
	if status < 200 || status > 399 {
		return errors.New("status " + strings.TrimSpace(rest))
	}
	return nil
}

// dial returns a connected socket to the first address that accepts.
func dial(addrs []netip.AddrPort) (int, error) {
	var first error
	for _, addr := range addrs {
		fd, err := connect(addr)
		if err == nil {
			return fd, nil
		}
		if first == nil {
			first = errors.New("connect " + addr.String() + ": " + err.Error())
		}
	}
	return -1, first
}

func connect(addr netip.AddrPort) (int, error) {
	family, sockaddr := syscall.AF_INET6, syscall.Sockaddr(&syscall.SockaddrInet6{
		Port: int(addr.Port()), Addr: addr.Addr().As16(),
	})
	if addr.Addr().Is4() {
		family, sockaddr = syscall.AF_INET, &syscall.SockaddrInet4{
			Port: int(addr.Port()), Addr: addr.Addr().As4(),
		}
	}
	fd, err := syscall.Socket(family, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	if err := syscall.Connect(fd, sockaddr); err != nil {
		syscall.Close(fd)
		return -1, err
	}
	return fd, nil
}

func writeAll(fd int, b []byte) error {
	for len(b) > 0 {
		n, err := syscall.Write(fd, b)
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// readLine returns what comes before the first line end, which need not be in
// the first packet.
func readLine(fd int) (string, error) {
	answer := make([]byte, 0, maxStatusLine)
	for len(answer) < cap(answer) {
		n, err := syscall.Read(fd, answer[len(answer):cap(answer)])
		if err != nil {
			return "", errors.New("read answer: " + err.Error())
		}
		if n == 0 {
			return "", errors.New("the connection was closed before an answer")
		}
		answer = answer[:len(answer)+n]
		if line, _, found := bytes.Cut(answer, []byte("\n")); found {
			return string(bytes.TrimRight(line, "\r")), nil
		}
	}
	return "", errors.New("the answer has no status line")
}
