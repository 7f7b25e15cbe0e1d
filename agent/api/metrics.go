package api

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics serves the station's figures, read from the journal at each scrape so
// that they survive a restart.
func (s *server) metrics() http.Handler {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collector{s})
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{})
}

// scrapeDeadline bounds one reading of the journal.
const scrapeDeadline = 5 * time.Second

type collector struct{ s *server }

var (
	descOrders = prometheus.NewDesc("waybill_orders", "Orders by where they stand.", []string{"stage"}, nil)
	descToday  = prometheus.NewDesc("waybill_events_today", "Events of the station's day, by type.", []string{"type"}, nil)
	descDevice = prometheus.NewDesc("waybill_device_ready", "1 for a device that is ready.", []string{"kind", "name"}, nil)
	descFree   = prometheus.NewDesc("waybill_journal_disk_free_bytes", "Room on the journal's disk, besides its reserve.", nil, nil)
	descSpare  = prometheus.NewDesc("waybill_journal_reserve_bytes", "Room that the journal's reserve holds.", nil, nil)
	descTakes  = prometheus.NewDesc("waybill_station_takes_orders", "1 while there is room on the journal's disk for new orders.", nil, nil)
	descHead   = prometheus.NewDesc("waybill_journal_sequence", "Sequence of the journal's newest event.", nil, nil)
)

// Describe sends the descriptions of all figures.
func (collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descOrders, descToday, descDevice, descHead, descFree, descSpare, descTakes} {
		ch <- d
	}
	describeUplink(ch)
}

// Collect sends the figures.
func (c collector) Collect(ch chan<- prometheus.Metric) {
	c.space(ch)
	ctx, cancel := context.WithTimeout(context.Background(), scrapeDeadline)
	defer cancel()
	o, err := c.s.Desk.Overview(ctx, 1)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(descOrders, err)
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for stage, n := range o.Stages {
		gauge(descOrders, float64(n), string(stage))
	}
	for kind, n := range o.Tally {
		gauge(descToday, float64(n), kind)
	}
	for _, d := range o.Devices {
		ready := 0.0
		if d.State == "ready" || d.State == "busy" {
			ready = 1
		}
		gauge(descDevice, ready, d.Kind, d.Name)
	}
	if c.s.Uplinks != nil {
		for _, u := range c.s.Uplinks() {
			u.collect(c.s.Now(), gauge)
		}
	}
	if head, err := c.s.Journal.Head(ctx); err == nil {
		gauge(descHead, float64(head.Sequence))
	}
}

// space sends what is known of the journal's disk. It asks the journal for nothing
// that a full disk could keep back.
func (c collector) space(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64) { ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	takes := 1.0
	if c.s.Journal.RoomForMore() != nil {
		takes = 0
	}
	gauge(descTakes, takes)
	s := c.s.Journal.Space()
	if s.Wanted == 0 {
		return // nobody looks
	}
	gauge(descSpare, float64(s.Reserve))
	if s.Free >= 0 {
		gauge(descFree, float64(s.Free))
	}
}
