#pragma once

/// What the process uses, under the names that Prometheus' own clients give it:
/// process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds, process_max_fds,
/// process_threads, process_start_time_seconds.
/// Any thread; each scrape reads /proc, some 100 us.

namespace caucus {

class metrics;

/// Once for each `to`.
void add_process(metrics& to);

} // namespace caucus
