#include "runtime/process_guard.hpp"

#include "runtime/directory_lock.hpp"
#include "runtime/file.hpp"
#include "test/catch.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace caucus {
namespace {

/// A folder that goes with the test.
struct scratch {
  std::filesystem::path path;
  scratch() {
    auto name = (std::filesystem::temp_directory_path() / "caucus-guard-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~scratch() { std::filesystem::remove_all(path); }
};

/// In a child, whose exit code this is; -1: it was ended by a signal. It ends by itself after 20 s.
int in_child(const std::function<int()>& what) {
  const ::pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::alarm(20);
    ::_exit(what());
  }
  int how = 0;
  REQUIRE(::waitpid(child, &how, 0) == child);
  return WIFEXITED(how) ? WEXITSTATUS(how) : -1;
}

TEST_CASE(
  "standard descriptors that are closed are open on nothing, before a file could be there") {
  scratch folder;
  CHECK(in_child([&] {
          for (int fd = 0; fd <= 2; ++fd) {
            ::close(fd);
          }
          fill_standard_descriptors();
          for (int fd = 0; fd <= 2; ++fd) {
            struct ::stat about {};
            if (::fstat(fd, &about) != 0 || !S_ISCHR(about.st_mode)) {
              return 10 + fd;
            }
          }
          const unique_fd file{::open((folder.path / "lock").c_str(), O_CREAT | O_RDWR, 0600)};
          return file.get() > 2 ? 0 : 1;
        })
        == 0);
  CHECK(in_child([] { // only those that are closed
          ::close(1);
          fill_standard_descriptors();
          struct ::stat zero {};
          struct ::stat one {};
          return ::fstat(0, &zero) == 0 && ::fstat(1, &one) == 0 && S_ISCHR(one.st_mode) ? 0 : 1;
        })
        == 0);
}

TEST_CASE(
  "a write to a pipe without a reader is an error where it is guarded, and kills elsewhere") {
  const auto write_to_nobody = [](bool guarded) {
    return in_child([guarded] {
      std::signal(SIGPIPE, SIG_DFL);
      std::array<int, 2> ends{};
      if (::pipe(ends.data()) != 0) {
        return 1;
      }
      ::close(ends[0]);
      ::ssize_t wrote = 0;
      int why = 0;
      if (guarded) {
        const sigpipe_guard quiet;
        wrote = ::write(ends[1], "x", 1);
        why = errno;
      } else {
        wrote = ::write(ends[1], "x", 1);
      }
      sigset_t pending;
      sigpending(&pending);
      sigset_t blocked;
      pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
      const bool clean = sigismember(&pending, SIGPIPE) == 0 && sigismember(&blocked, SIGPIPE) == 0;
      return wrote == -1 && why == EPIPE && clean ? 0 : 2;
    });
  };
  CHECK(write_to_nobody(true) == 0);
  CHECK(write_to_nobody(false) == -1);
}

TEST_CASE("a file that may grow no further is an error of the write, not the end of the process") {
  scratch folder;
  CHECK(in_child([&] {
          std::signal(SIGXFSZ, SIG_DFL);
          ignore_file_size_signal();
          const ::rlimit none{16, 16};
          ::setrlimit(RLIMIT_FSIZE, &none);
          const unique_fd file{::open((folder.path / "f").c_str(), O_CREAT | O_RDWR, 0600)};
          std::array<std::byte, 64> much{};
          const auto wrote = write_all_at(real_files(), file.get(), much, 0, folder.path / "f");
          return !wrote && wrote.error().code == errc::io_failed ? 0 : 1;
        })
        == 0);
}

TEST_CASE("a process that forked lets go of its folder when it ends, whatever its children do") {
  scratch folder;
  std::array<int, 2> ends{};
  std::array<int, 2> lives{};
  REQUIRE(::pipe(ends.data()) == 0);
  REQUIRE(::pipe(lives.data()) == 0);
  CHECK(in_child([&] {
          const auto lock = directory_lock::take(folder.path);
          if (!lock || ::fork() != 0) {
            return lock ? 0 : 1;
          }
          static_cast<void>(::write(lives[1], "x", 1)); // its fork is over
          ::close(ends[1]); // the grandchild lives until the test has looked
          char byte = 0;
          static_cast<void>(::read(ends[0], &byte, 1));
          ::_exit(0);
        })
        == 0);
  char begun = 0;
  REQUIRE(::read(lives[0], &begun, 1) == 1);
  const auto holder = directory_lock::holder(folder.path);
  REQUIRE(holder);
  CHECK_FALSE(holder->has_value());
  CHECK(directory_lock::take(folder.path));
  ::close(lives[0]);
  ::close(lives[1]);
  ::close(ends[1]);
  ::close(ends[0]);
}

TEST_CASE("whoever forks keeps its folder, and its child knows that it is another") {
  scratch folder;
  const auto lock = directory_lock::take(folder.path);
  REQUIRE(lock);
  const process_mark here;
  CHECK_FALSE(here.is_forked());
  CHECK(in_child([&] {
          const auto who = directory_lock::holder(folder.path);
          return who && *who == ::getppid() && here.is_forked() ? 0 : 1;
        })
        == 0);
  CHECK_FALSE(directory_lock::take(folder.path));
}

} // namespace
} // namespace caucus
