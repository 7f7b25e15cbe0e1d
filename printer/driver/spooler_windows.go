package driver

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// A winspool is the system's printing library.
type winspool struct {
	openPrinter, closePrinter, getPrinter, getPrinterDriver, enumPrinters, enumJobs,
	startDoc, startPage, writePrinter, endPage, endDoc, abortPrinter *windows.LazyProc
}

// loadWinspool finds the library; it is there on every Windows but the smallest.
func loadWinspool() (winspool, error) {
	dll := windows.NewLazySystemDLL("winspool.drv")
	if err := dll.Load(); err != nil {
		return winspool{}, fmt.Errorf("the system's printing library: %w", err)
	}
	return winspool{
		openPrinter: dll.NewProc("OpenPrinterW"), closePrinter: dll.NewProc("ClosePrinter"),
		getPrinter: dll.NewProc("GetPrinterW"), getPrinterDriver: dll.NewProc("GetPrinterDriverW"),
		enumPrinters: dll.NewProc("EnumPrintersW"), enumJobs: dll.NewProc("EnumJobsW"),
		startDoc: dll.NewProc("StartDocPrinterW"), startPage: dll.NewProc("StartPagePrinter"),
		writePrinter: dll.NewProc("WritePrinter"),
		endPage:      dll.NewProc("EndPagePrinter"), endDoc: dll.NewProc("EndDocPrinter"),
		abortPrinter: dll.NewProc("AbortPrinter"),
	}, nil
}

// The structures of winspool.h, as far as they are read.
type (
	printerInfo2 struct {
		server, name, share, port, driver, comment, location *uint16
		devMode                                              uintptr
		sepFile, processor, datatype, parameters             *uint16
		security                                             uintptr
		attributes, priority, defaultPriority                uint32
		startTime, untilTime, status, jobs, averagePPM       uint32
	}
	printerInfo4 struct {
		name, server *uint16
		attributes   uint32
	}
	driverInfo8 struct {
		version                                                  uint32
		name, environment, path, dataFile, configFile, helpFile  *uint16
		dependentFiles, monitor, defaultDatatype, previousNames  *uint16
		date                                                     windows.Filetime
		driverVersion                                            uint64
		maker, url, hardwareID, provider, processor, vendorSetup *uint16
		colorProfiles, infPath                                   *uint16
		attributes                                               uint32
		coreDependencies                                         *uint16
		minInboxDate                                             windows.Filetime
		minInboxVersion                                          uint64
	}
	jobInfo1 struct {
		id                                                   uint32
		printer, machine, user, document, datatype, told     *uint16
		status, priority, position, totalPages, pagesPrinted uint32
		submitted                                            windows.Systemtime
	}
	docInfo1 struct{ name, output, datatype *uint16 }
)

const (
	enumLocal          = 2
	enumConnections    = 4
	attributeLocal     = 0x40
	attributeOffline   = 0x400 // a person has told Windows to use it offline
	driverAttributeXPS = 2
	maxJobsSeen        = 100
)

// A windowsQueue is an open queue.
type windowsQueue struct {
	api  winspool
	h    uintptr
	page bool // a document and its page have begun
}

// systemSpooler opens a queue of this machine.
func systemSpooler(name string) (printQueue, error) {
	api, err := loadWinspool()
	if err != nil {
		return nil, err
	}
	return api.open(name)
}

func (api winspool) open(name string) (*windowsQueue, error) {
	text, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	q := &windowsQueue{api: api}
	if err := call(api.openPrinter, uintptr(unsafe.Pointer(text)), uintptr(unsafe.Pointer(&q.h)), 0); err != nil {
		return nil, err
	}
	return q, nil
}

// call calls a function that returns 0 for a failure.
func call(proc *windows.LazyProc, args ...uintptr) error {
	if err := proc.Find(); err != nil {
		return err
	}
	if r, _, err := proc.Call(args...); r == 0 {
		if errno := syscall.Errno(0); errors.As(err, &errno) && errno == 0 {
			return fmt.Errorf("%s failed and does not say why", proc.Name)
		}
		return fmt.Errorf("%s: %w", proc.Name, err)
	}
	return nil
}

// fill calls ask with a buffer that is large enough. The buffer is one of words,
// because what the system writes into it has pointers.
func fill(ask func(buf *byte, size uint32, needed *uint32) error) ([]uint64, error) {
	buf := make([]uint64, 256)
	for range 4 { // it may grow between two calls
		var needed uint32
		err := ask((*byte)(unsafe.Pointer(&buf[0])), uint32(len(buf)*8), &needed)
		if !errors.Is(err, windows.ERROR_INSUFFICIENT_BUFFER) {
			return buf, err
		}
		buf = make([]uint64, needed/8+1)
	}
	return nil, windows.ERROR_INSUFFICIENT_BUFFER
}

func (q *windowsQueue) state() (queueState, error) {
	buf, err := fill(func(b *byte, size uint32, needed *uint32) error {
		return call(q.api.getPrinter, q.h, 2, uintptr(unsafe.Pointer(b)), uintptr(size), uintptr(unsafe.Pointer(needed)))
	})
	if err != nil {
		return queueState{}, err
	}
	info := (*printerInfo2)(unsafe.Pointer(&buf[0]))
	st := queueState{
		driver: windows.UTF16PtrToString(info.driver), port: windows.UTF16PtrToString(info.port),
		status: queueBits(info.status), jobs: int(info.jobs),
	}
	if info.attributes&attributeOffline != 0 {
		st.status |= queueOffline
	}
	runtime.KeepAlive(buf)
	if st.jobs > 0 {
		st.job = q.jobStatus() // more than the queue says, where it can be had
	}
	st.xps = q.xps()
	return st, nil
}

// jobStatus returns the status of all jobs together.
func (q *windowsQueue) jobStatus() queueBits {
	var count uint32
	buf, err := fill(func(b *byte, size uint32, needed *uint32) error {
		return call(q.api.enumJobs, q.h, 0, maxJobsSeen, 1, uintptr(unsafe.Pointer(b)), uintptr(size),
			uintptr(unsafe.Pointer(needed)), uintptr(unsafe.Pointer(&count)))
	})
	if err != nil || count == 0 {
		return 0
	}
	var bits queueBits
	for _, j := range unsafe.Slice((*jobInfo1)(unsafe.Pointer(&buf[0])), count) {
		bits |= ofJob(j.status)
	}
	runtime.KeepAlive(buf)
	return bits
}

// xps reports whether the queue's driver is of the kind that takes a printer's
// own bytes under another name. A driver that does not tell is of the old kind.
func (q *windowsQueue) xps() bool {
	buf, err := fill(func(b *byte, size uint32, needed *uint32) error {
		return call(q.api.getPrinterDriver, q.h, 0, 8, uintptr(unsafe.Pointer(b)), uintptr(size), uintptr(unsafe.Pointer(needed)))
	})
	if err != nil {
		return false
	}
	is := (*driverInfo8)(unsafe.Pointer(&buf[0])).attributes&driverAttributeXPS != 0
	runtime.KeepAlive(buf)
	return is
}

func (q *windowsQueue) start(document, datatype string) error {
	name, err := windows.UTF16PtrFromString(document)
	if err != nil {
		return err
	}
	kind, err := windows.UTF16PtrFromString(datatype)
	if err != nil {
		return err
	}
	doc := docInfo1{name: name, datatype: kind}
	if err := call(q.api.startDoc, q.h, 1, uintptr(unsafe.Pointer(&doc))); err != nil {
		return err
	}
	q.page = true
	if err := call(q.api.startPage, q.h); err != nil {
		return errors.Join(err, q.abort())
	}
	return nil
}

func (q *windowsQueue) write(p []byte) (int, error) {
	var n uint32
	err := call(q.api.writePrinter, q.h, uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), uintptr(unsafe.Pointer(&n)))
	return int(n), err
}

func (q *windowsQueue) finish() error {
	q.page = false
	return errors.Join(call(q.api.endPage, q.h), call(q.api.endDoc, q.h))
}

func (q *windowsQueue) abort() error {
	if !q.page {
		return errors.New("the document is no longer ours")
	}
	q.page = false
	return call(q.api.abortPrinter, q.h)
}

func (q *windowsQueue) close() error { return call(q.api.closePrinter, q.h) }

// Queues returns the print queues of this machine.
func Queues() ([]Queue, error) {
	api, err := loadWinspool()
	if err != nil {
		return nil, err
	}
	var count uint32
	buf, err := fill(func(b *byte, size uint32, needed *uint32) error {
		return call(api.enumPrinters, enumLocal|enumConnections, 0, 4, uintptr(unsafe.Pointer(b)), uintptr(size),
			uintptr(unsafe.Pointer(needed)), uintptr(unsafe.Pointer(&count)))
	})
	if err != nil {
		return nil, fmt.Errorf("list of print queues: %w", err)
	}
	if count == 0 {
		return nil, nil
	}
	var queues []Queue
	for _, p := range unsafe.Slice((*printerInfo4)(unsafe.Pointer(&buf[0])), count) {
		queue := Queue{Name: windows.UTF16PtrToString(p.name)}
		if p.attributes&attributeLocal != 0 {
			queue.Driver, queue.Port = api.details(queue.Name)
		}
		queues = append(queues, queue)
	}
	runtime.KeepAlive(buf)
	return queues, nil
}

// details returns the driver and the port of a queue, as far as it tells them.
func (api winspool) details(name string) (driver, port string) {
	q, err := api.open(name)
	if err != nil {
		return "", ""
	}
	st, err := q.state()
	if cerr := q.close(); err != nil || cerr != nil {
		return "", ""
	}
	return st.driver, st.port
}
