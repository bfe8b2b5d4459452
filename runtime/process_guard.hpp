#pragma once

#include <sys/types.h>

/// What a node needs of the process that it is in, which is often somebody else's: standard
/// descriptors that are open, no end by a signal where an error would do, and to know itself again
/// after a fork.
/// Any thread.

namespace caucus {

/// Opens /dev/null at each of the descriptors 0, 1 and 2 that is closed. Otherwise the node's next
/// file would get that number, and text for stderr would be written into it.
void fill_standard_descriptors();

/// A file that may grow no further (ulimit -f) is then an error of the write. Only where nobody
/// handles SIGXFSZ.
void ignore_file_size_signal();

/// While it lives a write of this thread to a pipe or socket without a reader is an error, not the
/// end of the process; others' SIGPIPE are left as they were.
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

/// The process that made this. In a child that was forked since (and did nothing else) none of the
/// node's threads live, and its locks may be held for ever.
class process_mark {
public:
  process_mark();
  [[nodiscard]] bool is_forked() const;

private:
  ::pid_t made_by_;
};

/// In children that are forked from now on `fd` is the same number, but of /dev/null: what it
/// stands for, a lock say, ends with this process. Up to 64 at a time; one beyond is inherited.
/// Undone by release_from_children().
void keep_from_children(int fd);
void release_from_children(int fd);

} // namespace caucus
