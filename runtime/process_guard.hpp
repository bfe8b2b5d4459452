#pragma once

#include <sys/types.h>

/// Guards of the process in which a node runs, which is often another program's: its standard
/// descriptors are open, a failed write is an error and no signal, and a forked child is
/// recognized.
/// Any thread.

namespace caucus {

/// Opens /dev/null at each of the descriptors 0, 1 and 2 that is closed. Otherwise the node's next
/// file would get that number, and text for stderr would be written into it.
void fill_standard_descriptors();

/// Afterwards a write beyond the limit of a file's size (ulimit -f) is an error, not the end of the
/// process. Does nothing if the program handles SIGXFSZ.
void ignore_file_size_signal();

/// While it lives, a write of this thread to a pipe or socket without a reader is an error, not the
/// end of the process. SIGPIPE of other threads is not touched.
class sigpipe_guard {
public:
  sigpipe_guard();
  ~sigpipe_guard();
  sigpipe_guard(const sigpipe_guard&) = delete;
  sigpipe_guard& operator=(const sigpipe_guard&) = delete;

private:
  bool was_pending_ = false;
  bool was_blocked_ = false;
};

/// Remembers the process that made it. In a forked child none of the node's threads run, and its
/// locks may be held for ever.
class process_mark {
public:
  process_mark();
  [[nodiscard]] bool is_forked() const;

private:
  ::pid_t made_by_;
};

/// In children forked from now on, the number `fd` stands for /dev/null, so that a file's lock ends
/// with this process. Up to 64 descriptors at a time; one beyond is inherited. Undone by
/// release_from_children().
void keep_from_children(int fd);
void release_from_children(int fd);

} // namespace caucus
