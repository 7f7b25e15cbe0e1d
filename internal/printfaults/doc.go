// Package printfaults is the campaign of printing faults: real station
// processes print on virtual printers while links are cut, power goes, paper
// runs out and stations are killed, and internal/printaudit counts afterwards.
//
// It holds only tests: a short form in every run, a long one by make faults.
// Nothing here is a claim about paper and hardware; the printers are made of
// software.
package printfaults
