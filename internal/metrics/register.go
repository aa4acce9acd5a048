package metrics

import "github.com/prometheus/client_golang/prometheus"

// The functions below make one figure from its declaration. Two figures of the
// same name are a fault of the program that the first test run shows, hence
// MustRegister.

func counters(r *prometheus.Registry, s spec) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: s.name, Help: s.help}, s.labels)
	r.MustRegister(v)
	return v
}

func counter(r *prometheus.Registry, s spec) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: s.name, Help: s.help})
	r.MustRegister(c)
	return c
}

func gauges(r *prometheus.Registry, s spec) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: s.name, Help: s.help}, s.labels)
	r.MustRegister(v)
	return v
}

func gauge(r *prometheus.Registry, s spec) prometheus.Gauge {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: s.name, Help: s.help})
	r.MustRegister(g)
	return g
}

func histograms(r *prometheus.Registry, s spec, buckets []float64) *prometheus.HistogramVec {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: s.name, Help: s.help, Buckets: buckets}, s.labels)
	r.MustRegister(v)
	return v
}

func histogram(r *prometheus.Registry, s spec, buckets []float64) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: s.name, Help: s.help, Buckets: buckets})
	r.MustRegister(h)
	return h
}
